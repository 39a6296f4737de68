//! The rows of a streamed picture that are in memory.

use std::collections::VecDeque;
use std::ops::Range;

use parking_lot::Mutex;

use crate::error::{Error, Result};
use crate::raster::{Raster, RowSource};

/// Rows read at a time.
const STRIP: u32 = 16;

/// Some rows of a picture that is read once, from the top.
pub(super) struct RowWindow {
    /// Never locked: it makes the window shareable between threads that only look at rows.
    source: Mutex<Box<dyn RowSource>>,
    /// Number of the first row kept.
    first: usize,
    /// Strips of [`STRIP`] rows; the last of the picture may have fewer.
    strips: VecDeque<Raster>,
    /// Rows read so far.
    end: usize,
}

impl RowWindow {
    pub fn new(source: Box<dyn RowSource>) -> Self {
        Self { source: Mutex::new(source), first: 0, strips: VecDeque::new(), end: 0 }
    }

    /// Reads up to row `rows.end`, keeping what comes from `rows.start` on.
    pub fn prepare(&mut self, rows: Range<usize>) -> Result<()> {
        if rows.start < self.first {
            return Err(Error::parameter(
                "view",
                "a picture that is read row by row can be looked at once, from the top",
            ));
        }
        while self.end < rows.end {
            self.forget(rows.start);
            let strip = self.source.get_mut().next_rows(STRIP)?.ok_or_else(|| {
                Error::parameter("rows", "the picture's source has fewer than it said")
            })?;
            self.end += strip.height() as usize;
            self.strips.push_back(strip);
        }
        self.forget(rows.start);
        Ok(())
    }

    /// Drops strips that end before row `start`.
    fn forget(&mut self, start: usize) {
        while self.first + STRIP as usize <= start && self.strips.pop_front().is_some() {
            self.first += STRIP as usize;
        }
    }

    /// The strip that holds row `row`, and which of its rows that is.
    ///
    /// # Panics
    /// When the row is not in memory.
    pub fn row(&self, row: usize) -> (&Raster, usize) {
        let at =
            row.checked_sub(self.first).expect("rows are not asked for after they were dropped");
        (&self.strips[at / STRIP as usize], at % STRIP as usize)
    }
}
