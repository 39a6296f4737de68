//! How the bytes of a strip or tile are compressed.

use super::tags::Tags;
use crate::error::{Error, Result};
use crate::picture::ifd::tag;

/// How the bytes of a strip or tile are compressed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Packing {
    None,
    Fax(Fax),
    Lzw,
    Jpeg,
    Deflate,
    PackBits,
    Zstd,
}

/// How samples are made smaller before compression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Predictor {
    None,
    /// Each sample less the one of the pixel before.
    Horizontal,
    /// The bytes of floats apart by their weight, each less the one before.
    Float,
}

impl Predictor {
    /// The number that stands for it.
    pub fn code(self) -> u64 {
        match self {
            Self::None => 1,
            Self::Horizontal => 2,
            Self::Float => 3,
        }
    }
}

/// The ways of CCITT T.4 and T.6, for bilevel pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fax {
    /// Lines in one dimension, each from a new byte on, without marks at their ends.
    Huffman,
    Group3,
    Group3TwoDimensional,
    Group4,
}

impl Packing {
    pub fn of(tags: &Tags, name: &str) -> Result<Self> {
        let unsupported = |what: String| {
            Err(Error::unsupported(name, format!("the TIFF is compressed with {what}; convert it")))
        };
        let options = |tag| tags.integer(tag).unwrap_or(0);
        let fax = |fax, options: u64| match options & 2 {
            0 => Ok(Self::Fax(fax)),
            _ => unsupported("CCITT's uncompressed mode".to_owned()),
        };
        let other = match tags.integer(tag::COMPRESSION).unwrap_or(1) {
            1 => return Ok(Self::None),
            2 => return Ok(Self::Fax(Fax::Huffman)),
            3 => {
                let options = options(tag::T4_OPTIONS);
                let two = options & 1 != 0;
                return fax(if two { Fax::Group3TwoDimensional } else { Fax::Group3 }, options);
            }
            4 => return fax(Fax::Group4, options(tag::T6_OPTIONS)),
            5 => return Ok(Self::Lzw),
            7 => return Ok(Self::Jpeg),
            8 | 32946 => return Ok(Self::Deflate),
            32773 => return Ok(Self::PackBits),
            50000 => return Ok(Self::Zstd),
            6 => "old-style JPEG",
            32766 => "NeXT's 2-bit scheme",
            32771 => "CCITT Huffman codes in words of 16 bits",
            32809 => "ThunderScan",
            32867 => "Kodak's DCS scheme",
            33003 | 33004 | 33005 | 33007 | 34712 => "JPEG 2000",
            34661 => "JBIG",
            34676 | 34677 => "SGI's LogLuv scheme",
            34887 => "LERC",
            34892 => "lossy JPEG of DNG",
            34925 => "LZMA",
            34933 => "PNG",
            34934 => "JPEG XR",
            50001 | 34927 => "WebP",
            50002 | 52546 => "JPEG XL",
            code => return unsupported(format!("a scheme that is not known (code {code})")),
        };
        unsupported(other.to_owned())
    }

    /// The number that stands for it; for fax, which is unpacked from the bytes as they are stored,
    /// the one for no compression.
    pub fn code(self) -> u64 {
        match self {
            Self::None | Self::Fax(_) => 1,
            Self::Lzw => 5,
            Self::Jpeg => 7,
            Self::Deflate => 8,
            Self::PackBits => 32773,
            Self::Zstd => 50000,
        }
    }

    /// Whether the tags FillOrder and Predictor mean something for it.
    pub fn has_fill_order(self) -> bool {
        self != Self::Jpeg
    }

    pub fn has_predictor(self) -> bool {
        matches!(self, Self::Lzw | Self::Deflate | Self::Zstd)
    }

    /// Most bytes (lines, for fax; pixels, for JPEG) that each stored byte can become.
    ///
    /// Deflate codes 258 bytes in 2 bits. A code of LZW has at least 9 bits, 12 for the longest
    /// string of 3838 bytes. PackBits repeats a byte 128 times in 2. A block of Zstandard has 4 bytes
    /// for 128 KiB. A white line of Group 4 has 1 bit. An 8x8 block of JPEG has 2 bits, and 6 of them
    /// are 256 pixels; 3 are 1024 where chroma has a quarter of the columns and rows.
    pub fn most_from_byte(self) -> u64 {
        match self {
            Self::None => 1,
            Self::Fax(_) => 8,
            Self::Lzw => 3838 * 8 / 12,
            Self::Jpeg => 4096,
            Self::Deflate => 1032,
            Self::PackBits => 64,
            Self::Zstd => 1 << 15,
        }
    }
}
