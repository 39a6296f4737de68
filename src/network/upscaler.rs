//! Networks of upscalers.

use serde::{Deserialize, Serialize};

use super::local_poly_inr::{LocalPolyInr, LocalPolyInrConfig, Turn};
use crate::error::Result;
use crate::tensors::Tensors;

/// The network of an upscaler.
#[derive(Clone, Debug)]
pub enum UpscalerNetwork {
    /// Local Poly-INR.
    LocalPolyInr(LocalPolyInr),
}

/// Shape of an upscaler's network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum UpscalerNetworkConfig {
    /// Local Poly-INR.
    LocalPolyInr(LocalPolyInrConfig),
}

impl UpscalerNetwork {
    /// The network whose tensors' names begin with `prefix`.
    pub(crate) fn load(
        config: &UpscalerNetworkConfig,
        tensors: &Tensors<'_>,
        prefix: &str,
    ) -> Result<Self> {
        match config {
            UpscalerNetworkConfig::LocalPolyInr(c) => {
                LocalPolyInr::load(c.clone(), tensors, prefix).map(Self::LocalPolyInr)
            }
        }
    }

    /// Its shape.
    pub fn config(&self) -> UpscalerNetworkConfig {
        match self {
            Self::LocalPolyInr(n) => UpscalerNetworkConfig::LocalPolyInr(n.config().clone()),
        }
    }

    /// Whether it can be told how much to clean.
    pub fn can_be_told(&self) -> bool {
        match self {
            Self::LocalPolyInr(n) => n.config().strength,
        }
    }

    /// Pixels around that a pixel's part of the function depends on.
    pub fn reach(&self) -> usize {
        match self {
            Self::LocalPolyInr(n) => n.reach(),
        }
    }

    /// Numbers that make the function around a pixel.
    pub fn cell_size(&self) -> usize {
        match self {
            Self::LocalPolyInr(n) => n.cell_size(),
        }
    }

    /// The network with every weight a part of the way to that of `other`, a network of the same shape.
    pub(crate) fn towards(&self, other: &Self, part: f32) -> Self {
        match (self, other) {
            (Self::LocalPolyInr(a), Self::LocalPolyInr(b)) => {
                Self::LocalPolyInr(a.towards(b, part))
            }
        }
    }

    /// The network that cleans so much, noise and blur, and cannot be told anything else.
    pub(crate) fn cleaning(self, amounts: [f32; 2]) -> Self {
        match self {
            Self::LocalPolyInr(n) => Self::LocalPolyInr(n.cleaning(amounts)),
        }
    }

    /// The network that makes of a picture what this one makes of the same picture turned, turned back.
    pub(crate) fn turned(&self, turn: Turn) -> Self {
        match self {
            Self::LocalPolyInr(n) => Self::LocalPolyInr(n.turned(turn)),
        }
    }
}

impl UpscalerNetworkConfig {
    /// Its name in texts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::LocalPolyInr(_) => "local-poly-inr",
        }
    }

    /// Why the engines cannot compute it, if so.
    pub(crate) fn not_rendered(&self) -> Option<&'static str> {
        match self {
            Self::LocalPolyInr(c) => c.not_rendered(),
        }
    }

    /// What is wrong with the numbers, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        match self {
            Self::LocalPolyInr(c) => c.problem(),
        }
    }
}
