//! Figures of merit: plain resampling to compare with, PSNR and SSIM.
//!
//! The protocol for super-resolution: the high-resolution picture is [`crop`]ped to a multiple of
//! the factor and [`resize`]d with the antialiased bicubic filter, rounded to 8 bits; the result of
//! whatever is measured is rounded to 8 bits, and compared on the BT.601 luma with `factor` pixels
//! cut from each border.
//!
//! ```
//! use polyinr::{Channels, Raster, Samples, metrics};
//!
//! let samples = (0..48 * 32 * 3).map(|i| (i % 251) as u8).collect();
//! let picture = Raster::new(48, 32, Channels::Rgb, Samples::U8(samples))?;
//! let small = metrics::resize(&picture, 24, 16, metrics::Filter::Bicubic)?;
//! let large = metrics::resize(&small, 48, 32, metrics::Filter::Lanczos)?;
//! let score = metrics::compare(&picture, &large, 2)?;
//! assert!(score.psnr > 5.0 && score.ssim < 1.0);
//! # Ok::<(), polyinr::Error>(())
//! ```

mod compress;
mod quality;
mod resize;

pub use compress::{Chroma, compress};
pub use quality::{Luma, Score, compare, compare_where, psnr};
pub use resize::{Resizer, resize, resize_centres};

pub use crate::raster::Filter;

use crate::error::{Error, Result};
use crate::raster::{Channels, Raster, Samples, in_range, to_u8};

/// The largest square in the middle of `raster`, at 8 bits.
///
/// # Errors
/// None that a valid raster could cause.
pub fn central_square(raster: &Raster) -> Result<Raster> {
    let side = raster.width().min(raster.height());
    let (left, top) = ((raster.width() - side) / 2, (raster.height() - side) / 2);
    let count = raster.channels().count();
    let from = raster.width() as usize * count;
    let columns = left as usize * count..(left + side) as usize * count;
    let samples = eight_bits(raster);
    let rows = samples.chunks_exact(from).skip(top as usize).take(side as usize);
    let square = rows.flat_map(|row| &row[columns.clone()]).copied().collect();
    Raster::new(side, side, raster.channels(), Samples::U8(square))
}

/// The part of `raster` from its top left corner that is a multiple of `factor` on both sides.
///
/// # Errors
/// [`Error::Parameter`] when nothing is left.
pub fn crop(raster: &Raster, factor: u32) -> Result<Raster> {
    let cut = |side: u32| side.checked_rem(factor).map_or(0, |rest| side - rest);
    let (width, height) = (cut(raster.width()), cut(raster.height()));
    if width == 0 || height == 0 {
        return Err(Error::parameter(
            "scale",
            format!(
                "a picture of {}x{} has no part divisible by {factor}",
                raster.width(),
                raster.height()
            ),
        ));
    }
    let count = raster.channels().count();
    let (from, to) = (raster.width() as usize * count, width as usize * count);
    let rows = |v: &[u8]| {
        v.chunks_exact(from).take(height as usize).flat_map(|r| &r[..to]).copied().collect()
    };
    Raster::new(width, height, raster.channels(), Samples::U8(rows(&eight_bits(raster))))
}

/// `raster` as 8-bit RGB; alpha is left out. Floats that leave 0 to 1 are brought into that range.
///
/// # Errors
/// None that a valid raster could cause.
pub fn rgb8(raster: &Raster) -> Result<Raster> {
    let (_, raster) = in_range(raster, None)?;
    let raster = &*raster;
    let count = raster.channels().count();
    let gray = raster.channels().is_gray();
    let samples = eight_bits(raster);
    let pixel = |p: &[u8]| if gray { [p[0]; 3] } else { [p[0], p[1], p[2]] };
    let rgb = samples.chunks_exact(count).flat_map(pixel).collect();
    Raster::new(raster.width(), raster.height(), Channels::Rgb, Samples::U8(rgb))
}

/// The samples of `raster`, rounded to 8 bits.
fn eight_bits(raster: &Raster) -> std::borrow::Cow<'_, [u8]> {
    match raster.samples() {
        Samples::U8(v) => v.into(),
        other => (0..other.len()).map(|i| to_u8(other.get(i))).collect::<Vec<_>>().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    /// Values that Pillow and NumPy gave: `tests/golden/metrics.py` makes them.
    #[derive(Deserialize)]
    pub(super) struct Golden {
        pub source: Picture,
        pub resized: Vec<Resized>,
        pub scores: Vec<Scored>,
    }

    #[derive(Deserialize)]
    pub(super) struct Picture {
        pub size: [u32; 2],
        pub rgb: Vec<u8>,
    }

    #[derive(Deserialize)]
    pub(super) struct Resized {
        pub filter: String,
        pub picture: Picture,
    }

    #[derive(Deserialize)]
    pub(super) struct Scored {
        pub picture: Picture,
        pub border: u32,
        pub psnr: f64,
        pub ssim: f64,
    }

    impl Golden {
        pub fn read() -> Self {
            let json = include_str!("../../tests/golden/metrics.json");
            serde_json::from_str(json).expect("golden values")
        }
    }

    pub(super) fn raster(picture: &Picture) -> Raster {
        let [width, height] = picture.size;
        let samples = Samples::U8(picture.rgb.clone());
        Raster::new(width, height, Channels::Rgb, samples).expect("golden picture")
    }

    #[test]
    fn crops_from_the_top_left() {
        let samples: Vec<u8> = (0..5 * 4).collect();
        let picture = Raster::new(5, 4, Channels::Gray, Samples::U8(samples)).unwrap();
        let cropped = crop(&picture, 3).unwrap();
        assert_eq!((cropped.width(), cropped.height()), (3, 3));
        assert_eq!(*cropped.samples(), Samples::U8(vec![0, 1, 2, 5, 6, 7, 10, 11, 12]));
        assert!(crop(&picture, 6).is_err());
    }

    #[test]
    fn squares_are_cut_from_the_middle() {
        let samples: Vec<u8> = (0..5 * 2).collect();
        let wide = Raster::new(5, 2, Channels::Gray, Samples::U8(samples.clone())).unwrap();
        assert_eq!(*central_square(&wide).unwrap().samples(), Samples::U8(vec![1, 2, 6, 7]));
        let high = Raster::new(2, 5, Channels::Gray, Samples::U8(samples)).unwrap();
        assert_eq!(*central_square(&high).unwrap().samples(), Samples::U8(vec![2, 3, 4, 5]));
    }

    #[test]
    fn grey_and_alpha_become_rgb() {
        let picture = Raster::new(1, 1, Channels::GrayAlpha, Samples::U16(vec![65535, 0])).unwrap();
        assert_eq!(*rgb8(&picture).unwrap().samples(), Samples::U8(vec![255; 3]));
    }
}
