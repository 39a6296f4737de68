//! The encoder's residual blocks.

use polyinr::network::LocalPolyInrConfig;
use tch::Tensor;
use tch::nn::Path;

use super::conv::Conv;

/// Blocks from one that begins with a large kernel to the next.
const LARGE_EVERY: usize = 6;
/// Part of the channels that large kernels go over.
const LARGE_PART: usize = 4;

/// `y + conv1(relu(conv0(y)))`, with what the configuration adds.
#[derive(Debug)]
pub struct Block {
    convs: [Conv; 2],
    /// Over the first channels, added to them before all else (after PLKSR, Lee et al., 2024).
    large: Option<Conv>,
    /// Whether the sum is weighted (after SPAN, Wan et al., 2024).
    attention: bool,
}

impl Block {
    /// Block `number` with random weights, its 3x3 convolutions in branches if `branched`.
    pub fn new(
        path: &Path<'_>,
        config: &LocalPolyInrConfig,
        number: usize,
        branched: bool,
    ) -> Self {
        let c = config.channels;
        let last = (0.5 / config.residual_blocks.max(1) as f64).sqrt();
        let conv = |name: &str, gain: f64| {
            let path = &(path / name);
            match Conv::new(path, c, c, 3, gain) {
                conv if branched => conv.branched(path),
                conv => conv,
            }
        };
        let part = (c / LARGE_PART).max(1);
        let large = config.large_side > 0 && number.is_multiple_of(LARGE_EVERY);
        Self {
            convs: [conv("conv0", std::f64::consts::SQRT_2), conv("conv1", last)],
            large: large.then(|| Conv::new(&(path / "large"), part, part, config.large_side, 0.1)),
            attention: config.attention,
        }
    }

    /// `y [B, channels, h, w]` to the same shape; `told [B, channels, 1, 1]` is added to what the first
    /// convolution gives.
    pub fn forward(&self, y: &Tensor, told: Option<&Tensor>) -> Tensor {
        let y = &self.with_large(y);
        let [first, second] = &self.convs;
        let inner = first.forward(y);
        let inner = told.map_or_else(|| inner.shallow_clone(), |told| &inner + told);
        let added = second.forward(&inner.relu());
        match self.attention {
            true => (y + &added) * (added.sigmoid() + 0.5),
            false => y + added,
        }
    }

    /// Its two 3x3 convolutions.
    pub fn convs(&self) -> &[Conv; 2] {
        &self.convs
    }

    fn with_large(&self, y: &Tensor) -> Tensor {
        let Some(large) = &self.large else { return y.shallow_clone() };
        let (all, part) = (y.size()[1], large.bias().size()[0]);
        let first = y.narrow(1, 0, part);
        Tensor::cat(&[&first + large.forward(&first), y.narrow(1, part, all - part)], 1)
    }
}
