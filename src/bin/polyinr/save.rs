//! Rows from an engine into files.

use std::path::Path;

use polyinr::picture::{Existing, PictureWriter, Spec};
use polyinr::{Result, RowSink};

use crate::outputs::make_parent;

/// Takes the rows of a picture from the top; nothing is there under the final name until the end.
pub trait Saver {
    /// Takes whole rows.
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()>;

    /// All rows are there: puts the file under its name.
    fn finish(self) -> Result<()>;
}

impl Saver for PictureWriter {
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()> {
        Self::rows(self, first_row, pixels)
    }

    fn finish(self) -> Result<()> {
        Self::finish(self)
    }
}

/// Nothing is saved where a result is there already.
impl<S: Saver> Saver for Option<S> {
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()> {
        self.as_mut().map_or(Ok(()), |saver| saver.rows(first_row, pixels))
    }

    fn finish(self) -> Result<()> {
        self.map_or(Ok(()), Saver::finish)
    }
}

/// A file at `path`, whose folder is made if need be.
pub fn create(path: &Path, spec: Spec, existing: Existing) -> Result<PictureWriter> {
    make_parent(path)?;
    PictureWriter::create(path, spec, existing)
}

/// Saves what `render` hands over. Engines compute the next rows meanwhile.
pub fn save(
    mut saver: impl Saver,
    render: impl FnOnce(&mut dyn RowSink) -> Result<()>,
) -> Result<()> {
    render(&mut |first_row: u32, pixels: &[f32]| saver.rows(first_row, pixels))?;
    saver.finish()
}
