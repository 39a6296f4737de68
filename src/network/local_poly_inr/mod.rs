//! Local Poly-INR: a picture as a continuous function. An encoder of 3x3 convolutions gives every
//! pixel its own affine parameters `[levels, n, 4]`; shared linear levels turn them into colour
//! near that pixel, as a residual over bicubic interpolation.

mod config;
pub(crate) mod import;
mod turn;
mod weights;

pub use config::{Blend, LocalPolyInrConfig};
pub use turn::Turn;
pub use weights::{AffineLayer, COMPONENTS, LocalPolyInrWeights};

use crate::error::{Error, Result};
use crate::tensors::Tensors;
use weights::STRENGTH;

/// A local Poly-INR.
#[derive(Clone, Debug)]
pub struct LocalPolyInr {
    config: LocalPolyInrConfig,
    weights: LocalPolyInrWeights,
}

impl LocalPolyInr {
    /// A network of these weights.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the configuration makes no sense, or the weights are of another.
    pub fn new(config: LocalPolyInrConfig, weights: LocalPolyInrWeights) -> Result<Self> {
        if let Some(problem) = config.problem() {
            return Err(Error::parameter("network", problem));
        }
        match weights.fit(&config) {
            true => Ok(Self { config, weights }),
            false => {
                Err(Error::parameter("network", "the weights are not of the shape that it says"))
            }
        }
    }

    /// The network whose tensors' names begin with `prefix`.
    pub(super) fn load(
        config: LocalPolyInrConfig,
        tensors: &Tensors<'_>,
        prefix: &str,
    ) -> Result<Self> {
        let weights = LocalPolyInrWeights::load(&config, tensors, prefix)?;
        Ok(Self { config, weights })
    }

    /// Its shape.
    pub fn config(&self) -> &LocalPolyInrConfig {
        &self.config
    }

    /// Pixels around that affine parameters depend on: one for every convolution.
    pub(crate) fn reach(&self) -> usize {
        self.config.residual_blocks * 2 + 3
    }

    /// Affine parameters of a pixel of the picture.
    pub(crate) fn cell_size(&self) -> usize {
        self.config.levels * self.config.features * COMPONENTS
    }

    /// Its weights.
    pub fn weights(&self) -> &LocalPolyInrWeights {
        &self.weights
    }

    /// The network with every weight a part of the way to that of `other`, a network of the same
    /// shape (Wang et al., ESRGAN, 2018, network interpolation).
    pub(super) fn towards(&self, other: &Self, part: f32) -> Self {
        let mut network = self.clone();
        network.weights.approach(&other.weights, part);
        network
    }

    /// The network that cleans so much, noise and blur, and cannot be told anything else.
    pub(super) fn cleaning(mut self, amounts: [f32; STRENGTH]) -> Self {
        self.weights.clean(amounts);
        self.config.strength = false;
        self
    }

    /// The network that makes of a picture what this one makes of the same picture turned, turned
    /// back: no picture has to be turned for it.
    pub(super) fn turned(&self, turn: Turn) -> Self {
        Self { config: self.config.clone(), weights: self.weights.turned(turn) }
    }
}
