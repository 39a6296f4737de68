//! One picture: decoded to 8-bit RGB, cut square, resized.

use std::io::Cursor;
use std::sync::Arc;

use fast_image_resize::images::{CroppedImage, Image, ImageRef};
use fast_image_resize::{PixelType, Resizer};
use image::{DynamicImage, ImageDecoder as _, ImageReader, RgbImage};
use polyinr::picture::{Limits, PictureReader};
use polyinr::raster::{Channels, Raster, Samples, to_u8};

use crate::error::{Error, Result};

/// Largest `side` that [`square`] makes.
pub const MAX_SIDE: u32 = 8192;

/// Decodes a PNG, JPEG, WebP or TIFF file to 8-bit RGB, turned upright as its EXIF says; `name` stands
/// for it in messages.
///
/// 16-bit and float samples are rounded to 8 bits, grey becomes RGB, transparent pixels are laid over
/// white, and CMYK is converted without its profile. Colour profiles are not applied.
///
/// # Errors
/// [`Error::Library`] when the file is damaged, too large, or of a kind that is not handled.
pub fn decode(bytes: Vec<u8>, name: &str) -> Result<RgbImage> {
    let bytes: Arc<[u8]> = bytes.into();
    let raster = PictureReader::new(Cursor::new(bytes.clone()), name, &Limits::default())
        .and_then(PictureReader::into_raster);
    match raster {
        Ok(raster) => to_rgb(raster, name),
        Err(unsupported @ polyinr::Error::Unsupported { .. }) => {
            decode_unusual(&bytes).ok_or(unsupported.into())
        }
        Err(e) => Err(e.into()),
    }
}

/// Decodes what the library of polyinr leaves to others, as CMYK.
fn decode_unusual(bytes: &[u8]) -> Option<RgbImage> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    Some(picture.into_rgb8())
}

fn to_rgb(raster: Raster, name: &str) -> Result<RgbImage> {
    let (width, height, channels) = (raster.width(), raster.height(), raster.channels());
    let samples = match raster.into_samples() {
        Samples::U8(samples) => samples,
        Samples::U16(samples) => {
            samples.iter().map(|&v| ((u32::from(v) + 128) / 257) as u8).collect()
        }
        Samples::F32(samples) => samples.iter().map(|&v| to_u8(v)).collect(),
    };
    let pixels = match channels {
        Channels::Rgb => samples,
        Channels::Gray => samples.iter().flat_map(|&grey| [grey; 3]).collect(),
        Channels::GrayAlpha => {
            samples.as_chunks().0.iter().flat_map(|&[grey, a]| [over_white(grey, a); 3]).collect()
        }
        Channels::Rgba => {
            let pixels = samples.as_chunks().0.iter();
            pixels.flat_map(|&[r, g, b, a]| [r, g, b].map(|colour| over_white(colour, a))).collect()
        }
    };
    RgbImage::from_raw(width, height, pixels)
        .ok_or_else(|| Error::data(name, "its pixels are fewer than its size says"))
}

fn over_white(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u32::from(colour), u32::from(alpha));
    ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// Checks that [`square`] makes pictures of `side` pixels.
///
/// # Errors
/// [`Error::Parameter`] when it is zero or over [`MAX_SIDE`].
pub fn check_side(side: u32) -> Result<()> {
    if (1..=MAX_SIDE).contains(&side) {
        return Ok(());
    }
    let problem = format!("{side} pixels a side are not from 1 to {MAX_SIDE}");
    Err(Error::parameter("--resolution", problem))
}

/// The largest centred square of `picture`, resized to `side` pixels with a Lanczos filter of three
/// lobes (antialiased, as Pillow's).
///
/// # Errors
/// As [`check_side`].
pub fn square(picture: &RgbImage, side: u32) -> Result<RgbImage> {
    check_side(side)?;
    let (width, height) = picture.dimensions();
    let cut = width.min(height);
    let (left, top) = ((width - cut) / 2, (height - cut) / 2);
    let failed = |e: String| Error::parameter("--resolution", format!("cannot resize: {e}"));
    let whole = ImageRef::new(width, height, picture.as_raw(), PixelType::U8x3)
        .map_err(|e| failed(e.to_string()))?;
    let part = CroppedImage::new(&whole, left, top, cut, cut).map_err(|e| failed(e.to_string()))?;
    let mut resized = Image::new(side, side, PixelType::U8x3);
    Resizer::new().resize(&part, &mut resized, None).map_err(|e| failed(e.to_string()))?;
    RgbImage::from_raw(side, side, resized.into_vec()).ok_or_else(|| failed("no memory".into()))
}

/// The samples of `picture` as planes: all of red, then green, then blue.
pub fn to_planes(picture: &RgbImage) -> Vec<u8> {
    let pixels = picture.as_raw().as_chunks::<3>().0;
    (0..3).flat_map(|channel| pixels.iter().map(move |pixel| pixel[channel])).collect()
}
