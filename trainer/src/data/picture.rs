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

/// Decodes a PNG, JPEG, WebP or TIFF file to 8-bit RGB, turned upright as its EXIF says; `name`
/// stands for it in messages.
///
/// 16-bit and float samples are rounded to 8 bits, grey becomes RGB, transparent pixels are laid
/// over white, and CMYK is converted without its profile. Colour profiles are not applied.
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

#[cfg(test)]
mod tests {
    use super::super::tests::smooth;
    use super::*;
    use image::ImageFormat;
    use polyinr::{Format, Metadata, Picture};

    /// What Pillow 13 makes of [`patterned`] pictures, cut square and resized by `LANCZOS`.
    const REDUCED: [u8; 48] = [
        128, 129, 131, 125, 123, 126, 126, 134, 124, 139, 130, 118, 138, 122, 128, 125, 123, 121,
        131, 132, 134, 131, 131, 136, 110, 137, 117, 129, 122, 135, 132, 124, 123, 128, 123, 127,
        98, 148, 98, 122, 140, 113, 130, 119, 117, 133, 127, 120,
    ];
    const ENLARGED: [u8; 108] = [
        51, 121, 183, 76, 132, 122, 115, 168, 62, 134, 199, 103, 162, 145, 145, 178, 92, 156, 112,
        87, 162, 90, 108, 146, 79, 157, 118, 117, 189, 107, 157, 138, 130, 171, 88, 150, 170, 88,
        112, 124, 96, 161, 75, 131, 177, 99, 168, 94, 140, 119, 99, 160, 66, 141, 126, 169, 80,
        151, 127, 132, 151, 104, 150, 101, 150, 70, 117, 105, 84, 153, 47, 133, 83, 170, 145, 134,
        117, 135, 157, 73, 124, 86, 120, 127, 98, 136, 118, 140, 127, 110, 72, 136, 206, 111, 94,
        151, 129, 59, 119, 72, 102, 181, 92, 166, 150, 133, 196, 95,
    ];

    /// Rough, but of a contrast that leaves room for what overshoots.
    fn patterned(width: u32, height: u32) -> RgbImage {
        let value = |x: u32, y: u32, c| (64 + (x * 37 + y * 91 + c * 53 + x * y * 7) % 128) as u8;
        RgbImage::from_fn(width, height, |x, y| image::Rgb([0u32, 1, 2].map(|c| value(x, y, c))))
    }

    fn worst(a: &[u8], b: &[u8]) -> u8 {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
    }

    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn squares_are_those_of_pillow() {
        for (width, height, side, pillow) in [(23, 17, 4, &REDUCED[..]), (4, 5, 6, &ENLARGED)] {
            let made = square(&patterned(width, height), side).unwrap();
            let worst = worst(made.as_raw(), pillow);
            assert!(worst <= 1, "{width}x{height} to {side}: {worst}");
        }
    }

    #[test]
    fn the_middle_is_kept_as_it_is() {
        let made = square(&smooth(9, 4), 4).unwrap();
        assert_eq!(made, image::imageops::crop_imm(&smooth(9, 4), 2, 0, 4, 4).to_image());
        assert_eq!(to_planes(&made)[..4], [2, 3, 4, 5]);
        assert_eq!(to_planes(&made)[28..36], [3, 3, 3, 3, 13, 13, 13, 13]);
        for side in [0, MAX_SIDE + 1] {
            assert!(square(&made, side).unwrap_err().to_string().starts_with("--resolution: "));
        }
    }

    #[test]
    fn deep_grey_and_transparent_pictures_become_rgb() {
        let deep = image::ImageBuffer::<image::Luma<u16>, _>::from_raw(2, 1, vec![0u16, 32896]);
        let read = decode(encoded(deep.unwrap(), ImageFormat::Png), "deep").unwrap();
        assert_eq!(read.as_raw(), &[0, 0, 0, 128, 128, 128]);
        let pixels = vec![10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 200, 51];
        let clear = image::RgbaImage::from_raw(3, 1, pixels).unwrap();
        let read = decode(encoded(clear, ImageFormat::Png), "clear").unwrap();
        assert_eq!(read.as_raw(), &[10, 20, 30, 255, 255, 255, 204, 224, 244]);
        let grey = image::GrayAlphaImage::from_raw(2, 1, vec![7, 255, 7, 0]).unwrap();
        let read = decode(encoded(grey, ImageFormat::Png), "grey").unwrap();
        assert_eq!(read.as_raw(), &[7, 7, 7, 255, 255, 255]);
    }

    #[test]
    fn pictures_for_printing_become_rgb() {
        let bytes = include_bytes!("../../../fuzz/corpus/jpeg/cmyk.jpg");
        let read = decode(bytes.to_vec(), "cmyk.jpg").unwrap();
        assert_eq!(read.dimensions(), (17, 9));
        // As Pillow converts them.
        for (x, y, pillow) in [(0, 0, [0, 33, 78]), (10, 0, [91, 138, 173]), (5, 6, [90, 111, 148])]
        {
            let worst = worst(&read[(x, y)].0, &pillow);
            assert!(worst <= 6, "({x}, {y}): {:?}, {pillow:?}", read[(x, y)]);
        }
    }

    #[test]
    fn sideways_pictures_are_turned_upright() {
        let raster = Raster::new(2, 1, Channels::Gray, Samples::U8(vec![1, 2])).unwrap();
        // A block of one entry: orientation (0x112), a short, 6: the first row is the right side.
        let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        let metadata = Metadata { exif: Some(exif), ..Metadata::default() };
        let read = decode(Picture { raster, metadata }.encode(Format::Png).unwrap(), "turned");
        let read = read.unwrap();
        assert_eq!((read.dimensions(), read.as_raw()), ((1, 2), &vec![1, 1, 1, 2, 2, 2]));
    }

    #[test]
    fn damaged_files_are_named() {
        let mut jpeg = encoded(smooth(40, 40), ImageFormat::Jpeg);
        jpeg.truncate(jpeg.len() / 2);
        let mut png = encoded(smooth(40, 40), ImageFormat::Png);
        png.truncate(png.len() / 2);
        for bytes in [jpeg, png, b"text".to_vec(), Vec::new()] {
            let message = decode(bytes, "a.jpg").unwrap_err().to_string();
            assert!(message.starts_with("a.jpg: "), "{message}");
        }
    }
}
