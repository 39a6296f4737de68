//! Pixels in memory, at the depth in which they were declared.

mod alpha;
mod bleed;
mod extent;
mod filter;
mod gaps;
mod reduced;
mod rows;
mod survey;
mod taps;
mod value_range;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::memory;

pub(crate) use alpha::{unpremultiply_floats, unpremultiply_integers};
pub(crate) use bleed::Bled;
pub use extent::Extent;
pub use filter::Filter;
pub use gaps::Gaps;
pub(crate) use reduced::Reduced;
pub(crate) use rows::ChangedRows;
pub use rows::{RasterRows, RowSource, all_rows};
pub use survey::Survey;
pub(crate) use survey::in_range;
pub(crate) use taps::Taps;
pub use value_range::ValueRange;

/// Largest width or height of any picture this crate handles, in pixels.
pub const MAX_SIDE: u32 = 1 << 20;

/// Which channels a raster holds, interleaved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channels {
    /// One channel: luminance.
    Gray,
    /// Luminance and straight alpha.
    GrayAlpha,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue and straight alpha.
    Rgba,
}

impl Channels {
    /// Samples a pixel.
    pub fn count(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    /// Whether the last channel is alpha.
    pub fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }

    /// Whether the colour is a single luminance.
    pub fn is_gray(self) -> bool {
        matches!(self, Self::Gray | Self::GrayAlpha)
    }
}

/// Depth of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Depth {
    /// 8-bit unsigned, 255 is full.
    U8,
    /// 16-bit unsigned, 65535 is full.
    U16,
    /// 32-bit float, 1.0 is full; values outside `[0, 1]` are kept.
    F32,
}

impl Depth {
    /// Bytes a sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::F32 => 4,
        }
    }
}

/// Samples at their declared depth.
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// See [`Depth::U8`].
    U8(Vec<u8>),
    /// See [`Depth::U16`].
    U16(Vec<u16>),
    /// See [`Depth::F32`].
    F32(Vec<f32>),
}

impl Samples {
    /// `len` samples of zero.
    pub fn zeroed(depth: Depth, len: usize) -> Self {
        match depth {
            Depth::U8 => Self::U8(vec![0; len]),
            Depth::U16 => Self::U16(vec![0; len]),
            Depth::F32 => Self::F32(vec![0.0; len]),
        }
    }

    /// `len` samples of zero; `what` names the file or parameter they belong to.
    ///
    /// # Errors
    /// [`Error::Limits`] when the system gives no memory for them.
    pub fn try_zeroed(depth: Depth, len: usize, what: &str) -> Result<Self> {
        Ok(match depth {
            Depth::U8 => Self::U8(memory::zeroed(len, what)?),
            Depth::U16 => Self::U16(memory::zeroed(len, what)?),
            Depth::F32 => Self::F32(memory::zeroed(len, what)?),
        })
    }

    /// Depth of the samples.
    pub fn depth(&self) -> Depth {
        match self {
            Self::U8(_) => Depth::U8,
            Self::U16(_) => Depth::U16,
            Self::F32(_) => Depth::F32,
        }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::F32(v) => v.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of the samples in `range`.
    ///
    /// # Panics
    /// When the range is not inside.
    pub fn part(&self, range: Range<usize>) -> Self {
        match self {
            Self::U8(v) => Self::U8(v[range].to_vec()),
            Self::U16(v) => Self::U16(v[range].to_vec()),
            Self::F32(v) => Self::F32(v[range].to_vec()),
        }
    }

    /// Appends samples of the same depth.
    ///
    /// # Panics
    /// When the depths differ.
    pub fn append(&mut self, more: &Self) {
        match (self, more) {
            (Self::U8(v), Self::U8(more)) => v.extend_from_slice(more),
            (Self::U16(v), Self::U16(more)) => v.extend_from_slice(more),
            (Self::F32(v), Self::F32(more)) => v.extend_from_slice(more),
            _ => panic!("samples of different depths"),
        }
    }

    /// Sample `index` on the scale where 1 is full.
    #[inline]
    pub fn get(&self, index: usize) -> f32 {
        match self {
            Self::U8(v) => f32::from(v[index]) / 255.0,
            Self::U16(v) => f32::from(v[index]) / 65535.0,
            Self::F32(v) => v[index],
        }
    }

    /// Stores `value`, where 1 is full; integers are rounded to nearest and clamped.
    #[inline]
    pub fn set(&mut self, index: usize, value: f32) {
        match self {
            Self::U8(v) => v[index] = to_u8(value),
            Self::U16(v) => v[index] = to_u16(value),
            Self::F32(v) => v[index] = value,
        }
    }
}

/// `value` (1 is full) as 8 bits, rounded to nearest; NaN gives 0.
#[inline]
pub fn to_u8(value: f32) -> u8 {
    (value * 255.0 + 0.5) as u8
}

/// `value` (1 is full) as 16 bits, rounded to nearest; NaN gives 0.
#[inline]
pub fn to_u16(value: f32) -> u16 {
    (value * 65535.0 + 0.5) as u16
}

/// A rectangle of pixels, rows from the top, channels interleaved, no padding.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    width: u32,
    height: u32,
    channels: Channels,
    samples: Samples,
}

impl Raster {
    /// A raster of `width * height * channels` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a side is zero or over [`MAX_SIDE`], or the number of samples does
    /// not fit the size.
    pub fn new(width: u32, height: u32, channels: Channels, samples: Samples) -> Result<Self> {
        check_size(width, height)?;
        let expected = width as usize * height as usize * channels.count();
        if samples.len() != expected {
            return Err(Error::parameter(
                "samples",
                format!("{} given, {width}x{height} needs {expected}", samples.len()),
            ));
        }
        Ok(Self { width, height, channels, samples })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Which channels.
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// Samples in a row.
    pub fn row_len(&self) -> usize {
        self.width as usize * self.channels.count()
    }

    /// The samples.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// The samples, to change in place; their number and depth stay.
    pub fn samples_mut(&mut self) -> &mut Samples {
        &mut self.samples
    }

    /// The samples, given up by the raster.
    pub fn into_samples(self) -> Samples {
        self.samples
    }
}

/// Checks a picture's size.
///
/// # Errors
/// [`Error::Parameter`] when a side is zero or over [`MAX_SIDE`].
pub fn check_size(width: u32, height: u32) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::parameter("size", format!("{width} x {height} holds no pixel")));
    }
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(Error::parameter(
            "size",
            format!("{width}x{height} is over {MAX_SIDE} pixels a side"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_round_clamp_and_survive() {
        for i in 0..=255u8 {
            assert_eq!(to_u8(f32::from(i) / 255.0), i);
        }
        for i in 0..=65535u16 {
            assert_eq!(to_u16(f32::from(i) / 65535.0), i);
        }
        assert_eq!((to_u8(-1.0), to_u8(2.0), to_u8(f32::NAN)), (0, 255, 0));
    }

    #[test]
    fn sizes_are_checked() {
        let new = |w, h, n| Raster::new(w, h, Channels::Rgb, Samples::U8(vec![0; n]));
        assert!(new(2, 3, 18).is_ok());
        assert!(new(2, 3, 17).is_err());
        assert!(new(0, 3, 0).is_err());
        assert!(new(MAX_SIDE + 1, 1, 3).is_err());
    }
}
