//! What engines render: a field in three channels.

use std::fmt::{Debug, Formatter};
use std::ops::Range;
use std::sync::Arc;

use parking_lot::RwLock;

use super::GeneratedField;
use super::window::RowWindow;
use crate::error::Result;
use crate::model::Upscaler;
use crate::raster::{Raster, RowSource};

/// What an engine renders: a field in three channels. [`ops::render`](crate::ops::render) makes it: one
/// of a generator's field, one each of a picture's colors and its alpha.
#[derive(Clone, Debug)]
pub enum Image {
    /// A generator's.
    Generated(GeneratedField),
    /// A picture's colors or its alpha, through an upscaler.
    Picture(PictureImage),
}

/// Which part of a raster is looked at as an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plane {
    /// Red, green and blue, or the luminance three times.
    Colour,
    /// The alpha channel, three times.
    Alpha,
}

impl Plane {
    /// Copies `out.len() / 3` pixels of row `row` of `raster`, from column `column` on, as RGB where
    /// 1 is full. A raster without alpha has an alpha plane of ones.
    ///
    /// # Panics
    /// When the pixels are not all inside.
    pub fn rgb(self, raster: &Raster, column: usize, row: usize, out: &mut [f32]) {
        let channels = raster.channels();
        let count = channels.count();
        let samples = raster.samples();
        let first = (row * raster.width() as usize + column) * count;
        let colour = |c: usize| if channels.is_gray() { 0 } else { c };
        for (i, pixel) in out.chunks_exact_mut(3).enumerate() {
            let at = first + i * count;
            for (c, value) in pixel.iter_mut().enumerate() {
                *value = match self {
                    Self::Colour => samples.get(at + colour(c)),
                    Self::Alpha if channels.has_alpha() => samples.get(at + count - 1),
                    Self::Alpha => 1.0,
                };
            }
        }
    }
}

/// A plane of a picture seen through an upscaler. Its affine parameters would take kilobytes a pixel, so
/// the picture is read row by row, from the top, and encoded tile by tile as it is looked at: once. Views
/// that turn, flip or warp it hold it whole. Its values are finite and from 0 to 1.
#[derive(Clone)]
pub struct PictureImage {
    upscaler: Arc<Upscaler>,
    rows: Arc<RwLock<RowWindow>>,
    size: [usize; 2],
    plane: Plane,
}

impl Debug for PictureImage {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { size, plane, .. } = self;
        f.debug_struct("PictureImage").field("size", size).field("plane", plane).finish()
    }
}

impl PictureImage {
    /// `plane` of what `source` gives. A picture without alpha has an alpha plane of ones.
    pub(crate) fn new(upscaler: Arc<Upscaler>, source: Box<dyn RowSource>, plane: Plane) -> Self {
        let size = [source.width() as usize, source.height() as usize];
        let rows = Arc::new(RwLock::new(RowWindow::new(source)));
        Self { upscaler, rows, size, plane }
    }

    /// The upscaler.
    pub fn upscaler(&self) -> &Arc<Upscaler> {
        &self.upscaler
    }

    /// Width of the picture in pixels.
    pub fn width(&self) -> usize {
        self.size[0]
    }

    /// Height of the picture in pixels.
    pub fn height(&self) -> usize {
        self.size[1]
    }

    /// Makes `rows` ready for [`rgb`](Self::rgb). Rows before them may be forgotten.
    ///
    /// # Errors
    /// Those of the picture's source; [`crate::Error::Parameter`] when rows are asked for again after they
    /// were forgotten.
    pub fn prepare(&self, rows: Range<usize>) -> Result<()> {
        self.rows.write().prepare(rows.start..rows.end.min(self.size[1]))
    }

    /// Copies `out.len() / 3` pixels of row `row` from column `column` on as RGB, where 1 is full.
    ///
    /// # Panics
    /// When the pixels are not all inside the picture, or the row is not [prepared](Self::prepare).
    pub fn rgb(&self, column: usize, row: usize, out: &mut [f32]) {
        let rows = self.rows.read();
        let (strip, row) = rows.row(row);
        self.plane.rgb(strip, column, row, out);
    }
}
