//! Layers whose weights an image modulates, as those of CREPS and INR-GAN.
//!
//! Features are `[batch, channels, positions]`.

use tch::nn::Path;
use tch::{Kind, Tensor, no_grad};

use crate::nn::{Gain, Linear, limited, lrelu};

/// Largest magnitude of what a layer gives.
const LIMIT: f64 = 256.0;

/// What a latent does to a layer's weight W.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modulation {
    /// A factor for every column; rows are then brought to length 1. Leaky ReLU follows.
    Columns,
    /// `W ⊙ (L R / sqrt(rank) + 1)` of this rank; rows are then brought to length 1. Leaky ReLU
    /// follows.
    Factors(usize),
    /// A factor for every column, divided by the root of their number, and nothing else.
    Sums,
}

/// A layer, and the head that makes its modulation of a latent w.
#[derive(Debug)]
pub struct Modulated {
    weight: Tensor,
    bias: Tensor,
    style: Linear,
    level: usize,
    modulation: Modulation,
}

impl Modulated {
    /// The layer `name` of `[inputs, outputs]` features, modulated by the latent w of `level`. Weights
    /// are drawn from the standard normal distribution, biases begin at 0, and heads around what
    /// changes nothing.
    pub fn new(
        root: &Path<'_>,
        (level, name): (usize, &str),
        [inputs, outputs]: [usize; 2],
        w_dim: usize,
        modulation: Modulation,
    ) -> Self {
        let path = at(root, name);
        let options = (Kind::Float, path.device());
        let weight = Tensor::randn([outputs as i64, inputs as i64], options);
        let (numbers, neutral) = match modulation {
            Modulation::Factors(rank) => (rank * (inputs + outputs), 0.0),
            Modulation::Columns | Modulation::Sums => (inputs, 1.0),
        };
        Self {
            weight: path.add("weight", weight, true),
            bias: path.add("bias", Tensor::zeros([outputs as i64], options), true),
            style: head(root, name, [w_dim, numbers], neutral),
            level,
            modulation,
        }
    }

    /// The layer on features `[batch, inputs, positions]`, in their kind, of images of latents w
    /// `[batch, w_dim]` or `[batch, levels, w_dim]`.
    pub fn forward(&self, x: &Tensor, w: &Tensor) -> Tensor {
        let style = self.style.forward(&row(w, self.level));
        match self.modulation {
            Modulation::Sums => {
                let weight = columns(&self.weight, &style) / (self.inputs() as f64).sqrt();
                limited(pointwise(&weight, &self.bias, x), LIMIT)
            }
            Modulation::Columns => {
                let weight = columns(&self.weight, &style);
                let squares = weight.square().sum_dim_intlist(2, true, Kind::Float);
                self.activated(&(weight * (squares + 1e-8).rsqrt()), x)
            }
            Modulation::Factors(rank) => {
                let weight = &self.weight * (self.product(&style, rank) + 1.0);
                let lengths = weight.norm_scalaropt_dim(2, [2i64].as_slice(), true);
                self.activated(&(weight / (lengths + 1e-8)), x)
            }
        }
    }

    /// What the layer gives with this weight, through leaky ReLU with gain `sqrt(2)`.
    fn activated(&self, weight: &Tensor, x: &Tensor) -> Tensor {
        // Leaky ReLU commutes with positive factors.
        let gain = std::f64::consts::SQRT_2;
        limited(lrelu(&pointwise(&(weight * gain), &(&self.bias * gain), x)), LIMIT)
    }

    /// `L R / sqrt(rank)`, `[batch, outputs, inputs]`, of what the head gives.
    fn product(&self, style: &Tensor, rank: usize) -> Tensor {
        let (rank, outputs) = (rank as i64, self.weight.size()[0]);
        let (left, right) = (rank * outputs, rank * self.inputs());
        let left = style.narrow(1, 0, left).reshape([-1, outputs, rank]);
        let right = style.narrow(1, rank * outputs, right).reshape([-1, rank, self.inputs()]);
        left.bmm(&right) / (rank as f64).sqrt()
    }

    fn inputs(&self) -> i64 {
        self.weight.size()[1]
    }

    /// Multiplies its weight and bias.
    pub fn multiply(&self, factor: f64) {
        no_grad(|| {
            let _ = self.weight.shallow_clone().f_mul_scalar_(factor);
            let _ = self.bias.shallow_clone().f_mul_scalar_(factor);
        });
    }

    /// Makes it give zero.
    pub fn silence(&self) {
        no_grad(|| {
            let _ = self.weight.shallow_clone().zero_();
            let _ = self.bias.shallow_clone().zero_();
        });
    }
}

/// The path of what is called `name`, whose parts have points between them.
pub fn at<'a>(root: &Path<'a>, name: &str) -> Path<'a> {
    match name.split_once('.') {
        None => root / name,
        Some((first, rest)) => at(&(root / first), rest),
    }
}

/// The head `style.{name}`, which makes numbers around `neutral` of a latent w.
pub fn head(root: &Path<'_>, name: &str, [w_dim, numbers]: [usize; 2], neutral: f64) -> Linear {
    let head = Linear::new(&at(&(root / "style"), name), w_dim, numbers, Gain::Equalised(1.0));
    no_grad(|| drop(head.bias().shallow_clone().fill_(neutral)));
    head
}

/// The latent of a level: w itself `[batch, w_dim]`, or its row of `[batch, levels, w_dim]`.
pub fn row(w: &Tensor, level: usize) -> Tensor {
    if w.dim() == 3 { w.select(1, level as i64) } else { w.shallow_clone() }
}

/// `W x + b` at every position, in the kind of `x [batch, inputs, positions]`; `weight [batch or 1,
/// outputs, inputs]`. A single `x` stands for all images.
pub fn pointwise(weight: &Tensor, bias: &Tensor, x: &Tensor) -> Tensor {
    let (images, positions) = (weight.size()[0].max(x.size()[0]), x.size()[2]);
    let all = |t: &Tensor| {
        let [_, rows, columns] = t.size()[..] else { unreachable!("three dimensions") };
        t.expand([images, rows, columns], false)
    };
    let bias = bias.to_kind(x.kind()).reshape([1, -1, 1]);
    let bias = bias.expand([images, weight.size()[1], positions], false);
    bias.baddbmm(&all(&weight.to_kind(x.kind())), &all(x), 1, 1)
}

/// `weight [outputs, inputs]` with its columns multiplied by each image's `style [batch, inputs]`.
fn columns(weight: &Tensor, style: &Tensor) -> Tensor {
    weight * style.unsqueeze(1)
}
