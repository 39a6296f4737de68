//! The shape of a local Poly-INR.

use serde::{Deserialize, Serialize};

use crate::network::range::out_of_range;

/// Shape of a local Poly-INR.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LocalPolyInrConfig {
    /// Channels of the encoder.
    pub channels: usize,
    /// Residual blocks of the encoder.
    pub residual_blocks: usize,
    /// Levels of the polynomial.
    pub levels: usize,
    /// Features a level, n.
    pub features: usize,
    /// What is blended of the four cells around a position.
    #[serde(default, skip_serializing_if = "is_default")]
    pub blend: Blend,
    /// Side of the convolution that gives affine parameters, 1 or 3 pixels.
    #[serde(default = "three", skip_serializing_if = "is_three")]
    pub affine_side: usize,
    /// Whether what a residual block gives is weighted by its own size: `(y + f)(1/2 + sigmoid f)`
    /// in place of `y + f`, where `f` is what the block computes from `y`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attention: bool,
    /// Side of the convolution that every sixth residual block begins with, over the first quarter of
    /// the channels and added to them; 0 for none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub large_side: usize,
    /// Whether it is told how much to clean.
    #[serde(default, skip_serializing_if = "is_default")]
    pub strength: bool,
}

/// What is blended of the four cells around a position; each is weighted by how near it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blend {
    /// Their colours: every cell's polynomial is evaluated.
    #[default]
    Colours,
    /// Their affine terms `A_j X`, before they pass through leaky ReLU: one polynomial is evaluated.
    Terms,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn three() -> usize {
    3
}

fn is_three(side: &usize) -> bool {
    *side == 3
}

impl LocalPolyInrConfig {
    /// A network as the first version of model files has it: cells' colours are blended, affine
    /// parameters come from 3x3 convolutions, blocks are plain.
    pub fn new([channels, residual_blocks]: [usize; 2], [levels, features]: [usize; 2]) -> Self {
        Self {
            channels,
            residual_blocks,
            levels,
            features,
            blend: Blend::Colours,
            affine_side: 3,
            attention: false,
            large_side: 0,
            strength: false,
        }
    }

    /// Whether the first version of model files has it.
    pub(crate) fn is_first_form(&self) -> bool {
        let encoder = [self.channels, self.residual_blocks];
        *self == Self::new(encoder, [self.levels, self.features])
    }

    /// Why the engines cannot compute it, if so: the trainer knows more networks than they do.
    pub(crate) fn not_rendered(&self) -> Option<&'static str> {
        if self.attention {
            Some("its residual blocks have attention")
        } else if self.large_side > 0 {
            Some("its residual blocks have large kernels")
        } else {
            None
        }
    }

    /// What is wrong with the numbers, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        out_of_range("channels", self.channels, 1, 1024)
            .or_else(|| out_of_range("residual_blocks", self.residual_blocks, 0, 256))
            .or_else(|| out_of_range("levels", self.levels, 1, 64))
            .or_else(|| out_of_range("features", self.features, 1, 1024))
            .or_else(|| out_of_range("affine_side", self.affine_side, 1, 3))
            .or_else(|| out_of_range("large_side", self.large_side, 0, 31))
            .or_else(|| self.even_side())
    }

    /// Convolutions without a middle have no pixel that they are of.
    fn even_side(&self) -> Option<String> {
        let even = |name: &str, side: usize| {
            (side > 0 && side.is_multiple_of(2))
                .then(|| format!("its config says {name} = {side}; an odd number is needed"))
        };
        even("affine_side", self.affine_side).or_else(|| even("large_side", self.large_side))
    }
}
