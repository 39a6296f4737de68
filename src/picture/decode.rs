//! What decoders of pictures share.

use std::io::{self, BufReader, Read, Seek};
use std::ops::Range;

use super::info::Info;
use super::notes::Notes;
use super::orientation::Orientation;
use crate::error::{Error, Result};
use crate::raster::{Depth, Samples};

/// A reader that seeks, as boxed by [`PictureReader`](super::PictureReader).
pub(super) trait Seekable: Read + Seek + Send {}
impl<T: Read + Seek + Send> Seekable for T {}
pub(super) type Source = BufReader<Box<dyn Seekable>>;

/// Goes to byte `at` of `source`; what is near is in the buffer already.
pub(super) fn go_to(source: &mut Source, at: u64) -> io::Result<()> {
    let here = source.stream_position()?;
    let way = at.checked_signed_diff(here).ok_or(io::ErrorKind::InvalidInput)?;
    source.seek_relative(way)
}

/// Where decoded samples go: whole rows, from the next one on.
pub(super) enum RowBuffer<'a> {
    U8(&'a mut [u8]),
    U16(&'a mut [u16]),
    F32(&'a mut [f32]),
}

impl<'a> RowBuffer<'a> {
    pub fn of(samples: &'a mut Samples) -> Self {
        match samples {
            Samples::U8(v) => Self::U8(v),
            Samples::U16(v) => Self::U16(v),
            Samples::F32(v) => Self::F32(v),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::F32(v) => v.len(),
        }
    }

    pub fn depth(&self) -> Depth {
        match self {
            Self::U8(_) => Depth::U8,
            Self::U16(_) => Depth::U16,
            Self::F32(_) => Depth::F32,
        }
    }

    pub fn part(&mut self, range: Range<usize>) -> RowBuffer<'_> {
        match self {
            Self::U8(v) => RowBuffer::U8(&mut v[range]),
            Self::U16(v) => RowBuffer::U16(&mut v[range]),
            Self::F32(v) => RowBuffer::F32(&mut v[range]),
        }
    }

    /// Copies `range` of `samples`, which have the same depth.
    pub fn copy_from(&mut self, samples: &Samples, range: Range<usize>) {
        match (self, samples) {
            (Self::U8(to), Samples::U8(from)) => to.copy_from_slice(&from[range]),
            (Self::U16(to), Samples::U16(from)) => to.copy_from_slice(&from[range]),
            (Self::F32(to), Samples::F32(from)) => to.copy_from_slice(&from[range]),
            _ => unreachable!("a decoder keeps to the depth of its header"),
        }
    }

    /// The samples as bytes in this machine's order.
    pub fn bytes(&mut self) -> &mut [u8] {
        match self {
            Self::U8(v) => v,
            Self::U16(v) => bytemuck::cast_slice_mut(v),
            Self::F32(v) => bytemuck::cast_slice_mut(v),
        }
    }
}

/// Decodes the rows of one open file, as stored, in order.
pub(super) trait Decode: Send {
    /// Fills `target` with the next rows.
    fn rows(&mut self, target: RowBuffer<'_>) -> Result<()>;

    /// All `len` samples of a picture of which none was taken yet.
    fn whole(&mut self, depth: Depth, len: usize) -> Result<Samples> {
        let mut samples = Samples::try_zeroed(depth, len, "a picture's pixels")?;
        self.rows(RowBuffer::of(&mut samples))?;
        Ok(samples)
    }

    /// Bytes held while rows are taken, of a picture whose samples are `bytes`.
    fn memory(&self, _bytes: u64) -> u64 {
        0
    }
}

/// An open file: its header as stored, and what decodes the rest.
pub(super) struct Opened {
    pub info: Info,
    pub orientation: Orientation,
    pub decoder: Box<dyn Decode>,
    /// What came up; the decoder may keep a clone and add to it.
    pub notes: Notes,
}

/// Rows of a picture already decoded.
pub(super) struct Decoded {
    samples: Samples,
    next: usize,
}

impl Decoded {
    pub fn new(samples: Samples) -> Self {
        Self { samples, next: 0 }
    }
}

impl Decode for Decoded {
    fn rows(&mut self, mut target: RowBuffer<'_>) -> Result<()> {
        let range = self.next..self.next + target.len();
        if range.end > self.samples.len() {
            return Err(Error::parameter("rows", "the picture could not be decoded before"));
        }
        self.next = range.end;
        target.copy_from(&self.samples, range);
        Ok(())
    }
}

/// A picture that is decoded whole when its first rows are wanted.
pub(super) struct Lazy {
    decode: Option<Box<dyn FnOnce() -> Result<Samples> + Send>>,
    decoded: Decoded,
    besides: u64,
}

impl Lazy {
    /// By `decode`, which takes `besides` bytes of memory besides the samples.
    pub fn new(besides: u64, decode: impl FnOnce() -> Result<Samples> + Send + 'static) -> Self {
        let decoded = Decoded::new(Samples::U8(Vec::new()));
        Self { decode: Some(Box::new(decode)), decoded, besides }
    }
}

impl Decode for Lazy {
    fn rows(&mut self, target: RowBuffer<'_>) -> Result<()> {
        if let Some(decode) = self.decode.take() {
            self.decoded = Decoded::new(decode()?);
        }
        self.decoded.rows(target)
    }

    fn whole(&mut self, depth: Depth, len: usize) -> Result<Samples> {
        match self.decode.take() {
            Some(decode) => decode(),
            None => {
                let mut samples = Samples::try_zeroed(depth, len, "a picture's pixels")?;
                self.decoded.rows(RowBuffer::of(&mut samples))?;
                Ok(samples)
            }
        }
    }

    /// All of it, and what the decoder makes of it on the way.
    fn memory(&self, bytes: u64) -> u64 {
        bytes + self.besides
    }
}
