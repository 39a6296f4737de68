//! Rows of a picture that need not be in memory as a whole.

use std::sync::Arc;

use super::{Channels, Raster, Samples};
use crate::error::Result;

/// Gives a picture's rows once, from the top: a file that is being read, or a raster.
pub trait RowSource: Send {
    /// Width of the picture in pixels.
    fn width(&self) -> u32;

    /// Height of the picture in pixels.
    fn height(&self) -> u32;

    /// Its channels.
    fn channels(&self) -> Channels;

    /// The sample that stands for "no data here", on the scale where 1 is full.
    fn nodata(&self) -> Option<f32> {
        None
    }

    /// The next rows, `count` (over 0) of them or as many as are left; `None` after the last.
    ///
    /// # Errors
    /// Whatever the source cannot read.
    fn next_rows(&mut self, count: u32) -> Result<Option<Raster>>;
}

impl<S: RowSource + ?Sized> RowSource for Box<S> {
    fn width(&self) -> u32 {
        (**self).width()
    }

    fn height(&self) -> u32 {
        (**self).height()
    }

    fn channels(&self) -> Channels {
        (**self).channels()
    }

    fn nodata(&self) -> Option<f32> {
        (**self).nodata()
    }

    fn next_rows(&mut self, count: u32) -> Result<Option<Raster>> {
        (**self).next_rows(count)
    }
}

/// Rows of a raster.
#[derive(Clone, Debug)]
pub struct RasterRows {
    raster: Arc<Raster>,
    next: u32,
}

impl RasterRows {
    /// The rows of `raster`, from the top.
    pub fn new(raster: Arc<Raster>) -> Self {
        Self { raster, next: 0 }
    }
}

impl RowSource for RasterRows {
    fn width(&self) -> u32 {
        self.raster.width()
    }

    fn height(&self) -> u32 {
        self.raster.height()
    }

    fn channels(&self) -> Channels {
        self.raster.channels()
    }

    fn next_rows(&mut self, count: u32) -> Result<Option<Raster>> {
        let count = count.min(self.height() - self.next);
        if count == 0 {
            return Ok(None);
        }
        let row = self.raster.row_len();
        let first = self.next as usize * row;
        let samples = self.raster.samples().part(first..first + count as usize * row);
        self.next += count;
        Raster::new(self.width(), count, self.channels(), samples).map(Some)
    }
}

/// Whether alpha is full in every row of `source`, read until one where it is not. A picture
/// without alpha is opaque, and not read.
///
/// # Errors
/// The source's.
pub fn is_opaque(source: &mut dyn RowSource) -> Result<bool> {
    if !source.channels().has_alpha() {
        return Ok(true);
    }
    let count = source.channels().count();
    fn all<T: PartialEq>(v: &[T], count: usize, full: T) -> bool {
        v.iter().skip(count - 1).step_by(count).all(|a| *a == full)
    }
    while let Some(rows) = source.next_rows(64)? {
        let opaque = match rows.samples() {
            Samples::U8(v) => all(v, count, u8::MAX),
            Samples::U16(v) => all(v, count, u16::MAX),
            Samples::F32(v) => all(v, count, 1.0),
        };
        if !opaque {
            return Ok(false);
        }
    }
    Ok(true)
}
