//! What a picture file will hold.

use super::format::Format;
use super::info::Info;
use super::metadata::Metadata;
use crate::error::{Error, Result};
use crate::raster::{Channels, Depth, check_size};

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
