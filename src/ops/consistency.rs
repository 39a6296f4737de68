//! Scale consistency after CREPS (Nguyen et al., CVPR 2023): a picture at one size against the same at
//! twice the size, reduced.
//!
//! A field is looked at as points, a pixel each; a reduced picture is averaged over a few. The two
//! agree as far as the field holds no detail finer than the pixels. Real pictures, reduced from a
//! larger original to both sizes, are band-limited already: their figure is what can be expected.
//!
//! On which grid the samples lie matters. With [`Grid::Edges`], the samples of the double size lie
//! in pairs around those of the single one, and an ordinary reduction compares like with like. With
//! [`Grid::Centres`] (the paper's grid, both ends included) samples `i / (R - 1)` are compared with
//! samples `k / (2R - 1)`. An ordinary reduction, which CREPS takes, puts them up to a quarter of a
//! pixel inwards at the borders; what it measures is that shift as well. A filter that is centred
//! where the samples lie measures consistency alone.

use super::render::render_to_vec;
use crate::control::Control;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::field::Field;
use crate::metrics::{Filter, Score, central_square, compare, resize, resize_centres, rgb8};
use crate::raster::{Raster, Samples};
use crate::view::{Grid, View, Window};

/// How near a picture is to the same at twice the size, reduced with the antialiased bicubic filter;
/// on luma, rounded to 8 bits, as [`compare`] does it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Consistency {
    /// On the half-pixel grid.
    pub edges: Score,
    /// On the grid of both ends, the filter centred where samples lie.
    pub centres: Score,
    /// On the grid of both ends by an ordinary reduction, as CREPS does it.
    pub centres_resized: Score,
}

impl Consistency {
    /// From a picture of `side` pixels on a grid, and one of twice that, reduced.
    fn of(side: u32, border: u32, look: impl Fn(u32, Grid) -> Result<Raster>) -> Result<Self> {
        let twice = twice(side)?;
        let pair = |grid| Ok((look(side, grid)?, look(twice, grid)?));
        let (small, large) = pair(Grid::Edges)?;
        let edges = compare(&small, &resize(&large, side, side, Filter::Bicubic)?, border)?;
        let (small, large) = pair(Grid::Centres)?;
        let centred = resize_centres(&large, side, side, Filter::Bicubic)?;
        let resized = resize(&large, side, side, Filter::Bicubic)?;
        Ok(Self {
            edges,
            centres: compare(&small, &centred, border)?,
            centres_resized: compare(&small, &resized, border)?,
        })
    }
}

/// Looks at `field` at `side` and at twice `side` pixels square; `border` pixels are cut from each
/// side before the comparison.
///
/// # Errors
/// [`Error::Parameter`] when a size is too large or too little is left to compare; as
/// [`render`](super::render).
pub fn consistency(
    engine: &dyn Engine,
    field: &Field,
    side: u32,
    border: u32,
    control: &Control<'_>,
) -> Result<Consistency> {
    Consistency::of(side, border, |side, grid| {
        let view = View::new(Window::UNIT, side, side, grid)?;
        let control = Control::with_cancel(control.cancel_token().clone());
        let samples = Samples::F32(render_to_vec(engine, field, &view, &control)?);
        Raster::new(side, side, field.channels(), samples)
    })
}

/// How many times larger than the smaller size a real picture is at least, so that it is reduced to
/// both sizes. At exactly twice the size the two would be the same by construction.
pub const LEAST_REDUCTION: u32 = 3;

/// The same for the square in the middle of a real picture, which is reduced to both sizes from
/// itself.
///
/// # Errors
/// [`Error::Parameter`] when the picture is smaller than [`LEAST_REDUCTION`] times `side`, or too
/// little is left to compare.
pub fn picture_consistency(picture: &Raster, side: u32, border: u32) -> Result<Consistency> {
    let square = rgb8(&central_square(picture)?)?;
    if square.width() / LEAST_REDUCTION < side {
        let (width, height) = (picture.width(), picture.height());
        return Err(Error::parameter(
            "size",
            format!("{width}x{height} is smaller than {LEAST_REDUCTION} times {side} pixels"),
        ));
    }
    Consistency::of(side, border, |side, grid| match grid {
        Grid::Edges => resize(&square, side, side, Filter::Bicubic),
        Grid::Centres => resize_centres(&square, side, side, Filter::Bicubic),
    })
}

fn twice(side: u32) -> Result<u32> {
    side.checked_mul(2).ok_or_else(|| Error::parameter("size", format!("{side} is too large")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Channels;

    /// Waves of so many pixels a period.
    fn waves(side: u32, period: f64) -> Raster {
        let value = |i: u32| {
            let (x, y) = (f64::from(i % side), f64::from(i / side));
            let wave = (x * std::f64::consts::TAU / period).sin() * (y / period).cos();
            (127.0 + 100.0 * wave).round() as u8
        };
        let samples = (0..side * side).flat_map(|i| [value(i); 3]).collect();
        Raster::new(side, side, Channels::Rgb, Samples::U8(samples)).unwrap()
    }

    #[test]
    fn a_smooth_picture_is_consistent_and_a_shift_costs() {
        let Consistency { edges, centres, centres_resized } =
            picture_consistency(&waves(256, 60.0), 32, 4).unwrap();
        assert!(edges.psnr > 35.0 && edges.ssim > 0.99, "{edges:?}");
        assert!(centres.psnr > 35.0 && centres.ssim > 0.99, "{centres:?}");
        assert!(centres_resized.psnr < centres.psnr - 3.0, "{centres_resized:?} {centres:?}");
    }

    #[test]
    fn too_small_is_said() {
        let said = |side| picture_consistency(&waves(40, 9.0), side, 0).unwrap_err().to_string();
        assert!(said(14).contains("smaller than 3 times 14"));
        assert!(said(u32::MAX).contains("smaller"));
        assert!(said(5).contains("11 pixels"));
    }
}
