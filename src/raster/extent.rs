//! How large a picture is, and of what its pixels are.

use super::{Channels, Depth, Raster};

/// Size, channels and depth of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Its channels.
    pub channels: Channels,
    /// Depth of its samples.
    pub depth: Depth,
}

impl Extent {
    /// That of `raster`.
    pub fn of(raster: &Raster) -> Self {
        Self {
            width: raster.width(),
            height: raster.height(),
            channels: raster.channels(),
            depth: raster.samples().depth(),
        }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Bytes of all samples.
    pub fn bytes(&self) -> u64 {
        self.pixels() * self.pixel() as u64
    }

    /// Bytes of a pixel.
    pub(crate) fn pixel(&self) -> usize {
        self.channels.count() * self.depth.bytes()
    }
}
