//! Convolutions with equalised learning rate.

use tch::nn::Path;
use tch::{Kind, Tensor};

pub(super) use std::f64::consts::SQRT_2;

/// How the weights of a layer start.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Initial {
    /// Normally distributed, of deviation 1.
    Normal,
    /// Zero, so that the layer contributes nothing before it is trained.
    Zero,
}

/// A convolution of stride 1 that keeps the sides: `y = gain (W * x / sqrt(fan-in) + b)`. Gains of
/// the activation that follows are in `gain`, as leaky ReLU commutes with positive factors.
#[derive(Debug)]
pub(super) struct Conv {
    weight: Tensor,
    bias: Option<Tensor>,
    scale: f64,
    gain: f64,
}

impl Conv {
    /// A layer of `[inputs, outputs]` channels and a kernel of odd side, without biases.
    pub(super) fn new(
        path: &Path<'_>,
        channels: [usize; 2],
        kernel: i64,
        gain: f64,
        initial: Initial,
    ) -> Self {
        let [inputs, outputs] = channels.map(|n| n.cast_signed() as i64);
        let (shape, options) = ([outputs, inputs, kernel, kernel], (Kind::Float, path.device()));
        let weight = match initial {
            Initial::Normal => Tensor::randn(shape, options),
            Initial::Zero => Tensor::zeros(shape, options),
        };
        let scale = gain / ((inputs * kernel * kernel) as f64).sqrt();
        Self { weight: path.add("weight", weight, true), bias: None, scale, gain }
    }

    /// The layer with biases, which start at zero.
    pub(super) fn with_bias(mut self, path: &Path<'_>) -> Self {
        let bias = Tensor::zeros([self.weight.size()[0]], (Kind::Float, path.device()));
        self.bias = Some(path.add("bias", bias, true));
        self
    }

    /// `x [B, in, H, W]` to `[B, out, H, W]`, in the kind of `x`.
    pub(super) fn forward(&self, x: &Tensor) -> Tensor {
        let weight = (&self.weight * self.scale).to_kind(x.kind());
        let bias = self.bias.as_ref().map(|bias| (bias * self.gain).to_kind(x.kind()));
        let padding = self.weight.size()[2] / 2;
        x.conv2d(&weight, bias, [1, 1], [padding, padding], [1, 1], 1)
    }
}

/// `x [B, C, H, W]` at half the resolution, by means of 2x2 pixels.
pub(super) fn half(x: &Tensor) -> Tensor {
    x.avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None)
}
