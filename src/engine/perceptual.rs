//! What an engine is asked for when pictures are compared by a network's features.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::Vgg16;

/// Least width and height of pictures that are compared, in pixels.
pub const PERCEPTUAL_SIDE: usize = 16;
/// Least width and height of features that are compared: in smaller ones the zeros around a picture
/// weigh more than the picture.
const FEATURES_SIDE: usize = 4;
/// Most values of all features together: 4 GiB.
const MAX_VALUES: usize = 1 << 30;

/// The picture that others are to be compared with, and the network that does it.
#[derive(Clone, Copy, Debug)]
pub struct PerceptualRequest<'a> {
    /// The network.
    pub vgg: &'a Arc<Vgg16>,
    /// RGB, `[height, width, 3]`, nominal range `[0, 1]`.
    pub rgb: &'a [f32],
    /// Width in pixels, at least [`PERCEPTUAL_SIDE`].
    pub width: usize,
    /// Height in pixels, at least [`PERCEPTUAL_SIDE`].
    pub height: usize,
}

/// How far pictures are from a given one to a network, as LPIPS without learned weights (Zhang et
/// al., 2018): features f after the last ReLU of each block are divided by their length at every
/// pixel, and the loss is the mean over blocks of `mean_p |f(p) / |f(p)| - t(p) / |t(p)||²`, with t
/// the given picture's. It lies in `[0, 2]`. Blocks whose features are less than 4 pixels wide or
/// high are left out, so that relu4_3 counts from 32 pixels on and relu5_3 from 64.
pub trait PerceptualLoss: Send + Sync {
    /// Compares `rgb`, of the size of the given picture.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `rgb` is not of that size.
    fn judge(&self, rgb: &[f32]) -> Result<Perceived>;
}

/// What a picture comes to.
#[derive(Clone, Debug)]
pub struct Perceived {
    /// The loss.
    pub value: f64,
    /// Its derivative by every value of the picture, `[height, width, 3]`.
    pub slope: Vec<f32>,
}

impl PerceptualRequest<'_> {
    /// Number of the network's blocks that are compared, at least 1.
    ///
    /// # Errors
    /// [`Error::Parameter`] for pictures that are too small or whose values are not as many as their
    /// size says or not finite; [`Error::Limits`] for features that would take over 4 GiB.
    pub fn blocks(&self) -> Result<usize> {
        let Self { vgg, rgb, width, height } = *self;
        let size = format!("{width}x{height}");
        if width.min(height) < PERCEPTUAL_SIDE {
            let problem = format!("{size} pixels; {PERCEPTUAL_SIDE} each way are needed");
            return Err(Error::parameter("picture", problem));
        }
        if width.checked_mul(height).and_then(|n| n.checked_mul(3)) != Some(rgb.len()) {
            let problem = format!("{} values for {size} pixels of RGB", rgb.len());
            return Err(Error::parameter("picture", problem));
        }
        if rgb.iter().any(|v| !v.is_finite()) {
            return Err(Error::parameter("picture", "some of its values are not finite"));
        }
        let large = |block: &usize| width.min(height) >> block >= FEATURES_SIDE;
        let count = (0..vgg.blocks().len()).take_while(large).count();
        let widths = |block: usize| vgg.blocks()[block].iter().map(|c| c.outputs).sum::<usize>();
        let values = |block: usize| ((width * height) >> (2 * block)).saturating_mul(widths(block));
        if (0..count).map(values).fold(0, usize::saturating_add) > MAX_VALUES {
            let problem = format!(
                "{size} pixels have over {MAX_VALUES} features; take a lower resolution or leave \
                 the network out"
            );
            return Err(Error::limits("perceptual loss", problem));
        }
        Ok(count)
    }
}
