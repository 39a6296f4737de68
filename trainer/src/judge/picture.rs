//! Pictures of 8-bit RGB in the forms that they are needed in.

use image::RgbImage;
use polyinr::{Channels, Raster, Samples};
use sha2::{Digest as _, Sha256};
use tch::{Device, Kind, Tensor};

use crate::data::samples::bytes;
use crate::error::Result;
use crate::metrics::hexadecimal;

/// A picture as the library has it.
///
/// # Errors
/// [`Error::Library`](crate::Error::Library) when it is empty or too large.
pub fn raster(picture: RgbImage) -> Result<Raster> {
    let (width, height) = picture.dimensions();
    Ok(Raster::new(width, height, Channels::Rgb, Samples::U8(picture.into_raw()))?)
}

/// A picture as the crate `image` has it.
pub fn image(picture: &Raster) -> RgbImage {
    let samples = bytes(picture).to_vec();
    RgbImage::from_raw(picture.width(), picture.height(), samples).expect("RGB of 8 bits")
}

/// A picture as networks see it: `[1, 3, rows, columns]`, 0 to 1.
pub fn tensor(picture: &Raster, device: Device) -> Tensor {
    let size = [i64::from(picture.height()), i64::from(picture.width()), 3];
    let rows = Tensor::from_slice(bytes(picture)).view(size).to_device(device);
    rows.permute([2, 0, 1]).unsqueeze(0).to_kind(Kind::Float) / 255.0
}

/// What stands for the contents of pictures and for `more`: a SHA-256 in hexadecimal.
pub fn key(pictures: &[&Raster], more: &str) -> String {
    let mut hash = Sha256::new();
    for picture in pictures {
        hash.update(picture.width().to_le_bytes());
        hash.update(picture.height().to_le_bytes());
        hash.update(bytes(picture));
    }
    hash.update(more);
    hexadecimal(&hash.finalize())
}
