//! What a picture file's header says.

use super::format::Format;
use super::metadata::Metadata;
use crate::raster::{Channels, Depth};

/// What a file's header says.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// The file's format, by its content.
    pub format: Format,
    /// Width in pixels, of the upright picture.
    pub width: u32,
    /// Height in pixels, of the upright picture.
    pub height: u32,
    /// Channels, after palettes are expanded.
    pub channels: Channels,
    /// Depth as declared; fewer than 8 bits and palettes are 8.
    pub depth: Depth,
    /// Pages of a TIFF, without reduced copies, or frames of an animation. The first is read.
    pub pages: u32,
    /// Profile, EXIF and so on.
    pub metadata: Metadata,
}
