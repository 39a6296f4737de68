//! The residual block.

use tch::Tensor;
use tch::nn::Path;

use super::layer::{Conv, Initial, SQRT_2, half};
use crate::nn::lrelu;

/// Two convolutions, the second after a reduction by two, beside a linear way round; both ways are
/// scaled by `1/sqrt(2)` so that the sum keeps the scale.
#[derive(Debug)]
pub(super) struct Block {
    conv0: Conv,
    conv1: Conv,
    skip: Conv,
}

impl Block {
    pub(super) fn new(path: &Path<'_>, inputs: usize, outputs: usize) -> Self {
        let conv = |name, outputs, kernel, gain| {
            Conv::new(&(path / name), [inputs, outputs], kernel, gain, Initial::Normal)
        };
        Self {
            conv0: conv("conv0", inputs, 3, SQRT_2).with_bias(&(path / "conv0")),
            // Its activation gains sqrt(2) and its way loses it again.
            conv1: conv("conv1", outputs, 3, 1.0).with_bias(&(path / "conv1")),
            skip: conv("skip", outputs, 1, 1.0 / SQRT_2),
        }
    }

    /// `x [B, in, R, R]` to `[B, out, R/2, R/2]`.
    pub(super) fn forward(&self, x: &Tensor) -> Tensor {
        let inner = lrelu(&self.conv0.forward(x));
        lrelu(&self.conv1.forward(&half(&inner))) + self.skip.forward(&half(x))
    }
}
