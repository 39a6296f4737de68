//! How a picture is embedded, and how that goes.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{Generator, Vgg16};
use crate::raster::Raster;

/// Longest side at which inversions are computed, unless asked for.
const USUAL_SIDE: u32 = 128;

/// How a picture is embedded.
#[derive(Clone, Debug)]
pub struct InvertOptions {
    /// Class to start from; `None` tries all.
    pub class: Option<usize>,
    /// Steps on the code, 1 to 100,000.
    pub steps: u32,
    /// Steps of pivotal tuning of the weights after that, 0 to 100,000.
    pub tuning: u32,
    /// Longest side of the grid on which the picture is compared, in pixels, 1 to 4096; `None` for
    /// the picture's own, at most 128.
    pub resolution: Option<u32>,
    /// Weight of the distance from the codes of mapped latents at first, 0 or more; it
    /// falls to a ten-thousandth. With more, fields mix better with others; with less, they come nearer
    /// to the picture.
    pub manifold: f32,
    /// Weight of the differences between neighbours in the loss, 0 or more.
    pub gradients: f32,
    /// The network of a perceptual loss, which is added to the loss of the pixels on grids of 16
    /// pixels each way and more; `None` for none. VGG16's weights are the user's to get; see
    /// [`Vgg16`].
    pub perceptual: Option<Arc<Vgg16>>,
    /// Weight of the perceptual loss, 0 or more. Squared differences of pixels in `[0, 1]` have the
    /// weight 1.
    pub perceptual_weight: f32,
    /// PSNR in dB at which pivotal tuning ends.
    pub enough: Option<f64>,
    /// What is known of the picture: light where it is, dark where not. A picture with alpha is
    /// known where it is more opaque than transparent.
    pub mask: Option<Arc<Raster>>,
    /// The sample that stands for no data, on the scale where 1 is full for integers; it is not known
    /// either.
    pub nodata: Option<f32>,
}

impl Default for InvertOptions {
    fn default() -> Self {
        Self {
            class: None,
            steps: 2500,
            tuning: 0,
            resolution: None,
            manifold: 1e-2,
            gradients: 0.1,
            perceptual: None,
            perceptual_weight: 0.1,
            enough: None,
            mask: None,
            nodata: None,
        }
    }
}

/// What is optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The code.
    Code,
    /// The weights, around the code found.
    Tuning,
}

/// How an inversion goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InvertStep {
    /// What is optimised.
    pub stage: Stage,
    /// Width of the grid in pixels.
    pub width: u32,
    /// Height of the grid in pixels.
    pub height: u32,
    /// Steps done, of all stages.
    pub step: u32,
    /// Steps planned; early stops may leave some out.
    pub steps: u32,
    /// PSNR of the known pixels of this grid in dB, RGB, before this step.
    pub psnr: f64,
}

impl InvertOptions {
    /// Checks the options for `generator`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when one is out of its range.
    pub fn check(&self, generator: &Generator) -> Result<()> {
        let count = generator.classes().len();
        if let Some(class) = self.class
            && class >= count
        {
            return Err(Error::parameter("class", format!("{class}; the model has {count}")));
        }
        self.check_ranges()
    }

    /// Longer side in pixels at which a picture is compared whose own is `longest`.
    pub(crate) fn compared_side(&self, longest: u32) -> u32 {
        self.resolution.unwrap_or(USUAL_SIDE).min(longest)
    }

    /// Checks what does not depend on the model.
    pub(crate) fn check_ranges(&self) -> Result<()> {
        const MOST: u32 = 100_000;
        if !(1..=MOST).contains(&self.steps) || self.tuning > MOST {
            return Err(Error::parameter("steps", format!("1 to {MOST} are possible")));
        }
        if self.enough.is_some_and(|e| !(0.0..=200.0).contains(&e)) {
            return Err(Error::parameter("enough", "0 to 200 dB are possible"));
        }
        if self.resolution.is_some_and(|r| !(1..=4096).contains(&r)) {
            return Err(Error::parameter("resolution", "1 to 4096 are possible"));
        }
        let weight = |name, w: f32| match w.is_finite() && w >= 0.0 {
            true => Ok(()),
            false => Err(Error::parameter(name, format!("{w}; 0 or more is needed"))),
        };
        weight("manifold", self.manifold)?;
        weight("gradients", self.gradients)?;
        weight("perceptual", self.perceptual_weight)
    }
}
