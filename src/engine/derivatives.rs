//! What an engine is asked for when a field is fitted to pixels.

use std::sync::Arc;

use super::perceptual::{PerceptualLoss, PerceptualRequest};
use crate::error::{Error, Result};
use crate::network::{Code, Linear, Network};

/// Tells how pixels of generators' fields change with their parameters.
pub trait Derivatives: Send + Sync {
    /// Computes a generator's field at the request's positions, and keeps what its derivatives
    /// there need: every feature at every position.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the code has not the shape of the network's; [`Error::Engine`] when this
    /// engine cannot do it.
    fn linearise<'a>(
        &'a self,
        request: &DerivativeRequest<'a>,
    ) -> Result<Box<dyn LinearisedField + 'a>>;

    /// Computes the features of the request's picture, and keeps what comparing other pictures with
    /// it needs. An engine may leave it out.
    ///
    /// # Errors
    /// As [`PerceptualRequest::blocks`]; [`Error::Engine`] when this engine cannot do it.
    fn perceptual<'a>(
        &'a self,
        request: &PerceptualRequest<'_>,
    ) -> Result<Box<dyn PerceptualLoss + 'a>>;
}

/// Where a generator's field is evaluated, and what it is differentiated by.
#[derive(Clone, Copy, Debug)]
pub struct DerivativeRequest<'a> {
    /// The network that all images share, or an image's own; an engine may keep what it made of it as
    /// long as it lives.
    pub network: &'a Arc<Network>,
    /// Code of the image.
    pub code: &'a Code,
    /// Field coordinates (x, y) of the pixels, in any order and number.
    pub positions: &'a [[f32; 2]],
    /// Whether the derivatives by the network's matrices are wanted too.
    pub weights: bool,
}

/// A generator's field at some positions, and how its pixels change with its parameters: their
/// Jacobian J.
pub trait LinearisedField: Send + Sync {
    /// RGB of the pixels, interleaved, nominal range `[0, 1]`, not clamped.
    fn rgb(&self) -> &[f32];

    /// `Jᵀ u`: the derivatives of a loss that has the derivatives `u` by the values of
    /// [`rgb`](Self::rgb).
    ///
    /// # Errors
    /// [`Error::Parameter`] when `u` has not that many values.
    fn derivative(&self, u: &[f32]) -> Result<Derivative>;
}

/// Derivatives of a loss.
#[derive(Clone, Debug)]
pub struct Derivative {
    /// By the values of the code, in the order of [`Code::values`].
    pub code: Vec<f32>,
    /// By the network's matrices, in the order of [`Network::matrices`]; if they were asked for.
    pub weights: Option<Vec<Linear>>,
}

/// That `u` has as many values as there are in `rgb`.
pub(super) fn check_length(u: &[f32], rgb: &[f32]) -> Result<()> {
    match u.len() == rgb.len() {
        true => Ok(()),
        false => {
            let problem = format!("{} values given, {} needed", u.len(), rgb.len());
            Err(Error::parameter("derivatives", problem))
        }
    }
}
