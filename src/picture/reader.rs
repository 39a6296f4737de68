//! Reading a picture file: what it is first, its rows afterwards.

use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use super::decode::{Decode, Decoded, Opened, RowBuffer, Source};
use super::info::Info;
use super::orientation::Orientation;
use super::{Format, Limits, Notes, jpeg_read, png_read, tiff, webp};
use crate::error::{Error, Result};
use crate::file;
use crate::raster::{Channels, Depth, Raster, RowSource, Samples};

/// A picture file that is read from the top, strip by strip.
///
/// PNG (not interlaced) and TIFF hold a strip or a row of tiles in memory. JPEG, WebP, interlaced
/// PNG, and pictures which their orientation turns by more than nothing are decoded whole at the
/// first [`next_rows`](RowSource::next_rows).
///
/// ```
/// # use polyinr::{Channels, Format, Metadata, Picture, Raster, Samples, Limits};
/// use polyinr::{PictureReader, RowSource};
///
/// # let raster = Raster::new(4, 6, Channels::Gray, Samples::U8(vec![7; 24]))?;
/// # let bytes = Picture { raster, metadata: Metadata::default() }.encode(Format::Png)?;
/// let mut reader = PictureReader::from_bytes(bytes, "gray.png", &Limits::default())?;
/// assert_eq!((reader.info().width, reader.info().height), (4, 6));
/// while let Some(strip) = reader.next_rows(4)? {
///     assert!(strip.height() <= 4);
/// }
/// # Ok::<(), polyinr::Error>(())
/// ```
pub struct PictureReader {
    info: Info,
    orientation: Orientation,
    decoder: Box<dyn Decode>,
    notes: Notes,
    next_row: u32,
    name: String,
    limits: Limits,
}

impl std::fmt::Debug for PictureReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { info, next_row, .. } = self;
        f.debug_struct("PictureReader").field("info", info).field("next_row", next_row).finish()
    }
}

impl PictureReader {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Decode`] when it is damaged, [`Error::Unsupported`] when it is of a
    /// format or kind that is not handled, [`Error::Limits`] when it is too large.
    pub fn open(path: impl AsRef<Path>, limits: &Limits) -> Result<Self> {
        let path = path.as_ref();
        Self::new(file::open(path)?, &path.display().to_string(), limits)
    }

    /// Reads the header of a file's `bytes`; `name` stands for it in messages.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_bytes(bytes: Vec<u8>, name: &str, limits: &Limits) -> Result<Self> {
        Self::new(Cursor::new(bytes), name, limits)
    }

    /// Reads a header from `reader`, from its start; `name` stands for it in messages.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn new(
        reader: impl Read + Seek + Send + 'static,
        name: &str,
        limits: &Limits,
    ) -> Result<Self> {
        let mut source: Source = BufReader::with_capacity(1 << 17, Box::new(reader));
        let format = format_of(&mut source, name)?;
        let opened = match format {
            Format::Png => png_read::open(source, name, limits)?,
            Format::Jpeg => jpeg_read::open(source, name, limits)?,
            Format::Tiff => tiff::open(source, name, limits)?,
            Format::WebP => webp::open(source, name, limits)?,
        };
        Ok(Self::upright(opened, name, limits))
    }

    fn upright(opened: Opened, name: &str, limits: &Limits) -> Self {
        let Opened { mut info, orientation, decoder, notes } = opened;
        info.metadata.settle(orientation, (info.width, info.height), &notes);
        (info.width, info.height) = orientation.size(info.width, info.height);
        if let (true, Some(r)) = (orientation.transposes(), &mut info.metadata.resolution) {
            (r.x, r.y) = (r.y, r.x);
        }
        let size = (info.width, info.height);
        info.metadata.resized(size, size);
        let (name, limits) = (name.to_owned(), *limits);
        Self { info, orientation, decoder, notes, next_row: 0, name, limits }
    }

    /// What the header says.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// What a user should know of the file. What decoding finds is there once all rows are taken.
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Most bytes of memory held while rows are taken one strip after the other: a strip or a row of
    /// tiles, or the whole picture where that is needed.
    pub fn memory(&self) -> u64 {
        let Info { width, height, channels, depth, .. } = self.info;
        let pixel = (channels.count() * depth.bytes()) as u64;
        let bytes = u64::from(width) * u64::from(height) * pixel;
        let turned = if self.orientation == Orientation::UPRIGHT { 0 } else { 2 * bytes };
        turned.max(bytes.min(turned) + self.decoder.memory(bytes))
    }

    /// The whole picture in one raster.
    ///
    /// # Errors
    /// [`Error::Decode`] when the file is damaged, [`Error::Io`], and [`Error::Parameter`] when
    /// rows were already taken.
    pub fn into_raster(mut self) -> Result<Raster> {
        if self.next_row > 0 {
            return Err(Error::parameter("rows", "some were already taken; open the file again"));
        }
        self.turned()
    }

    /// The picture decoded and turned upright.
    fn turned(&mut self) -> Result<Raster> {
        let Info { width, height, channels, depth, .. } = self.info;
        let bytes =
            u64::from(width) * u64::from(height) * (channels.count() * depth.bytes()) as u64;
        self.limits.check_memory(&self.name, self.memory().max(bytes))?;
        let orientation = std::mem::replace(&mut self.orientation, Orientation::UPRIGHT);
        let len = width as usize * height as usize * channels.count();
        let samples = self.decoder.whole(depth, len)?;
        let (width, height) = orientation.size(width, height);
        orientation.apply(Raster::new(width, height, channels, samples)?)
    }

    /// The header, given up by the reader.
    pub(super) fn into_info(self) -> Info {
        self.info
    }
}

impl RowSource for PictureReader {
    fn width(&self) -> u32 {
        self.info.width
    }

    fn height(&self) -> u32 {
        self.info.height
    }

    fn channels(&self) -> Channels {
        self.info.channels
    }

    fn nodata(&self) -> Option<f32> {
        let full = match self.info.depth {
            Depth::U8 => 255.0,
            Depth::U16 => 65535.0,
            Depth::F32 => 1.0,
        };
        self.info.metadata.nodata.map(|value| (value / full) as f32)
    }

    fn next_rows(&mut self, count: u32) -> Result<Option<Raster>> {
        let Info { width, height, channels, depth, .. } = self.info;
        let count = count.min(height - self.next_row);
        if count == 0 {
            return Ok(None);
        }
        if self.orientation != Orientation::UPRIGHT {
            let raster = self.turned()?;
            self.decoder = Box::new(Decoded::new(raster.into_samples()));
        }
        if self.next_row == 0 {
            self.limits.check_memory(&self.name, self.memory())?;
        }
        let len = width as usize * count as usize * channels.count();
        let mut samples = Samples::try_zeroed(depth, len, &self.name)?;
        self.decoder.rows(RowBuffer::of(&mut samples))?;
        self.next_row += count;
        Raster::new(width, count, channels, samples).map(Some)
    }
}

fn format_of(source: &mut Source, name: &str) -> Result<Format> {
    let mut start = Vec::new();
    let read = source.by_ref().take(12).read_to_end(&mut start);
    read.and_then(|_| source.rewind()).map_err(|e| Error::io(name, "read", e))?;
    if start.is_empty() {
        return Err(Error::decode(name, "the file is empty"));
    }
    Format::from_magic(&start).ok_or_else(|| {
        Error::unsupported(
            name,
            "not a picture in PNG, JPEG, TIFF or WebP format; convert it first",
        )
    })
}
