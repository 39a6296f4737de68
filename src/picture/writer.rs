//! Writing a picture file row by row.

use std::path::Path;

use super::output::{Output, Stream};
use super::{Format, Info, Metadata, Note, jpeg_write, losses, png_write, tiff, webp};
use crate::error::{Error, Result};
use crate::file::Existing;
use crate::memory;
use crate::raster::{Channels, Depth, Raster, check_size, to_u8, to_u16};

/// How hard PNG and TIFF try to be small. JPEG and WebP take no notice of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Quickly: a 4096 x 4096 PNG of 8-bit RGB takes about half a second; photographs take up a
    /// third to a half more than with `Small`.
    #[default]
    Fast,
    /// As other programs usually do; about ten times slower.
    Small,
}

/// What a file will hold.
///
/// ```
/// use polyinr::{Channels, Depth, Format, Spec};
///
/// let spec = Spec::new(Format::Png, 640, 480, Channels::Rgb, Depth::U8);
/// assert!(spec.check("out.png").is_ok());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// The file's format.
    pub format: Format,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Channels of the rows that will come.
    pub channels: Channels,
    /// Depth of the samples in the file.
    pub depth: Depth,
    /// What is written besides the pixels.
    pub metadata: Metadata,
    /// JPEG quality, 1 to 100; 92 by default. The other formats are lossless and ignore it.
    pub quality: u8,
    /// Compression of PNG and TIFF.
    pub compression: Compression,
}

impl Spec {
    /// A file without metadata, with the usual quality and compression.
    pub fn new(format: Format, width: u32, height: u32, channels: Channels, depth: Depth) -> Self {
        Self {
            format,
            width,
            height,
            channels,
            depth,
            metadata: Metadata::default(),
            quality: 92,
            compression: Compression::default(),
        }
    }

    /// A file in `format` of a picture like the one read with `info`, now `width` x `height`
    /// pixels: same channels, the depth that the format holds closest to that of `info`, same
    /// metadata with resolution made true for the new size.
    pub fn like(info: &Info, format: Format, width: u32, height: u32) -> Self {
        let mut spec =
            Self::new(format, width, height, info.channels, format.closest_depth(info.depth));
        spec.metadata = info.metadata.clone();
        spec.metadata.resized((info.width, info.height), (width, height));
        spec.metadata.converted(info.depth, spec.depth);
        spec
    }

    /// Checks that a file `name` can be so.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a size of nothing or a quality out of range, [`Error::Limits`] and
    /// [`Error::Unsupported`] for what the format cannot hold.
    pub fn check(&self, name: &str) -> Result<()> {
        check_size(self.width, self.height)?;
        if !(1..=100).contains(&self.quality) {
            let problem = format!("{} is not from 1 to 100", self.quality);
            return Err(Error::parameter("quality", problem));
        }
        self.format.check_size(name, self.width, self.height)?;
        self.format.check(name, self.channels, self.depth)
    }

    /// What of the metadata the format has no place for, or that does not fit the pixels, in words:
    /// it is left out of the file.
    pub fn losses(&self) -> Vec<Note> {
        losses::of(self)
    }

    /// Most bytes of memory that a writer holds besides rows that are being written: the whole
    /// picture where the format is not written row by row.
    pub fn memory(&self) -> u64 {
        let (pixels, channels) = (self.pixels(), self.channels.count() as u64);
        let whole = match self.format {
            // The file is as large as its pixels at worst.
            Format::Jpeg => 2 * pixels * channels,
            Format::WebP => 3 * pixels * channels + 8 * pixels,
            Format::Png | Format::Tiff => 0,
        };
        whole + 4 * self.row_len() as u64 * self.depth.bytes() as u64
    }

    fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Samples a row.
    pub(super) fn row_len(&self) -> usize {
        self.width as usize * self.channels.count()
    }
}

/// Encodes rows in order into an [`Output`].
pub(super) trait Encode: Send {
    /// Takes whole rows; 1 is full.
    ///
    /// # Errors
    /// What went wrong, in words.
    fn rows(&mut self, pixels: &[f32]) -> std::result::Result<(), String>;

    /// Writes what is still to be written.
    ///
    /// # Errors
    /// What went wrong, in words.
    fn finish(self: Box<Self>) -> std::result::Result<(), String>;
}

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

/// `pixels` at `depth`, as bytes in the order that `to_bytes16` makes of 16-bit samples; floats
/// are little-endian.
pub(super) fn quantise(
    pixels: &[f32],
    depth: Depth,
    to_bytes16: fn(u16) -> [u8; 2],
    out: &mut Vec<u8>,
) {
    out.clear();
    match depth {
        Depth::U8 => out.extend(pixels.iter().map(|&v| to_u8(v))),
        Depth::U16 => out.extend(pixels.iter().flat_map(|&v| to_bytes16(to_u16(v)))),
        Depth::F32 => out.extend(pixels.iter().flat_map(|v| v.to_le_bytes())),
    }
}

/// A picture collected for an encoder that needs it whole, 8 bits a sample.
pub(super) struct Collected {
    pub spec: Spec,
    pub samples: Vec<u8>,
}

impl Collected {
    /// Room for all of it.
    ///
    /// # Errors
    /// That the system gives none, in words.
    pub fn new(spec: Spec) -> std::result::Result<Self, String> {
        let mut samples = Vec::new();
        let len = spec.row_len() * spec.height as usize;
        let problem = |_| format!("the system gives no {} MB of memory for it", len / 1_000_000);
        samples.try_reserve_exact(len).map_err(problem)?;
        Ok(Self { spec, samples })
    }

    pub fn rows(&mut self, pixels: &[f32]) {
        self.samples.extend(pixels.iter().map(|&v| to_u8(v)));
    }
}
