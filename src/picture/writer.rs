//! Writing a picture file row by row.

use std::path::Path;

use super::encode::Encode;
use super::output::{Output, Stream};
use super::spec::Spec;
use super::{Format, jpeg_write, png_write, tiff, webp};
use crate::error::{Error, Result};
use crate::file::Existing;
use crate::memory;
use crate::raster::Raster;

/// A picture file in the making. Rows come from the top, in order.
///
/// A file is written as `.NAME.polyinr-XXXXXX.tmp` in the folder of its final name, and takes that
/// name in [`finish`](Self::finish), complete. A writer dropped before removes its temporary; a
/// process killed leaves it, under that name, to be deleted. The file is passed to the disk before
/// it takes its name.
///
/// ```
/// use polyinr::{Channels, Depth, Existing, Format, PictureWriter, Spec};
///
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("ramp.png");
/// let spec = Spec::new(Format::Png, 4, 2, Channels::Gray, Depth::U16);
/// let mut writer = PictureWriter::create(&path, spec, Existing::Refuse)?;
/// writer.rows(0, &[0.0, 0.25, 0.5, 0.75])?;
/// assert!(!path.exists());
/// writer.rows(1, &[0.25, 0.5, 0.75, 1.0])?;
/// writer.finish()?;
/// assert_eq!(polyinr::Picture::probe(&path)?.depth, Depth::U16);
/// # Ok::<(), polyinr::Error>(())
/// ```
pub struct PictureWriter {
    encoder: Box<dyn Encode>,
    output: Output,
    name: String,
    row_len: usize,
    height: u32,
    next_row: u32,
    failed: bool,
}

impl std::fmt::Debug for PictureWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, height, next_row, .. } = self;
        f.debug_struct("PictureWriter")
            .field("name", name)
            .field("height", height)
            .field("next_row", next_row)
            .finish_non_exhaustive()
    }
}

impl PictureWriter {
    /// A file at `path`, which is there only after [`finish`](Self::finish). A link at `path` is
    /// followed.
    ///
    /// # Errors
    /// As [`Spec::check`]; [`Error::Io`] when `path` exists and must not be replaced, or the folder
    /// cannot be written to; [`Error::Encode`] when `path` is a folder or device.
    pub fn create(path: impl AsRef<Path>, spec: Spec, existing: Existing) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        spec.check(&name)?;
        Self::new(Output::file(path, existing)?, spec, name)
    }

    /// A file sent to `stream`, which messages call `name`. TIFF is collected in an anonymous
    /// temporary file first, since its header says where its end is.
    ///
    /// # Errors
    /// As [`Spec::check`], and [`Error::Io`].
    pub fn to_stream(stream: Stream, name: &str, spec: Spec) -> Result<Self> {
        spec.check(name)?;
        Self::new(Output::stream(stream, spec.format == Format::Tiff)?, spec, name.to_owned())
    }

    /// A file in memory; [`finish_bytes`](Self::finish_bytes) gives it.
    ///
    /// # Errors
    /// As [`Spec::check`].
    pub fn in_memory(name: &str, spec: Spec) -> Result<Self> {
        spec.check(name)?;
        Self::new(Output::memory(), spec, name.to_owned())
    }

    fn new(output: Output, mut spec: Spec, name: String) -> Result<Self> {
        spec.metadata.state_colours(spec.format, spec.channels.is_gray());
        memory::check(spec.memory(), &name)?;
        let (row_len, height) = (spec.row_len(), spec.height);
        let out = output.clone();
        let encoder = match spec.format {
            Format::Png => png_write::encoder(out, spec),
            Format::Jpeg => jpeg_write::encoder(out, spec),
            Format::Tiff => tiff::encoder(out, spec),
            Format::WebP => webp::encoder(out, spec),
        };
        let encoder = encoder.map_err(|problem| failure(&output, &name, problem))?;
        Ok(Self { encoder, output, name, row_len, height, next_row: 0, failed: false })
    }

    /// Writes the rows from `first_row` on: whole rows of interleaved samples, where 1 is full.
    /// Integers are rounded to nearest and clamped; floats are kept as they are.
    ///
    /// # Errors
    /// [`Error::Parameter`] when these are not whole rows, not the next ones or too many;
    /// [`Error::Io`] when the system refuses (a full disk); [`Error::Encode`]. After an error the
    /// file cannot be finished.
    pub fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()> {
        let count = pixels.len() / self.row_len;
        if first_row != self.next_row
            || !pixels.len().is_multiple_of(self.row_len)
            || count > (self.height - self.next_row) as usize
        {
            return Err(Error::parameter(
                "rows",
                format!(
                    "{} samples from row {first_row}; row {} of {} is next, {} samples each",
                    pixels.len(),
                    self.next_row,
                    self.height,
                    self.row_len
                ),
            ));
        }
        self.check_not_failed()?;
        self.next_row += count as u32;
        let result = self.encoder.rows(pixels);
        self.failed = result.is_err();
        result.map_err(|problem| failure(&self.output, &self.name, problem))
    }

    /// Writes all rows of `raster`, which has the size and channels of the file.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub fn raster(&mut self, raster: &Raster) -> Result<()> {
        if raster.width() as usize * raster.channels().count() != self.row_len {
            return Err(Error::parameter("raster", "its rows are not as wide as the file's"));
        }
        let samples = raster.samples();
        let at_once = (1 << 18) / self.row_len + 1;
        let mut pixels = memory::with_capacity(at_once * self.row_len, &self.name)?;
        let mut first = 0;
        while first < raster.height() {
            let count = (raster.height() - first).min(at_once as u32);
            let start = first as usize * self.row_len;
            pixels.clear();
            pixels.extend((start..start + count as usize * self.row_len).map(|i| samples.get(i)));
            self.rows(first, &pixels)?;
            first += count;
        }
        Ok(())
    }

    /// Completes the file and gives it its final name.
    ///
    /// # Errors
    /// [`Error::Parameter`] when rows are missing, [`Error::Io`], [`Error::Encode`]; there is no
    /// new file under the final name then.
    pub fn finish(self) -> Result<()> {
        self.finish_bytes().map(drop)
    }

    /// Completes the file; gives its bytes when it was made with [`in_memory`](Self::in_memory),
    /// else none.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_bytes(self) -> Result<Vec<u8>> {
        self.check_not_failed()?;
        if self.next_row != self.height {
            let problem = format!("{} of {} were written", self.next_row, self.height);
            return Err(Error::parameter("rows", problem));
        }
        let finished = self.encoder.finish();
        // Encoders may hide a failure of their last write.
        let failed = self.output.failure();
        if let Some(e) = failed {
            return Err(Error::io(self.name, "write", e));
        }
        finished.map_err(|problem| Error::encode(&self.name, problem))?;
        self.output.complete(&self.name)
    }

    fn check_not_failed(&self) -> Result<()> {
        if self.failed {
            return Err(Error::encode(&self.name, "writing failed before; start again"));
        }
        Ok(())
    }
}

/// The system's refusal behind an encoder's complaint, or that complaint.
pub(super) fn failure(output: &Output, name: &str, problem: String) -> Error {
    match output.failure() {
        Some(e) => Error::io(name, "write", e),
        None => Error::encode(name, problem),
    }
}
