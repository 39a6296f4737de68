//! Pixels that belong to the host.

use std::ffi::c_void;

use super::status::{Failure, Outcome};
use crate::raster::{Channels, Depth, Extent, check_size};

/// Type of a sample. Integers are unsigned and full at their largest value, floats at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum PolyinrSample {
    /// 8-bit integers.
    U8 = 0,
    /// 16-bit integers.
    U16 = 1,
    /// 16-bit floats (IEEE binary16).
    F16 = 2,
    /// 32-bit floats.
    F32 = 3,
}

/// Which channels a pixel has, in the order of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum PolyinrChannels {
    /// Luminance.
    Gray = 0,
    /// Luminance, alpha.
    GrayAlpha = 1,
    /// Red, green, blue.
    Rgb = 2,
    /// Red, green, blue, alpha.
    Rgba = 3,
    /// Blue, green, red, alpha.
    Bgra = 4,
}

/// What colour means where there is alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum PolyinrAlpha {
    /// Colour does not depend on alpha.
    Straight = 0,
    /// Colour is multiplied by alpha.
    Premultiplied = 1,
}

/// Pixels that belong to the caller, who keeps them valid during a call and does not touch them
/// meanwhile. An input is only read. An output is written from the top; after a call that failed its
/// contents are undefined.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct PolyinrBuffer {
    /// First pixel of the top row, aligned to its sample type.
    pub pixels: *mut c_void,
    /// Bytes that are accessible from `pixels` on: at least
    /// `stride * (height - 1) + width * bytes of a pixel`. More than there can be behind `pixels` is
    /// `POLYINR_STATUS_BAD_BUFFER`.
    pub size: usize,
    /// Bytes from the start of a row to the start of the next; a multiple of the sample's size, and
    /// at least a row's.
    pub stride: usize,
    /// Width in pixels, 1 to 1048576.
    pub width: u32,
    /// Height in pixels, 1 to 1048576.
    pub height: u32,
    /// A `polyinr_sample`.
    pub sample: u32,
    /// A `polyinr_channels`.
    pub channels: u32,
    /// A `polyinr_alpha`; without alpha it has no meaning but must be one.
    pub alpha: u32,
}

/// A buffer that was checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Buffer {
    pixels: *mut u8,
    stride: usize,
    pub width: u32,
    pub height: u32,
    pub sample: PolyinrSample,
    pub order: PolyinrChannels,
    pub premultiplied: bool,
}

// SAFETY: the caller of the ABI promises that the pixels stay valid and untouched during the call,
// on whichever thread; a buffer never outlives the call.
unsafe impl Send for Buffer {}
// SAFETY: as above; those of an input are only read, and those of an output are written by one sink alone,
// to which they are lent exclusively.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// Checks a description; messages call it `name`.
    pub fn check(given: &PolyinrBuffer, name: &'static str) -> Outcome<Self> {
        let bad = |problem: String| Failure::Buffer(name, problem);
        let sample = match given.sample {
            0 => PolyinrSample::U8,
            1 => PolyinrSample::U16,
            2 => PolyinrSample::F16,
            3 => PolyinrSample::F32,
            n => return Err(bad(format!("sample {n} is no polyinr_sample"))),
        };
        let order = match given.channels {
            0 => PolyinrChannels::Gray,
            1 => PolyinrChannels::GrayAlpha,
            2 => PolyinrChannels::Rgb,
            3 => PolyinrChannels::Rgba,
            4 => PolyinrChannels::Bgra,
            n => return Err(bad(format!("channels {n} is no polyinr_channels"))),
        };
        let alpha = match given.alpha {
            0 => PolyinrAlpha::Straight,
            1 => PolyinrAlpha::Premultiplied,
            n => return Err(bad(format!("alpha {n} is no polyinr_alpha"))),
        };
        if given.pixels.is_null() {
            return Err(Failure::Null(name));
        }
        check_size(given.width, given.height).map_err(|e| bad(e.to_string()))?;
        let buffer = Self {
            pixels: given.pixels.cast(),
            stride: given.stride,
            width: given.width,
            height: given.height,
            sample,
            order,
            premultiplied: alpha == PolyinrAlpha::Premultiplied,
        };
        buffer.check_memory(given.size).map_err(bad)?;
        Ok(buffer)
    }

    fn check_memory(&self, size: usize) -> Result<(), String> {
        let (bytes, row) = (self.sample_bytes(), self.row_bytes());
        if self.stride < row || !self.stride.is_multiple_of(bytes) {
            return Err(format!(
                "the stride of {} bytes is no multiple of {bytes} or less than a row's {row}",
                self.stride
            ));
        }
        if !(self.pixels as usize).is_multiple_of(bytes) {
            return Err(format!("the pixels are not aligned to {bytes} bytes"));
        }
        if !is_memory(self.pixels as usize, size) {
            return Err("its pixels go beyond all memory".to_owned());
        }
        let needed = self.stride.checked_mul(self.height as usize - 1);
        match needed.and_then(|n| n.checked_add(row)) {
            Some(needed) if needed <= size && isize::try_from(needed).is_ok() => Ok(()),
            Some(needed) => Err(format!("{size} bytes are given, {needed} are needed")),
            None => Err("its rows go beyond all memory".to_owned()),
        }
    }

    /// Checks that no memory is common to this buffer, an output, and `input`.
    pub fn check_apart(&self, input: &Self, name: &'static str) -> Outcome {
        let span = |b: &Self| {
            let start = b.pixels as usize;
            start..start + b.stride * (b.height as usize - 1) + b.row_bytes()
        };
        let (ours, theirs) = (span(self), span(input));
        if ours.start < theirs.end && theirs.start < ours.end {
            let problem = "it overlaps the input, which is read while rows are written; give \
                           another buffer";
            return Err(Failure::Buffer(name, problem.to_owned()));
        }
        Ok(())
    }

    /// Its size, channels and depth.
    pub fn extent(&self) -> Extent {
        let Self { width, height, .. } = *self;
        Extent { width, height, channels: self.channels(), depth: self.depth() }
    }

    /// Channels without regard to their order.
    pub fn channels(&self) -> Channels {
        match self.order {
            PolyinrChannels::Gray => Channels::Gray,
            PolyinrChannels::GrayAlpha => Channels::GrayAlpha,
            PolyinrChannels::Rgb => Channels::Rgb,
            PolyinrChannels::Rgba | PolyinrChannels::Bgra => Channels::Rgba,
        }
    }

    /// Depth in which samples are kept.
    pub fn depth(&self) -> Depth {
        match self.sample {
            PolyinrSample::U8 => Depth::U8,
            PolyinrSample::U16 => Depth::U16,
            PolyinrSample::F16 | PolyinrSample::F32 => Depth::F32,
        }
    }

    fn sample_bytes(&self) -> usize {
        match self.sample {
            PolyinrSample::U8 => 1,
            PolyinrSample::U16 | PolyinrSample::F16 => 2,
            PolyinrSample::F32 => 4,
        }
    }

    fn row_bytes(&self) -> usize {
        self.width as usize * self.channels().count() * self.sample_bytes()
    }

    /// The bytes of row `row`.
    ///
    /// # Safety
    /// Nobody may write them while the result lives.
    pub unsafe fn row(&self, row: u32) -> &[u8] {
        assert!(row < self.height);
        // SAFETY: `check_memory` found all rows inside what the caller says is accessible.
        unsafe {
            let start = self.pixels.add(row as usize * self.stride);
            std::slice::from_raw_parts(start, self.row_bytes())
        }
    }

    /// The bytes of row `row`, to write.
    ///
    /// # Safety
    /// Nobody else may look at them while the result lives.
    pub unsafe fn row_mut(&mut self, row: u32) -> &mut [u8] {
        assert!(row < self.height);
        // SAFETY: `check_memory` found all rows inside what the caller says is accessible.
        unsafe {
            let start = self.pixels.add(row as usize * self.stride);
            std::slice::from_raw_parts_mut(start, self.row_bytes())
        }
    }
}

/// Whether there can be `size` bytes from the address `start` on.
pub(super) fn is_memory(start: usize, size: usize) -> bool {
    // On x86-64 programs have the lower half of all addresses.
    let last = if cfg!(target_arch = "x86_64") { isize::MAX as usize } else { usize::MAX };
    isize::try_from(size).is_ok() && start.checked_add(size).is_some_and(|end| end <= last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(memory: &mut [u16]) -> PolyinrBuffer {
        PolyinrBuffer {
            pixels: memory.as_mut_ptr().cast(),
            size: size_of_val(memory),
            stride: 16,
            width: 2,
            height: 3,
            sample: PolyinrSample::U16 as u32,
            channels: PolyinrChannels::Rgb as u32,
            alpha: 0,
        }
    }

    #[test]
    fn what_is_wrong_with_a_buffer_is_said() {
        let mut memory = [0u16; 8 + 8 + 6];
        let good = given(&mut memory);
        assert!(Buffer::check(&good, "in").is_ok());
        type Change = fn(&mut PolyinrBuffer);
        let cases: [(&str, Change); 13] = [
            ("needed", |b| b.size -= 1),
            ("stride", |b| b.stride = 11),
            ("stride", |b| b.stride = 13),
            ("beyond", |b| (b.stride, b.height) = (usize::MAX - 1, 1 << 20)),
            ("beyond", |b| b.pixels = (usize::MAX - 15) as *mut c_void),
            ("beyond", |b| b.size = usize::MAX),
            ("beyond", |b| b.size = isize::MAX as usize),
            ("no pixel", |b| b.width = 0),
            ("over 1048576", |b| b.height = u32::MAX),
            ("polyinr_sample", |b| b.sample = 4),
            ("polyinr_channels", |b| b.channels = 5),
            ("polyinr_alpha", |b| b.alpha = 2),
            ("aligned", |b| b.pixels = b.pixels.wrapping_byte_add(1)),
        ];
        for (said, change) in cases {
            let mut bad = good;
            change(&mut bad);
            let message = Buffer::check(&bad, "in").unwrap_err().message();
            assert!(message.starts_with("in: ") && message.contains(said), "{message}");
        }
        let null = PolyinrBuffer { pixels: std::ptr::null_mut(), ..good };
        assert!(matches!(Buffer::check(&null, "in"), Err(Failure::Null("in"))));
    }
}
