//! Pictures as files: formats, depth, alpha, metadata, and rows that stream.
//!
//! ```
//! use polyinr::{Channels, Existing, Format, Metadata, Picture, Raster, Samples};
//!
//! let folder = tempfile::tempdir().unwrap();
//! let path = folder.path().join("dot.png");
//!
//! let raster = Raster::new(1, 1, Channels::Rgba, Samples::U16(vec![65535, 0, 0, 32768]))?;
//! let mut picture = Picture { raster, metadata: Metadata::default() };
//! picture.metadata.parameters = Some("scale=4".to_owned());
//! picture.save(&path, Existing::Refuse)?;
//!
//! let read = Picture::open(&path)?;
//! assert_eq!(read, picture);
//! assert_eq!(Picture::probe(&path)?.format, Format::Png);
//! # Ok::<(), polyinr::Error>(())
//! ```
//!
//! Reading takes a file by its content, not its name, keeps its declared depth, and turns it
//! upright: the orientation in EXIF is applied once and then says "upright". Of animated pictures
//! and TIFF files with several pages the first picture is read, of TIFF the first at full resolution:
//! no thumbnail, no mask.

mod animation;
mod colour;
mod decode;
mod encode;
mod exif;
mod format;
mod georeference;
mod ifd;
mod info;
mod iptc;
mod jpeg;
mod jpeg_read;
mod jpeg_write;
mod limits;
mod losses;
mod metadata;
mod notes;
mod orientation;
mod output;
mod png_chunks;
mod png_read;
mod png_write;
mod reader;
mod resolution;
mod spec;
mod tiff;
mod webp;
mod writer;
mod xmp;
mod xmp_edit;

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::error::Result;
use crate::raster::Raster;

pub use crate::file::Existing;
pub use animation::{Animation, AnimationWriter};
pub use colour::PngColour;
pub use format::Format;
pub use georeference::Georeference;
pub use info::Info;
pub use limits::Limits;
pub use metadata::Metadata;
pub use notes::{Note, NoteKind, Notes};
pub use reader::PictureReader;
pub use resolution::{Resolution, ResolutionUnit};
pub use spec::{Compression, Spec};
pub use writer::PictureWriter;

/// A whole picture: pixels and what the file says of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The pixels, upright.
    pub raster: Raster,
    /// Profile, EXIF and so on.
    pub metadata: Metadata,
}

impl Picture {
    /// Reads a file, with the default [`Limits`].
    ///
    /// # Errors
    /// As [`PictureReader::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_reader(PictureReader::open(path, &Limits::default())?)
    }

    /// Reads a file's `bytes`, with the default [`Limits`]; `name` stands for it in messages.
    ///
    /// # Errors
    /// As [`PictureReader::open`].
    pub fn read(bytes: Vec<u8>, name: &str) -> Result<Self> {
        Self::from_reader(PictureReader::from_bytes(bytes, name, &Limits::default())?)
    }

    /// The whole of an open file.
    ///
    /// # Errors
    /// As [`PictureReader::into_raster`].
    pub fn from_reader(reader: PictureReader) -> Result<Self> {
        let metadata = reader.info().metadata.clone();
        Ok(Self { raster: reader.into_raster()?, metadata })
    }

    /// What a file's header says; pixels are not decoded.
    ///
    /// # Errors
    /// As [`PictureReader::open`].
    pub fn probe(path: impl AsRef<Path>) -> Result<Info> {
        PictureReader::open(path, &Limits::default()).map(PictureReader::into_info)
    }

    /// Writes the picture to `path` in the format of its extension, which holds the picture's
    /// depth or is given the closest that it holds ([`Format::closest_depth`]).
    ///
    /// # Errors
    /// As [`PictureWriter::create`] and [`PictureWriter::rows`].
    pub fn save(&self, path: impl AsRef<Path>, existing: Existing) -> Result<()> {
        let path = path.as_ref();
        let spec = self.spec(Format::from_path(path)?);
        let mut writer = PictureWriter::create(path, spec, existing)?;
        writer.raster(&self.raster)?;
        writer.finish()
    }

    /// The picture as the bytes of a file, with depth as in [`save`](Self::save).
    ///
    /// # Errors
    /// As [`Spec::check`].
    pub fn encode(&self, format: Format) -> Result<Vec<u8>> {
        let mut writer = PictureWriter::in_memory("picture", self.spec(format))?;
        writer.raster(&self.raster)?;
        writer.finish_bytes()
    }

    fn spec(&self, format: Format) -> Spec {
        let raster = &self.raster;
        let depth = format.closest_depth(raster.samples().depth());
        let mut spec = Spec::new(format, raster.width(), raster.height(), raster.channels(), depth);
        spec.metadata = self.metadata.clone();
        spec
    }
}
