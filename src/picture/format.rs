//! The file formats and what each of them can hold.

use std::fmt;
use std::path::Path;

use crate::error::{Error, Result};
use crate::raster::{Channels, Depth, MAX_SIDE};

/// A picture file format.
///
/// | format | depths | alpha | largest side | written row by row |
/// | --- | --- | --- | --- | --- |
/// | PNG | 8, 16 | yes | 1048576 | yes |
/// | JPEG | 8 | no | 65535 | no |
/// | TIFF | 8, 16, float | yes | 1048576 | yes |
/// | WebP | 8 | yes | 16383 | no |
///
/// ```
/// use polyinr::{Channels, Depth, Format};
///
/// assert_eq!(Format::from_extension("JPG"), Some(Format::Jpeg));
/// assert_eq!(Format::Jpeg.closest_depth(Depth::U16), Depth::U8);
/// assert!(Format::Jpeg.check("a.jpg", Channels::Rgba, Depth::U8).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG, baseline or progressive in, baseline without chroma subsampling out.
    Jpeg,
    /// TIFF or BigTIFF.
    Tiff,
    /// WebP, lossy or lossless in, lossless out.
    WebP,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Png, Self::Jpeg, Self::Tiff, Self::WebP];

    /// The format's name, lower case, as options and messages spell it.
    pub fn name(self) -> &'static str {
        self.extensions()[0]
    }

    /// Extensions that stand for the format, the usual one first, without the dot.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Tiff => &["tiff", "tif"],
            Self::WebP => &["webp"],
        }
    }

    /// The format that `extension` (without the dot, in any case) stands for.
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.extensions().iter().any(|e| e.eq_ignore_ascii_case(extension)))
    }

    /// The format that a file to be written at `path` should have.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the extension is missing or stands for no format.
    pub fn from_path(path: &Path) -> Result<Self> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        Self::from_extension(extension).ok_or_else(|| {
            Error::unsupported(
                path.display().to_string(),
                "the name ends in none of .png, .jpg, .tiff, .webp; choose one of these",
            )
        })
    }

    /// The format of a file that begins with `start` (12 bytes or more).
    pub fn from_magic(start: &[u8]) -> Option<Self> {
        match start {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }

    /// Largest width or height in pixels.
    pub fn max_side(self) -> u32 {
        match self {
            Self::Png | Self::Tiff => MAX_SIDE,
            Self::Jpeg => 65535,
            Self::WebP => 16383,
        }
    }

    /// Whether rows go to the file as they come; otherwise the whole picture is held in memory
    /// until it is finished.
    pub fn streams(self) -> bool {
        matches!(self, Self::Png | Self::Tiff)
    }

    /// Whether the format holds alpha.
    pub fn holds_alpha(self) -> bool {
        self != Self::Jpeg
    }

    /// Whether the format holds samples of `depth`.
    pub fn holds_depth(self, depth: Depth) -> bool {
        match self {
            Self::Png => depth != Depth::F32,
            Self::Jpeg | Self::WebP => depth == Depth::U8,
            Self::Tiff => true,
        }
    }

    /// `depth` where the format holds it, else the deepest that it holds: what a picture keeps of
    /// its depth when nobody asked for one.
    pub fn closest_depth(self, depth: Depth) -> Depth {
        match self {
            _ if self.holds_depth(depth) => depth,
            Self::Png => Depth::U16,
            _ => Depth::U8,
        }
    }

    /// Checks that a file `name` of this format can hold such pixels.
    ///
    /// # Errors
    /// [`Error::Unsupported`] that names formats which can.
    pub fn check(self, name: &str, channels: Channels, depth: Depth) -> Result<()> {
        if channels.has_alpha() && !self.holds_alpha() {
            return Err(Error::unsupported(
                name,
                format!("{self} holds no transparency; choose png, tiff or webp"),
            ));
        }
        if !self.holds_depth(depth) {
            let (depth, others) = match depth {
                Depth::U8 => ("8-bit", "another format"),
                Depth::U16 => ("16-bit", "png or tiff"),
                Depth::F32 => ("float", "tiff"),
            };
            return Err(Error::unsupported(
                name,
                format!("{self} holds no {depth} samples; choose {others}, or a smaller depth"),
            ));
        }
        Ok(())
    }

    /// Checks that a file `name` of this format can have this size.
    ///
    /// # Errors
    /// [`Error::Limits`] that says size and limit.
    pub fn check_size(self, name: &str, width: u32, height: u32) -> Result<()> {
        let max = self.max_side();
        if width > max || height > max {
            return Err(Error::limits(
                name,
                format!(
                    "{width}x{height} pixels, {self} holds at most {max} a side; choose {}",
                    if self.streams() { "a smaller size" } else { "png or tiff" }
                ),
            ));
        }
        Ok(())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Tiff => "TIFF",
            Self::WebP => "WebP",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_and_magic_agree() {
        for format in Format::ALL {
            assert_eq!(Format::from_extension(format.name()), Some(format));
        }
        assert_eq!(Format::from_magic(b"\xff\xd8\xff\xe0"), Some(Format::Jpeg));
        assert_eq!(Format::from_magic(b"MM\0+\0\x08\0\0"), Some(Format::Tiff));
        assert_eq!(Format::from_magic(b"RIFF\x01\x02\x03\x04WEBPVP8L"), Some(Format::WebP));
        assert_eq!(Format::from_magic(b"RIFF\x01\x02\x03\x04WAVE"), None);
        assert_eq!(Format::from_magic(b""), None);
        assert!(Format::from_path(Path::new("a/b.gif")).is_err());
        assert!(Format::from_path(Path::new("a/b")).is_err());
    }

    #[test]
    fn what_does_not_fit_names_what_does() {
        let message = |r: Result<()>| r.unwrap_err().to_string();
        let m = message(Format::Jpeg.check("a.jpg", Channels::Rgba, Depth::U8));
        assert!(m.contains("a.jpg") && m.contains("png"), "{m}");
        let m = message(Format::Png.check("a.png", Channels::Rgb, Depth::F32));
        assert!(m.contains("tiff"), "{m}");
        let m = message(Format::WebP.check_size("a.webp", 16384, 1));
        assert!(m.contains("16384") && m.contains("16383"), "{m}");
        for format in Format::ALL {
            for depth in [Depth::U8, Depth::U16, Depth::F32] {
                assert!(format.holds_depth(format.closest_depth(depth)));
            }
        }
    }
}
