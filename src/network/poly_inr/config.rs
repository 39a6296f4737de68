//! The shape of a Poly-INR.

use serde::{Deserialize, Serialize};

use crate::network::range::out_of_range;

/// Shape of a Poly-INR.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PolyInrConfig {
    /// Levels of the polynomial.
    pub levels: usize,
    /// Features a level, n.
    pub features: usize,
    /// What the affine term passes through before it multiplies.
    pub affine_activation: AffineActivation,
    /// Whether coordinates pass through a chain of 2-D affine maps, one a level (the released
    /// form), or reach every level as they are (the paper's equation 3).
    pub coordinate_chain: bool,
    /// Every level's output is clamped to ± this, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clamp: Option<f32>,
}

/// What the affine term `A_j X` passes through before it multiplies, from level 1 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AffineActivation {
    /// Nothing: the paper's equation 3.
    None,
    /// Leaky ReLU: the released networks.
    Lrelu,
}

impl PolyInrConfig {
    /// A network of `levels` levels of `features` features, in the released form.
    pub fn new(levels: usize, features: usize) -> Self {
        Self {
            levels,
            features,
            affine_activation: AffineActivation::Lrelu,
            coordinate_chain: true,
            clamp: Some(256.0),
        }
    }

    /// The same network in the form of the paper's equation 3.
    pub fn paper_form(self) -> Self {
        let affine_activation = AffineActivation::None;
        Self { affine_activation, coordinate_chain: false, clamp: None, ..self }
    }

    /// What is wrong with the numbers, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        out_of_range("levels", self.levels, 1, 64)
            .or_else(|| out_of_range("features", self.features, 1, 8192))
            .or_else(|| match self.clamp {
                Some(c) if c.is_nan() || c <= 0.0 => Some(format!("its config says clamp = {c}")),
                _ => None,
            })
    }
}
