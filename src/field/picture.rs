//! A picture as a field: every pixel's surroundings give that pixel its own affine parameters.

use std::fmt::{Debug, Formatter};
use std::ops::Range;
use std::sync::Arc;

use parking_lot::RwLock;

use super::window::{RowWindow, is_ordinary};
use crate::error::Result;
use crate::model::Upscaler;
use crate::raster::{Raster, RowSource};

/// Which part of a raster is looked at as an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
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
    pub(crate) fn rgb(self, raster: &Raster, column: usize, row: usize, out: &mut [f32]) {
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

/// A picture seen through an upscaler. Its affine parameters would take kilobytes a pixel, so the
/// picture is kept, or read row by row, and encoded tile by tile when it is looked at.
#[derive(Clone)]
pub struct PictureField {
    upscaler: Arc<Upscaler>,
    source: Source,
    size: [usize; 2],
    plane: Plane,
}

/// Where pixels come from.
#[derive(Clone)]
enum Source {
    Whole(Arc<Raster>),
    Rows(Arc<RwLock<RowWindow>>),
}

impl Debug for PictureField {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { size, plane, .. } = self;
        f.debug_struct("PictureField").field("size", size).field("plane", plane).finish()
    }
}

impl PictureField {
    /// `source` seen through `upscaler`. A raster without alpha has an alpha plane of ones.
    pub fn new(upscaler: Arc<Upscaler>, source: Arc<Raster>, plane: Plane) -> Self {
        let size = [source.width() as usize, source.height() as usize];
        Self { upscaler, source: Source::Whole(source), size, plane }
    }

    /// A picture that is read row by row as it is looked at, seen through `upscaler`. It can be
    /// looked at once, from the top; views that turn, flip or warp it hold it whole.
    pub fn streamed(upscaler: Arc<Upscaler>, source: Box<dyn RowSource>, plane: Plane) -> Self {
        let size = [source.width() as usize, source.height() as usize];
        let window = Arc::new(RwLock::new(RowWindow::new(source)));
        Self { upscaler, source: Source::Rows(window), size, plane }
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
    /// Those of the source of a streamed picture; [`crate::Error::Parameter`] when rows are asked
    /// for again after they were forgotten.
    pub fn prepare(&self, rows: Range<usize>) -> Result<()> {
        match &self.source {
            Source::Whole(_) => Ok(()),
            Source::Rows(window) => window.write().prepare(rows.start..rows.end.min(self.size[1])),
        }
    }

    /// Whether all samples, of a streamed picture those read so far, are finite and in the range that
    /// networks are made for.
    pub(crate) fn is_ordinary(&self) -> bool {
        match &self.source {
            Source::Whole(raster) => is_ordinary(raster.samples()),
            Source::Rows(window) => window.read().is_ordinary(),
        }
    }

    /// Copies `out.len() / 3` pixels of row `row` from column `column` on as RGB, where 1 is full.
    ///
    /// # Panics
    /// When the pixels are not all inside the picture, or a streamed row is not
    /// [prepared](Self::prepare).
    pub fn rgb(&self, column: usize, row: usize, out: &mut [f32]) {
        match &self.source {
            Source::Whole(raster) => self.plane.rgb(raster, column, row, out),
            Source::Rows(window) => {
                let window = window.read();
                let (strip, row) = window.row(row);
                self.plane.rgb(strip, column, row, out);
            }
        }
    }
}
