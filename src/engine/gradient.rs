//! What an engine is asked for when a field is fitted to pixels.

use crate::error::Result;
use crate::model::{Affine, Synthesis};

/// Where a generator's field is evaluated, and what its loss is differentiated by.
#[derive(Clone, Copy, Debug)]
pub struct GradientRequest<'a> {
    /// Weights shared by all images, or an image's own.
    pub synthesis: &'a Synthesis,
    /// Affine parameters of the image.
    pub affine: &'a Affine,
    /// Field coordinates (x, y) of the pixels, in any order and number.
    pub positions: &'a [[f32; 2]],
    /// Whether the derivatives by the weights are wanted too.
    pub weights: bool,
}

/// A loss of the pixels at a request's positions: given RGB (interleaved, nominal range `[0, 1]`,
/// not clamped) it writes its derivative by each value and gives its value.
pub trait PixelLoss {
    /// The loss of `rgb`; `gradient` has the same length.
    ///
    /// # Errors
    /// Whatever the loss cannot do; the work stops and hands the error on.
    fn evaluate(&mut self, rgb: &[f32], gradient: &mut [f32]) -> Result<f64>;
}

impl<F: FnMut(&[f32], &mut [f32]) -> Result<f64>> PixelLoss for F {
    fn evaluate(&mut self, rgb: &[f32], gradient: &mut [f32]) -> Result<f64> {
        self(rgb, gradient)
    }
}

/// A loss and its derivatives.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// Value of the loss.
    pub loss: f64,
    /// By the affine parameters, `[levels, n, 3]`.
    pub affine: Vec<f32>,
    /// By the weights, each where the weight itself stands; if they were asked for.
    pub weights: Option<Synthesis>,
}
