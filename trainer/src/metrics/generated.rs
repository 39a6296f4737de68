//! A generator's images as images to be measured.

use std::ops::Range;

use tch::{Kind, Tensor, no_grad};

use super::source::{Source, to_bytes};
use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::random::{Stream, key};

/// Positions that are rendered at once, so that a large side needs no more memory than a small one.
const POSITIONS: i64 = 1 << 17;

/// Which images a generator makes, and how.
#[derive(Clone, Copy, Debug)]
pub struct Draws<'a> {
    /// How many.
    pub images: usize,
    /// Where latents and classes are drawn from.
    pub seed: u64,
    /// Classes of the real images, which the drawn ones follow; drawn evenly without.
    pub labels: Option<&'a [i64]>,
    /// Truncation: 1 for none.
    pub truncation: f64,
}

/// Images of a generator. Latents depend on the seed and their number only, so that generators of the
/// same shape are measured on the same ones.
pub struct Generated<'a> {
    generator: &'a Generator,
    pub(super) latents: Tensor,
    labels: Option<Tensor>,
    truncation: f64,
    side: i64,
    kind: Kind,
}

impl<'a> Generated<'a> {
    /// Images of `generator` of `side` pixels a side, computed in `kind`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the real images' classes are not the generator's.
    pub fn new(generator: &'a Generator, draws: &Draws<'_>, side: i64, kind: Kind) -> Result<Self> {
        let labels = labels(draws, generator.classes())?;
        let latents = latents(draws, generator.z_dim())?;
        let truncation = draws.truncation;
        Ok(Self { generator, latents, labels, truncation, side, kind })
    }

    fn render(&self, start: i64, count: i64) -> Tensor {
        let device = self.generator.store().device();
        let part = |all: &Tensor| all.narrow(0, start, count).to_device(device);
        let labels = self.labels.as_ref().map(part);
        let mut w = self.generator.map(&part(&self.latents), labels.as_ref());
        if self.truncation != 1.0 {
            w = self.generator.truncate(&w, labels.as_ref(), self.truncation);
        }
        to_bytes(&self.generator.synthesise(&w, self.side, self.kind))
    }
}

impl Source for Generated<'_> {
    fn len(&self) -> usize {
        self.latents.size()[0].unsigned_abs() as usize
    }

    fn labels(&self) -> Option<Tensor> {
        self.labels.as_ref().map(Tensor::shallow_clone)
    }

    fn batch(&mut self, range: Range<usize>) -> Result<Tensor> {
        let (start, end) = (range.start as i64, range.end as i64);
        let step = (POSITIONS / (self.side * self.side)).max(1);
        let parts = (start..end).step_by(step as usize);
        let parts: Vec<_> =
            no_grad(|| parts.map(|at| self.render(at, step.min(end - at))).collect());
        Ok(Tensor::f_cat(&parts, 0)?)
    }
}

/// Normally distributed latents `[images, z_dim]`, by our own draws (Box and Muller, 1958), so that
/// they are the same with every version of libtorch.
fn latents(draws: &Draws<'_>, z_dim: i64) -> Result<Tensor> {
    let unit = |bits: u64| ((bits >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    let normal = |image: u64, i: u64| {
        let draw = |step| unit(key(image, step, Stream::Evaluation));
        let radius = (-2.0 * draw(2 * i).ln()).sqrt();
        (radius * (std::f64::consts::TAU * draw(2 * i + 1)).cos()) as f32
    };
    let images = (0..draws.images as u64).map(|i| key(draws.seed, i, Stream::Evaluation));
    let numbers = images.flat_map(|image| (0..z_dim.unsigned_abs()).map(move |i| normal(image, i)));
    let numbers: Vec<f32> = numbers.collect();
    Ok(Tensor::f_from_slice(&numbers)?.f_view([draws.images as i64, z_dim])?)
}

/// The class of each image, for a generator with that many.
fn labels(draws: &Draws<'_>, classes: usize) -> Result<Option<Tensor>> {
    let highest = draws.labels.and_then(|labels| labels.iter().max());
    if let Some(highest) = highest.filter(|h| classes > 0 && **h >= classes as i64) {
        let problem = format!(
            "its classes go up to number {highest}, the model has {classes}; --unconditional \
                     leaves them aside"
        );
        return Err(Error::parameter("--data", problem));
    }
    let draw = |i: usize| {
        let number = key(draws.seed, i as u64, Stream::Evaluation);
        match draws.labels {
            Some(labels) if !labels.is_empty() => labels[(number % labels.len() as u64) as usize],
            _ => (number % classes.max(1) as u64).cast_signed(),
        }
    };
    let drawn: Vec<i64> = (0..draws.images).map(draw).collect();
    Ok((classes > 0).then(|| Tensor::from_slice(&drawn)))
}
