//! How large a picture becomes.

use crate::error::{Error, Result};
use crate::raster::{MAX_SIDE, check_size};

/// How large a picture becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    /// Both sides times this, rounded to whole pixels, at least one.
    Factor(f64),
    /// Exactly this width and height in pixels.
    Exact(u32, u32),
    /// This width in pixels; the height follows from the picture's shape, rounded to whole pixels,
    /// at least one.
    Width(u32),
    /// This height in pixels; the width follows likewise.
    Height(u32),
    /// The largest size of the picture's shape that is within this width and height in pixels: one
    /// side is as long, the other follows.
    Within(u32, u32),
}

impl Size {
    /// Largest factor.
    pub const MAX_FACTOR: f64 = 1000.0;

    /// Width and height for a picture of `width x height` pixels.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the factor is not in 0.01 to [`MAX_FACTOR`](Self::MAX_FACTOR), or
    /// one of the sizes is zero or too large.
    pub fn resolve(self, width: u32, height: u32) -> Result<(u32, u32)> {
        check_size(width, height)?;
        let name = if matches!(self, Self::Factor(_)) { "scale" } else { "size" };
        let (width, height) = match self {
            Self::Width(to) => (to, followed(height, to, width)),
            Self::Height(to) => (followed(width, to, height), to),
            Self::Within(across, down) => {
                // Compared without rounding: across / width with down / height.
                match u64::from(across) * u64::from(height) <= u64::from(down) * u64::from(width) {
                    true => (across, followed(height, across, width).min(down)),
                    false => (followed(width, down, height).min(across), down),
                }
            }
            Self::Exact(width, height) => (width, height),
            Self::Factor(f) if (0.01..=Self::MAX_FACTOR).contains(&f) => {
                let scaled = |side: u32| (f64::from(side) * f).round().clamp(1.0, 4e9) as u32;
                (scaled(width), scaled(height))
            }
            Self::Factor(f) => {
                return Err(Error::parameter(
                    "scale",
                    format!("{f:?} is not in 0.01 to {}", Self::MAX_FACTOR),
                ));
            }
        };
        check_size(width, height).map_err(|_| {
            Error::parameter(
                name,
                format!(
                    "{width}x{height} pixels are asked for; 1 to {MAX_SIDE} a side are possible"
                ),
            )
        })?;
        Ok((width, height))
    }
}

/// The length of a `side` whose neighbour becomes `to` instead of `from` pixels long.
fn followed(side: u32, to: u32, from: u32) -> u32 {
    let (side, to, from) = (u64::from(side), u64::from(to), u64::from(from));
    u32::try_from(((side * to + from / 2) / from).max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sides_follow() {
        let of = |size: Size, from: (u32, u32)| size.resolve(from.0, from.1).unwrap();
        assert_eq!(of(Size::Width(200), (400, 300)), (200, 150));
        assert_eq!(of(Size::Height(300), (400, 301)), (399, 300));
        assert_eq!(of(Size::Width(3), (1000, 1)), (3, 1));
        assert_eq!(of(Size::Within(200, 300), (400, 300)), (200, 150));
        assert_eq!(of(Size::Within(200, 300), (300, 400)), (200, 267));
        assert_eq!(of(Size::Within(200, 300), (30, 60)), (150, 300));
        assert!(Size::Width(0).resolve(4, 4).is_err());
        assert!(Size::Within(0, 9).resolve(4, 4).is_err());
        assert!(Size::Height(MAX_SIDE).resolve(MAX_SIDE, 1).is_err());
    }

    proptest! {
        #[test]
        fn a_box_holds_the_shape(
            across in 1..5000u32, down in 1..5000u32, width in 1..5000u32, height in 1..5000u32,
        ) {
            let (w, h) = Size::Within(across, down).resolve(width, height).unwrap();
            prop_assert!(w <= across && h <= down && (w == across || h == down));
            // The other side is off by at most half a pixel, or is a single one.
            let scale = (f64::from(across) / f64::from(width))
                .min(f64::from(down) / f64::from(height));
            prop_assert!((f64::from(w) - f64::from(width) * scale).abs() <= 0.5001 || w == 1);
            prop_assert!((f64::from(h) - f64::from(height) * scale).abs() <= 0.5001 || h == 1);
        }
    }
}
