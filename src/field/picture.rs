//! A picture as a field: every pixel's surroundings give that pixel its own affine parameters.

use std::sync::Arc;

use crate::model::Upscaler;
use crate::raster::Raster;

/// Which part of a raster is looked at as an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// Red, green and blue, or the luminance three times.
    Colour,
    /// The alpha channel, three times.
    Alpha,
}

/// A picture seen through an upscaler. Its affine parameters would take kilobytes a pixel, so the
/// picture is kept and encoded tile by tile when it is looked at.
#[derive(Clone, Debug)]
pub struct PictureField {
    upscaler: Arc<Upscaler>,
    source: Arc<Raster>,
    plane: Plane,
}

impl PictureField {
    /// `source` seen through `upscaler`. A raster without alpha has an alpha plane of ones.
    pub fn new(upscaler: Arc<Upscaler>, source: Arc<Raster>, plane: Plane) -> Self {
        Self { upscaler, source, plane }
    }

    /// The upscaler.
    pub fn upscaler(&self) -> &Arc<Upscaler> {
        &self.upscaler
    }

    /// Width of the picture in pixels.
    pub fn width(&self) -> usize {
        self.source.width() as usize
    }

    /// Height of the picture in pixels.
    pub fn height(&self) -> usize {
        self.source.height() as usize
    }

    /// Copies `out.len() / 3` pixels of row `row` from column `column` on as RGB, where 1 is full.
    ///
    /// # Panics
    /// When the pixels are not all inside the picture.
    pub fn rgb(&self, column: usize, row: usize, out: &mut [f32]) {
        let channels = self.source.channels();
        let count = channels.count();
        let samples = self.source.samples();
        let first = (row * self.width() + column) * count;
        let colour = |c: usize| if channels.is_gray() { 0 } else { c };
        for (i, pixel) in out.chunks_exact_mut(3).enumerate() {
            let at = first + i * count;
            for (c, value) in pixel.iter_mut().enumerate() {
                *value = match self.plane {
                    Plane::Colour => samples.get(at + colour(c)),
                    Plane::Alpha if channels.has_alpha() => samples.get(at + count - 1),
                    Plane::Alpha => 1.0,
                };
            }
        }
    }
}
