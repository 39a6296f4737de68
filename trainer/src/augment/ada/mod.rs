//! Adaptive discriminator augmentation (Karras et al., "Training Generative Adversarial Networks with
//! Limited Data", 2020): its geometric changes without the fractional translation, and its changes of
//! colour, each with a probability that follows how often the discriminator is right.
//!
//! Positions are sampled by gathering, which can be differentiated twice, as gradient penalties need.

mod color;
mod geometry;
mod strength;

use tch::{Kind, Tensor};

pub use strength::{Pace, Strength};

/// Changes `images [B, 3, H, W]`, floats of nominal range -1 to 1, by draws from libtorch's generator;
/// every picture draws each change with probability `p`. The result may exceed the range.
pub fn adaptive(images: &Tensor, p: f64) -> Tensor {
    if p <= 0.0 {
        return images.shallow_clone();
    }
    let draws = Draws { batch: images.size()[0], like: images, p };
    color::changed(&geometry::changed(images, &draws), &draws)
}

/// Random numbers for each picture of a batch.
#[derive(Clone, Copy, Debug)]
struct Draws<'a> {
    batch: i64,
    like: &'a Tensor,
    p: f64,
}

impl Draws<'_> {
    /// These draws with another probability.
    fn with(self, p: f64) -> Self {
        Self { p, ..self }
    }

    /// Uniform numbers of [-1, 1), or `neutral` where nothing is changed, `[B]`.
    fn uniform(&self, neutral: f64) -> Tensor {
        let drawn = Tensor::rand([self.batch], (Kind::Float, self.like.device())) * 2.0 - 1.0;
        self.chosen(&drawn, neutral)
    }

    /// `2^(deviation n)` of normal n, or 1 where nothing is changed, `[B]`.
    fn factor(&self, deviation: f64) -> Tensor {
        (self.normal() * deviation).exp2()
    }

    /// Normal numbers, or 0 where nothing is changed, `[B]`.
    fn normal(&self) -> Tensor {
        self.chosen(&Tensor::randn([self.batch], (Kind::Float, self.like.device())), 0.0)
    }

    /// Whole numbers of `0..count`, or 0 where nothing is changed, `[B]`.
    fn whole(&self, count: i64) -> Tensor {
        let drawn = Tensor::randint(count, [self.batch], (Kind::Float, self.like.device()));
        self.chosen(&drawn, 0.0)
    }

    fn chosen(&self, drawn: &Tensor, neutral: f64) -> Tensor {
        let kept = Tensor::rand([self.batch], (Kind::Float, self.like.device())).ge(self.p);
        drawn.masked_fill(&kept, neutral)
    }
}

/// Matrices `[B, n, n]` of rows of numbers `[B]`.
fn matrices<const N: usize>(rows: [[&Tensor; N]; N]) -> Tensor {
    Tensor::stack(&rows.map(|row| Tensor::stack(&row, 1)), 1)
}

#[cfg(test)]
mod tests;
