//! Strips and tiles, decoded by the crate `tiff`.
//!
//! The crate reads a TIFF that is made for it: a header, a directory of one strip, then the bytes of
//! whichever strip or tile of the file is next. So it meets nothing of which it makes something else
//! than is meant (other pages, palettes, kinds of extra samples, subsampling, bits in reverse, tiles
//! that reach over the ends), and reads no byte of a neighbour.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use tiff::decoder::{Decoder, Limits};
use tiff::{TiffError, TiffFormatError};

use super::layout::Layout;
use super::packing::Packing;
use crate::error::{Error, Result};
use crate::memory;
use crate::picture::decode::Source;
use crate::picture::ifd::tag;

/// The problem with a file that lacks something.
pub(super) const CUT: &str = "the TIFF file is damaged or cut short; get it again from its source";
const BLACK_IS_ZERO: u64 = 1;
/// Where the directory begins: behind the header of a BigTIFF.
const DIRECTORY: u64 = 16;
const LONG8: u64 = 16;

/// The strips or tiles of a file.
pub(super) struct Strips {
    decoder: Decoder<OneStrip>,
    rows: u32,
    most: u64,
    name: String,
}

impl Strips {
    /// Of the file `source`, at most `most` bytes each.
    pub fn new(source: Source, layout: &Layout, most: u64, name: &str) -> Result<Self> {
        let rows = layout.chunk_rows(0);
        let strip = OneStrip {
            source,
            head: head(layout, rows, most),
            at: 0,
            place: 0..0,
            left: 0,
            reversed: layout.reversed,
        };
        // Nothing that the crate takes memory for comes from the file unchecked.
        let limited = |decoder: Decoder<_>| decoder.with_limits(Limits::unlimited());
        let decoder = Decoder::new(strip).map(limited).map_err(|e| failed(name, e))?;
        Ok(Self { decoder, rows, most, name: name.to_owned() })
    }

    /// Fills `out` with `rows` rows of the strip or tile that lies at `place` in the file, in this
    /// machine's byte order.
    pub fn decode(
        &mut self,
        layout: &Layout,
        place: Range<u64>,
        rows: u32,
        out: &mut [u8],
    ) -> Result<()> {
        self.decoder.inner().place = place;
        if layout.packing == Packing::Lzw && self.is_old_lzw()? {
            let problem = "the TIFF is compressed with LZW as before TIFF 5.0; convert it first";
            return Err(Error::unsupported(&self.name, problem));
        }
        if self.rows != rows {
            self.decoder.inner().head = head(layout, rows, self.most);
            self.decoder.seek_to_image(0).map_err(|e| failed(&self.name, e))?;
            self.rows = rows;
        }
        self.decoder.read_chunk_bytes(0, out).map_err(|e| failed(&self.name, e))
    }

    /// Fills `out` with the strip or tile as it is stored, its bits in their right order.
    pub fn stored(&mut self, place: Range<u64>, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        let len = usize::try_from(place.end - place.start).unwrap_or(usize::MAX);
        memory::reserve(out, len, &self.name)?;
        let strip = self.decoder.inner();
        strip.place = place;
        let read = strip.begin().and_then(|()| strip.read_to_end(out));
        read.map(drop).map_err(|e| failed(&self.name, e.into()))
    }

    /// Whether codes begin with the low bits of a byte, as the first code, "clear", shows.
    fn is_old_lzw(&mut self) -> Result<bool> {
        let strip = self.decoder.inner();
        let mut start = Vec::new();
        let read = strip.begin().and_then(|()| strip.take(2).read_to_end(&mut start));
        read.map_err(|e| failed(&self.name, e.into()))?;
        Ok(matches!(start[..], [0, second] if second & 1 == 1))
    }
}

/// A file of one strip.
struct OneStrip {
    source: Source,
    /// What stands before the strip.
    head: Vec<u8>,
    /// Where the next byte is read, as long as that is in `head`.
    at: usize,
    /// Where the strip lies in `source`, and how much of it is not read yet.
    place: Range<u64>,
    left: u64,
    reversed: bool,
}

impl OneStrip {
    /// Goes to the strip's first byte.
    fn begin(&mut self) -> io::Result<()> {
        self.at = self.head.len();
        self.left = self.place.end - self.place.start;
        // What is near may be in the buffer already.
        let here = self.source.stream_position()?;
        let way = i64::try_from(i128::from(self.place.start) - i128::from(here));
        self.source.seek_relative(way.map_err(|_| io::ErrorKind::UnexpectedEof)?)
    }
}

impl Read for OneStrip {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at < self.head.len() {
            let read = (&self.head[self.at..]).read(out)?;
            self.at += read;
            return Ok(read);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        let read = self.source.read(&mut out[..most])?;
        self.left -= read as u64;
        if self.reversed {
            out[..read].iter_mut().for_each(|b| *b = b.reverse_bits());
        }
        Ok(read)
    }
}

impl Seek for OneStrip {
    /// Goes to a place in the head or to where the strip begins: the crate asks for no others.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(to) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        let len = self.head.len() as u64;
        match to {
            to if to < len => self.at = to as usize,
            to if to == len => self.begin()?,
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        Ok(to)
    }
}

/// Header and directory of a BigTIFF of one strip, `rows` rows in at most `most` bytes, that comes
/// next: where it has fewer, the file ends.
///
/// Samples are grey ones, as many a pixel as there are; what has no whole bytes a sample, or shares
/// chroma, is rows of bytes.
fn head(layout: &Layout, rows: u32, most: u64) -> Vec<u8> {
    let row = layout.chunk_bytes(1);
    let height = layout.chunk_bytes(rows) / row.max(1);
    let whole = layout.bits.is_multiple_of(8) && layout.subsampling() == (1, 1);
    let (width, samples, bits) = match whole {
        true => (layout.chunk_width().into(), layout.samples_in_chunk() as u64, layout.bits.into()),
        false => (row, 1, 8),
    };
    let count = 11;
    let strip = DIRECTORY + 8 + 20 * count + 8;
    let mut head = Head { bytes: Vec::new(), big_endian: layout.big_endian };
    head.bytes.extend(if layout.big_endian { b"MM" } else { b"II" });
    // The kind of file, the bytes of an offset, and nothing.
    for number in [43, 8, 0] {
        head.put::<2>(number);
    }
    for number in [DIRECTORY, count] {
        head.put::<8>(number);
    }
    for (tag, value) in [
        (tag::WIDTH, width),
        (tag::HEIGHT, height),
        (tag::BITS, bits),
        (tag::COMPRESSION, layout.packing.code()),
        (tag::PHOTOMETRIC, BLACK_IS_ZERO),
        (tag::STRIP_OFFSETS, strip),
        (tag::SAMPLES, samples),
        (tag::ROWS_PER_STRIP, height),
        (tag::STRIP_BYTES, most),
        (tag::PREDICTOR, layout.predictor.code()),
        (tag::SAMPLE_FORMAT, if layout.float { 3 } else { 1 }),
    ] {
        head.entry(tag, value);
    }
    head.put::<8>(0);
    head.bytes
}

struct Head {
    bytes: Vec<u8>,
    big_endian: bool,
}

impl Head {
    fn put<const N: usize>(&mut self, value: u64) {
        match self.big_endian {
            true => self.bytes.extend(&value.to_be_bytes()[8 - N..]),
            false => self.bytes.extend(&value.to_le_bytes()[..N]),
        }
    }

    fn entry(&mut self, tag: u16, value: u64) {
        self.put::<2>(tag.into());
        self.put::<2>(LONG8);
        for number in [1, value] {
            self.put::<8>(number);
        }
    }
}

fn failed(name: &str, error: TiffError) -> Error {
    match error {
        TiffError::IoError(error) if error.raw_os_error().is_some() => {
            Error::io(name, "read", error)
        }
        TiffError::FormatError(TiffFormatError::CompressedDataCorrupt(what)) => {
            Error::decode(name, format!("the TIFF file is damaged: {}", what.trim()))
        }
        TiffError::UnsupportedError(what) => Error::unsupported(name, what.to_string()),
        TiffError::LimitsExceeded | TiffError::IntSizeError => {
            Error::limits(name, "its strips or tiles are too large; convert it")
        }
        _ => Error::decode(name, CUT),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::super::layout::Colour;
    use super::super::packing::Predictor;
    use super::*;
    use crate::raster::{Channels, Depth};

    fn layout(packing: Packing, width: u32, height: u32) -> Layout {
        Layout {
            width,
            height,
            channels: Channels::Gray,
            depth: Depth::U8,
            colour: Colour::Grey,
            stored: 1,
            alpha: None,
            premultiplied: false,
            bits: 8,
            float: false,
            big_endian: false,
            planar: false,
            tiled: false,
            chunk: (width, height),
            packing,
            reversed: false,
            predictor: Predictor::None,
        }
    }

    /// What `layout` has at `place` in `file`.
    fn decoded(layout: &Layout, file: &[u8], place: Range<u64>) -> Result<Vec<u8>> {
        let source: Source = BufReader::new(Box::new(Cursor::new(file.to_vec())));
        let mut strips = Strips::new(source, layout, 99, "a.tif")?;
        let rows = layout.height;
        let mut out = vec![0; layout.chunk_bytes(rows) as usize];
        strips.decode(layout, place, rows, &mut out).map(|()| out)
    }

    #[test]
    fn pack_bits_as_in_its_definition() {
        let packed = [
            0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x80, 0x03, 0x80, 0x00, 0x2a, 0x22,
            0xf7, 0xaa,
        ];
        let expected =
            [&[0xaa; 3][..], &[0x80, 0, 0x2a], &[0xaa; 4], &[0x80, 0, 0x2a, 0x22], &[0xaa; 10]];
        let out = decoded(&layout(Packing::PackBits, 24, 1), &packed, 0..16).unwrap();
        assert_eq!(out, expected.concat());
        assert!(decoded(&layout(Packing::PackBits, 25, 1), &packed, 0..16).is_err());
    }

    #[test]
    fn what_ends_early_is_an_error_whatever_follows() {
        for packing in
            [Packing::None, Packing::Deflate, Packing::Lzw, Packing::PackBits, Packing::Zstd]
        {
            for packed in [&[][..], &[0], &[0x80, 0x20], &[0x28, 0xb5, 0x2f, 0xfd, 0, 0, 1, 0, 0]] {
                let file = [packed, &[7; 99]].concat();
                let out = decoded(&layout(packing, 10, 1), &file, 0..packed.len() as u64);
                assert!(out.is_err(), "{packing:?} {packed:?}");
            }
        }
    }

    #[test]
    fn samples_come_in_this_machines_byte_order_without_differences() {
        let file = [9, 9, 0x01, 0xff, 0x00, 0x02];
        let mut layout = Layout { bits: 16, big_endian: true, ..layout(Packing::None, 2, 1) };
        let out = decoded(&layout, &file, 2..6).unwrap();
        assert_eq!(out, bytemuck::cast_slice::<u16, u8>(&[0x01ff, 0x0002]));
        layout.predictor = Predictor::Horizontal;
        let out = decoded(&layout, &file, 2..6).unwrap();
        assert_eq!(out, bytemuck::cast_slice::<u16, u8>(&[0x01ff, 0x0201]));
        layout = Layout { bits: 12, reversed: true, predictor: Predictor::None, ..layout };
        assert_eq!(decoded(&layout, &file, 2..5).unwrap(), [0x80, 0xff, 0]);
        assert!(decoded(&layout, &file, 2..4).is_err());
    }

    #[test]
    fn strips_differ_in_length() {
        let layout = Layout { chunk: (2, 2), ..layout(Packing::None, 2, 3) };
        let source: Source = BufReader::new(Box::new(Cursor::new(vec![1, 2, 3, 4, 5, 6])));
        let mut strips = Strips::new(source, &layout, 99, "a.tif").unwrap();
        let mut out = [0; 4];
        for (place, rows, expected) in [(0..4, 2, &[1, 2, 3, 4][..]), (4..6, 1, &[5, 6])] {
            let out = &mut out[..expected.len()];
            strips.decode(&layout, place, rows, out).unwrap();
            assert_eq!(out, expected);
        }
    }
}
