//! Compression as JPEG, for pictures that shall be as photographs come.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageError, ImageFormat};

use super::{Filter, resize, rgb8};
use crate::error::{Error, Result};
use crate::raster::{Channels, Raster, Samples};

/// Resolution of the colour differences in a JPEG file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chroma {
    /// That of the luma (4:4:4).
    Full,
    /// Half of it on both axes (4:2:0), as cameras write it.
    Half,
}

/// `picture` as 8-bit RGB after compression at `quality` (1 to 100). With [`Chroma::Half`] luma is
/// that of the compressed picture, and colour differences are those of its compressed half, enlarged
/// by a bicubic filter.
///
/// ```
/// use polyinr::metrics::{Chroma, compress, psnr};
/// use polyinr::{Channels, Raster, Samples};
///
/// let samples = (0..32 * 32 * 3).map(|i| (i / 16) as u8).collect();
/// let picture = Raster::new(32, 32, Channels::Rgb, Samples::U8(samples))?;
/// let [poor, good] = [20, 95].map(|quality| compress(&picture, quality, Chroma::Half));
/// assert!(psnr(&picture, &good?)? > psnr(&picture, &poor?)?);
/// # Ok::<(), polyinr::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parameter`] for another quality, [`Error::Encode`] for a picture too large for the
/// format.
pub fn compress(picture: &Raster, quality: u8, chroma: Chroma) -> Result<Raster> {
    if !(1..=100).contains(&quality) {
        return Err(Error::parameter("quality", format!("{quality} is not 1 to 100")));
    }
    let picture = rgb8(picture)?;
    let full = compressed(&picture, quality)?;
    if chroma == Chroma::Full {
        return Ok(full);
    }
    let (width, height) = (picture.width(), picture.height());
    let half = resize(&picture, width.div_ceil(2), height.div_ceil(2), Filter::Bicubic)?;
    let half = resize(&compressed(&half, quality)?, width, height, Filter::Bicubic)?;
    let pixels = bytes(&full).chunks_exact(3).zip(bytes(&half).chunks_exact(3));
    let mixed = pixels.flat_map(|(full, half)| {
        let more = luma(full) - luma(half);
        [0, 1, 2].map(|channel| (f32::from(half[channel]) + more).round() as u8)
    });
    Raster::new(width, height, Channels::Rgb, Samples::U8(mixed.collect()))
}

/// An 8-bit RGB picture, written and read with all colour differences.
fn compressed(picture: &Raster, quality: u8) -> Result<Raster> {
    let (width, height) = (picture.width(), picture.height());
    let failed = |e: ImageError| Error::Encode { path: "JPEG".into(), problem: e.to_string() };
    let mut file = Vec::new();
    let encoder = &mut JpegEncoder::new_with_quality(&mut file, quality);
    encoder.encode(bytes(picture), width, height, ExtendedColorType::Rgb8).map_err(failed)?;
    let read = image::load_from_memory_with_format(&file, ImageFormat::Jpeg).map_err(failed)?;
    Raster::new(width, height, Channels::Rgb, Samples::U8(read.into_rgb8().into_raw()))
}

fn bytes(picture: &Raster) -> &[u8] {
    match picture.samples() {
        Samples::U8(samples) => samples,
        _ => unreachable!("pictures are of 8 bits here"),
    }
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
        let full = compress(&picture, 95, Chroma::Full).unwrap();
        let half = compress(&picture, 95, Chroma::Half).unwrap();
        assert!(error(&full, luma) < 3.0 && error(&half, luma) < 4.0);
        assert!(error(&full, blue) < 10.0 && error(&half, blue) > 25.0);
    }

    #[test]
    fn qualities_are_checked() {
        let picture = Raster::new(1, 1, Channels::Gray, Samples::U8(vec![9])).unwrap();
        for quality in [0, 101] {
            let error = compress(&picture, quality, Chroma::Full).unwrap_err().to_string();
            assert!(error.contains("quality"), "{error}");
        }
        assert_eq!(compress(&picture, 100, Chroma::Half).unwrap().channels(), Channels::Rgb);
    }
}
