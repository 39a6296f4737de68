//! What an engine is asked for when a field is fitted to pixels.

use std::sync::Arc;

use crate::error::Result;
use crate::model::{Affine, Synthesis};

/// Where a generator's field is evaluated, and what it is differentiated by.
#[derive(Clone, Copy, Debug)]
pub struct GradientRequest<'a> {
    /// Weights shared by all images, or an image's own; an engine may keep what it made of them as
    /// long as they live.
    pub synthesis: &'a Arc<Synthesis>,
    /// Affine parameters of the image.
    pub affine: &'a Affine,
    /// Field coordinates (x, y) of the pixels, in any order and number.
    pub positions: &'a [[f32; 2]],
    /// Whether the derivatives by the weights are wanted too.
    pub weights: bool,
}

/// A generator's field at some positions, and how its pixels change with its parameters: their
/// Jacobian J.
pub trait Linearised: Send + Sync {
    /// RGB of the pixels, interleaved, nominal range `[0, 1]`, not clamped.
    fn rgb(&self) -> &[f32];

    /// `Jᵀ u`: the derivatives of a loss that has the derivatives `u` by the values of
    /// [`rgb`](Self::rgb).
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] when `u` has not that many values.
    fn gradient(&self, u: &[f32]) -> Result<Gradient>;
}

/// Derivatives of a loss.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// By the affine parameters, `[levels, n, 3]`.
    pub affine: Vec<f32>,
    /// By the weights, each where the weight itself stands; if they were asked for.
    pub weights: Option<Synthesis>,
}
