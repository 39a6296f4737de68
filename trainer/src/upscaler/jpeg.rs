//! Compression of reduced crops, for an upscaler that does not enlarge the traces of JPEG.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat};
use polyinr::{Channels, Raster, Samples};

use crate::error::{Error, Result};

/// Side of the blocks of JPEG, in pixels.
pub const BLOCK: u32 = 8;

/// An RGB picture of 8 bits after compression at `quality` (1 to 100), with its colour at full
/// resolution (4:4:4).
///
/// # Errors
/// [`Error::Library`] when the picture is too large for the format.
pub fn compressed(picture: &Raster, quality: u8) -> Result<Raster> {
    let (width, height) = (picture.width(), picture.height());
    let Samples::U8(samples) = picture.samples() else { unreachable!("crops have 8 bits") };
    let failed = |e: image::ImageError| {
        Error::Library(polyinr::Error::Encode { path: "a crop".into(), problem: e.to_string() })
    };
    let mut file = Vec::new();
    let encoder = &mut JpegEncoder::new_with_quality(&mut file, quality);
    encoder.encode(samples, width, height, ExtendedColorType::Rgb8).map_err(failed)?;
    let read = image::load_from_memory_with_format(&file, ImageFormat::Jpeg).map_err(failed)?;
    Ok(Raster::new(width, height, Channels::Rgb, Samples::U8(read.into_rgb8().into_raw()))?)
}
