//! Compression of reduced crops, for an upscaler that does not enlarge the traces of JPEG.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageError, ImageFormat};
use polyinr::metrics::{self, Filter};
use polyinr::{Channels, Raster, Samples};

use super::photos::bytes;
use crate::error::{Error, Result};

/// Side of the blocks of JPEG, in pixels.
pub const BLOCK: u32 = 8;

/// An RGB picture of 8 bits after compression at `quality` (1 to 100), with its colour differences at
/// full resolution (4:4:4).
///
/// # Errors
/// [`Error::Library`] when the picture is too large for the format.
pub fn compressed(picture: &Raster, quality: u8) -> Result<Raster> {
    let (width, height) = (picture.width(), picture.height());
    let failed = |e: ImageError| {
        Error::Library(polyinr::Error::Encode { path: "a crop".into(), problem: e.to_string() })
    };
    let mut file = Vec::new();
    let encoder = &mut JpegEncoder::new_with_quality(&mut file, quality);
    encoder.encode(bytes(picture), width, height, ExtendedColorType::Rgb8).map_err(failed)?;
    let read = image::load_from_memory_with_format(&file, ImageFormat::Jpeg).map_err(failed)?;
    Ok(Raster::new(width, height, Channels::Rgb, Samples::U8(read.into_rgb8().into_raw()))?)
}

/// The same with colour differences at half the resolution (4:2:0), as cameras write it: luma is that
/// of the compressed picture, colour differences are those of its compressed half.
///
/// # Errors
/// As [`compressed`].
pub fn compressed_420(picture: &Raster, quality: u8) -> Result<Raster> {
    let (width, height) = (picture.width(), picture.height());
    let full = compressed(picture, quality)?;
    let half = [width, height].map(|side| side.div_ceil(2));
    let half = metrics::resize(picture, half[0], half[1], Filter::Bicubic)?;
    let half = metrics::resize(&compressed(&half, quality)?, width, height, Filter::Bicubic)?;
    let pixels = bytes(&full).chunks_exact(3).zip(bytes(&half).chunks_exact(3));
    let mixed = pixels.flat_map(|(full, half)| {
        let more = luma(full) - luma(half);
        [0, 1, 2].map(|channel| (f32::from(half[channel]) + more).round() as u8)
    });
    Ok(Raster::new(width, height, Channels::Rgb, Samples::U8(mixed.collect()))?)
}

/// Luma of JPEG (BT.601 at full range).
fn luma(rgb: &[u8]) -> f32 {
    0.299 * f32::from(rgb[0]) + 0.587 * f32::from(rgb[1]) + 0.114 * f32::from(rgb[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Colour changes from pixel to pixel, luma slowly.
    #[test]
    fn halved_colour_differences_are_lost_and_luma_is_kept() {
        let pixel = |x: u32, y: u32| match (x + y) % 2 {
            0 => [100 + x as u8, 100, 100],
            _ => [100 + x as u8, 80, 200],
        };
        let samples = (0..16).flat_map(|y| (0..16).flat_map(move |x| pixel(x, y))).collect();
        let picture = Raster::new(16, 16, Channels::Rgb, Samples::U8(samples)).unwrap();
        let error = |found: &Raster, of: fn(&[u8]) -> f32| {
            let pairs = bytes(&picture).chunks_exact(3).zip(bytes(found).chunks_exact(3));
            pairs.map(|(a, b)| (of(a) - of(b)).abs()).sum::<f32>() / 256.0
        };
        let blue: fn(&[u8]) -> f32 = |rgb| f32::from(rgb[2]) - luma(rgb);
        let full = compressed(&picture, 95).unwrap();
        let half = compressed_420(&picture, 95).unwrap();
        assert!(error(&full, luma) < 3.0 && error(&half, luma) < 4.0);
        assert!(error(&full, blue) < 10.0 && error(&half, blue) > 25.0);
    }
}
