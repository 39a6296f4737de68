//! Bicubic beside ours, for eyes.

use std::path::{Path, PathBuf};

use polyinr::metrics::{Filter, Resizer};
use polyinr::picture::PictureWriter;
use polyinr::{Existing, Raster, Result};

use crate::outputs::with_ending;
use crate::report::written;
use crate::save::Saver;

/// Name of the comparison for the result at `output`.
pub fn path(output: &Path) -> PathBuf {
    with_ending(output, "compare.png")
}

/// Saves a result and, beside it, the comparison.
pub struct Compared<'a, S> {
    /// Where the result goes.
    pub result: S,
    /// Where the comparison goes: 8 bits, twice as wide.
    pub beside: PictureWriter,
    /// The picture resampled.
    pub bicubic: Resizer<'a>,
    /// Samples in a row of the result.
    pub row: usize,
    /// What becomes of a comparison that is there by now.
    pub existing: Existing,
}

impl<'a, S: Saver> Compared<'a, S> {
    /// Saves to `result`, and with `source` resampled to `width x height` to `beside`.
    pub fn new(
        result: S,
        beside: PictureWriter,
        source: &'a Raster,
        (width, height): (u32, u32),
        existing: Existing,
    ) -> Result<Self> {
        let bicubic = Resizer::new(source, width, height, Filter::Bicubic)?;
        let row = width as usize * source.channels().count();
        Ok(Self { result, beside, bicubic, row, existing })
    }
}

impl<S: Saver> Saver for Compared<'_, S> {
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()> {
        self.result.rows(first_row, pixels)?;
        for (row, ours) in (first_row..).zip(pixels.chunks_exact(self.row)) {
            let mut left = Vec::with_capacity(self.row);
            self.bicubic.row(row, &mut left);
            let both: Vec<f32> =
                left.iter().map(|v| f32::from(*v) / 255.0).chain(ours.iter().copied()).collect();
            self.beside.rows(row, &both)?;
        }
        Ok(())
    }

    /// The comparison first: where a result is, its comparison is.
    fn finish(self) -> Result<()> {
        written(self.existing, self.beside.finish())?;
        self.result.finish()
    }
}
