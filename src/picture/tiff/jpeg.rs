//! Strips and tiles that are JPEG streams.

use crate::error::{Error, Result};
use crate::picture::jpeg::{self, Colours, Decoded, Frame};

/// Many times the bytes of all tables that a stream may have.
pub(super) const MOST_TABLES: usize = 1 << 16;

/// A stream, as whole as a file is, of which the header was read.
pub(super) struct Stream {
    bytes: Vec<u8>,
    frame: Frame,
    /// Whether it has an end marker.
    whole: bool,
}

/// What of the tag JPEGTables comes between a stream's first marker and its own; nothing where no
/// tables are in it.
pub(super) fn tables(mut tag: Vec<u8>) -> Vec<u8> {
    if tag.ends_with(b"\xff\xd9") {
        tag.truncate(tag.len() - 2);
    }
    if tag.starts_with(b"\xff\xd8") { tag.split_off(2) } else { Vec::new() }
}

impl Stream {
    /// Reads the header of `stream`, a part of the file `name` whose tables are `tables`.
    ///
    /// # Errors
    /// [`Error::Decode`] and [`Error::Unsupported`] when it is damaged or of a kind that is not handled.
    pub fn of(stream: &[u8], tables: &[u8], name: &str) -> Result<Self> {
        let Some(stream) = stream.strip_prefix(b"\xff\xd8") else {
            let problem = "the TIFF file is damaged: a JPEG stream in it does not begin as one";
            return Err(Error::decode(name, problem));
        };
        let bytes = [b"\xff\xd8", tables, stream].concat();
        let (mut frame, mut whole, mut at) = (None::<Frame>, false, 2);
        while let Some(jpeg::Segment { marker, body, end, .. }) = jpeg::segment(&bytes, at) {
            at = end;
            match (marker, body, &mut frame) {
                (_, None, _) => break,
                (0xd9, ..) => {
                    whole = true;
                    break;
                }
                (0xda, Some(body), Some(frame)) => frame.add_scan(body, name)?,
                (0xc0..=0xcf, Some(body), frame) if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                    let other = frame.replace(Frame::parse(marker, body, name)?);
                    if other.is_some() {
                        let problem = "the TIFF file is damaged: a JPEG stream has two pictures";
                        return Err(Error::decode(name, problem));
                    }
                }
                _ => {}
            }
        }
        let none = "the TIFF file is damaged: a JPEG stream in it declares no picture";
        let frame = frame.ok_or_else(|| Error::decode(name, none))?;
        Ok(Self { bytes, frame, whole })
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.frame.width, self.frame.height)
    }

    /// Samples of a pixel.
    pub fn components(&self) -> usize {
        self.frame.components.len()
    }

    /// Its components as stored, interleaved, all at full resolution: what they mean is said by the
    /// file's tags alone.
    ///
    /// # Errors
    /// As [`jpeg::decode`].
    pub fn decode(&self, name: &str) -> Result<Decoded> {
        jpeg::decode(&self.bytes, &self.frame, self.whole, Colours::Stored, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_first() {
        assert_eq!(tables(b"\xff\xd8\xff\xdbAB\xff\xd9".to_vec()), b"\xff\xdbAB");
        assert_eq!(tables(b"\xff\xd8\xff\xdbAB".to_vec()), b"\xff\xdbAB");
        assert!(tables(b"AB".to_vec()).is_empty());
        let stream =
            b"\xff\xd8\xff\xc0\0\x0b\x08\0\x02\0\x03\x01\x01\x11\0\xff\xda\0\x02\x12\xff\xd9";
        let found = Stream::of(stream, b"\xff\xdb\0\x04AB", "a").unwrap();
        assert_eq!((found.size(), found.components(), found.whole), ((3, 2), 1, true));
        assert!(found.bytes.starts_with(b"\xff\xd8\xff\xdb\0\x04AB\xff\xc0"));
        assert!(!Stream::of(&stream[..20], b"", "a").unwrap().whole);
        assert!(Stream::of(&stream[..4], b"", "a").is_err());
        assert!(Stream::of(b"\xff\xc0", b"", "a").is_err());
    }
}
