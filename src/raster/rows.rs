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
    nodata: Option<f32>,
    next: u32,
}

impl RasterRows {
    /// The rows of `raster`, from the top.
    pub fn new(raster: Arc<Raster>) -> Self {
        Self { raster, nodata: None, next: 0 }
    }

    /// The same, of a picture in which `nodata` stands for no data, on the scale where 1 is full.
    pub fn with_nodata(self, nodata: Option<f32>) -> Self {
        Self { nodata, ..self }
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

    fn nodata(&self) -> Option<f32> {
        self.nodata
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

/// Rows of a source after a change that leaves their size and number. What stands for no data there
/// need not do so here.
pub(crate) struct ChangedRows<F> {
    source: Box<dyn RowSource>,
    change: F,
}

impl<F: FnMut(&mut Raster) + Send> ChangedRows<F> {
    /// The rows of `source` as `change` leaves them.
    pub fn new(source: Box<dyn RowSource>, change: F) -> Self {
        Self { source, change }
    }
}

impl<F: FnMut(&mut Raster) + Send> RowSource for ChangedRows<F> {
    fn width(&self) -> u32 {
        self.source.width()
    }

    fn height(&self) -> u32 {
        self.source.height()
    }

    fn channels(&self) -> Channels {
        self.source.channels()
    }

    fn next_rows(&mut self, count: u32) -> Result<Option<Raster>> {
        let mut rows = self.source.next_rows(count)?;
        rows.iter_mut().for_each(&mut self.change);
        Ok(rows)
    }
}

/// All rows of `source` that were not read.
///
/// # Errors
/// The source's, and [`crate::Error::Parameter`] when it has fewer rows than it says.
pub fn all_rows(mut source: Box<dyn RowSource>) -> Result<Raster> {
    let (width, height, channels) = (source.width(), source.height(), source.channels());
    let mut all: Option<Samples> = None;
    while let Some(rows) = source.next_rows(64)? {
        match &mut all {
            Some(all) => all.append(rows.samples()),
            None => all = Some(rows.into_samples()),
        }
    }
    Raster::new(width, height, channels, all.unwrap_or(Samples::U8(Vec::new())))
}
