//! The picture that a reduction is to reproduce.

use super::super::strips::{Strips, tap};
use super::kept::{Pixel, Rows};
use crate::error::{Error, Result};
use crate::field::Plane;
use crate::raster::{Depth, RowSource};

/// The picture that a reduction is to reproduce, row by row as it is read for its enlargement.
#[derive(Debug)]
pub(in crate::ops) struct RefineTarget {
    size: [u32; 2],
    plane: Plane,
    strips: Strips,
    /// Whether the picture's depth holds nothing outside `[0, 1]`; known from the first strip on.
    bounded: Option<bool>,
    rows: Rows<Pixel>,
}

impl RefineTarget {
    /// `plane` of `source` as a target, and the source to read from in its stead.
    pub fn tap(source: Box<dyn RowSource>, plane: Plane) -> (Self, Box<dyn RowSource>) {
        let size = [source.width(), source.height()];
        let (strips, tapped) = tap(source);
        (Self { size, plane, strips, bounded: None, rows: Rows::new() }, tapped)
    }

    /// Width and height.
    pub(super) fn size(&self) -> [u32; 2] {
        self.size
    }

    /// Makes the rows before `end` ready.
    pub(super) fn fetch(&mut self, end: usize) -> Result<()> {
        while self.rows.end() < end {
            let strip = self.strips.lock().pop_front().ok_or_else(|| {
                Error::parameter("rows", "the engine gives rows before it has read the picture's")
            })?;
            self.bounded = Some(strip.samples().depth() != Depth::F32);
            let mut rgb = vec![0.0; strip.width() as usize * 3];
            self.rows.extend((0..strip.height() as usize).map(|row| {
                self.plane.rgb(&strip, 0, row, &mut rgb);
                rgb.chunks_exact(3).map(|p| [p[0], p[1], p[2], 0.0]).collect()
            }));
        }
        Ok(())
    }

    /// Whether the picture holds nothing outside `[0, 1]`.
    pub(super) fn bounded(&mut self) -> Result<bool> {
        if self.bounded.is_none() {
            self.fetch(1)?;
        }
        Ok(self.bounded.unwrap_or_default())
    }

    /// Row `row`, which was fetched.
    pub(super) fn row(&self, row: usize) -> &[Pixel] {
        self.rows.row(row)
    }

    /// Forgets the rows before `row`.
    pub(super) fn forget(&mut self, row: usize) {
        self.rows.forget(row);
    }
}
