//! How much is added on each side.

use std::str::FromStr;

use crate::error::{Error, Result};
use crate::raster::check_size;

/// What is added on one side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Margin {
    /// So many pixels.
    Pixels(u32),
    /// This share of the picture's width (left, right) or height (top, bottom), 0.25 for a quarter,
    /// rounded to whole pixels.
    Share(f64),
}

impl Margin {
    /// Largest share.
    pub const MAX_SHARE: f64 = 100.0;

    /// In pixels, for a side of `length` pixels.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a share below 0, above [`MAX_SHARE`](Self::MAX_SHARE) or not finite.
    pub fn resolve(self, length: u32) -> Result<u32> {
        match self {
            Self::Pixels(pixels) => Ok(pixels),
            Self::Share(share) if (0.0..=Self::MAX_SHARE).contains(&share) => {
                Ok((f64::from(length) * share).round().min(4e9) as u32)
            }
            Self::Share(share) => {
                let most = Self::MAX_SHARE * 100.0;
                let problem = format!("{} % is not in 0 to {most} %", share * 100.0);
                Err(Error::parameter("margin", problem))
            }
        }
    }
}

impl FromStr for Margin {
    type Err = Error;

    /// `40`, `40px` or `12.5%`.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            let problem = format!("{text:?} is none; give pixels or per cent, as 40px or 12.5%");
            Error::parameter("margin", problem)
        };
        let trimmed = text.trim();
        match trimmed.strip_suffix('%') {
            Some(number) => {
                let percent: f64 = number.trim().parse().map_err(|_| wrong())?;
                let margin = Self::Share(percent / 100.0);
                margin.resolve(1).map(|_| margin)
            }
            None => {
                let number = trimmed.strip_suffix("px").unwrap_or(trimmed).trim();
                number.parse().map(Self::Pixels).map_err(|_| wrong())
            }
        }
    }
}

/// What is added on the four sides.
///
/// ```
/// use polyinr::ops::{Margin, Margins};
///
/// let margins: Margins = "25%,0,40px".parse()?;
/// assert_eq!((margins.bottom, margins.left), (Margin::Pixels(40), Margin::Pixels(0)));
/// assert_eq!(margins.resolve(640, 480)?, [120, 0, 40, 0]);
/// # Ok::<(), polyinr::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margins {
    /// Above.
    pub top: Margin,
    /// On the right.
    pub right: Margin,
    /// Below.
    pub bottom: Margin,
    /// On the left.
    pub left: Margin,
}

impl Margins {
    /// The same on all sides.
    pub fn all(margin: Margin) -> Self {
        Self { top: margin, right: margin, bottom: margin, left: margin }
    }

    /// Pixels on top, on the right, at the bottom and on the left of a picture of `width x height`.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`Margin::resolve`], when nothing is added on any side, and when
    /// the result were too large.
    pub fn resolve(&self, width: u32, height: u32) -> Result<[u32; 4]> {
        let sides = [
            self.top.resolve(height)?,
            self.right.resolve(width)?,
            self.bottom.resolve(height)?,
            self.left.resolve(width)?,
        ];
        if sides == [0; 4] {
            let problem = "nothing is added on any side; give more";
            return Err(Error::parameter("margin", problem));
        }
        let whole = |length: u32, [a, b]: [u32; 2]| length.saturating_add(a).saturating_add(b);
        let across = whole(width, [sides[1], sides[3]]);
        let down = whole(height, [sides[0], sides[2]]);
        check_size(across, down).map_err(|e| {
            Error::parameter("margin", format!("it would make {across}x{down} pixels; {e}"))
        })?;
        Ok(sides)
    }
}

impl Default for Margins {
    /// An eighth on all sides.
    fn default() -> Self {
        Self::all(Margin::Share(0.125))
    }
}

impl FromStr for Margins {
    type Err = Error;

    /// One to four [`Margin`]s with commas between, in the order of CSS: all sides; top and bottom,
    /// left and right; top, left and right, bottom; top, right, bottom, left.
    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<Margin> = text.split(',').map(str::parse).collect::<Result<_>>()?;
        let [top, right, bottom, left] = match parts[..] {
            [all] => [all; 4],
            [down, across] => [down, across, down, across],
            [top, across, bottom] => [top, across, bottom, across],
            [top, right, bottom, left] => [top, right, bottom, left],
            _ => {
                let problem =
                    format!("{text:?} are too many; give 1 to 4, as top,right,bottom,left");
                return Err(Error::parameter("margin", problem));
            }
        };
        Ok(Self { top, right, bottom, left })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_css() {
        let resolved = |text: &str| text.parse::<Margins>().unwrap().resolve(200, 100).unwrap();
        assert_eq!(resolved("25%"), [25, 50, 25, 50]);
        assert_eq!(resolved("10%,0"), [10, 0, 10, 0]);
        assert_eq!(resolved("1, 2px ,3"), [1, 2, 3, 2]);
        assert_eq!(resolved("1,2,3,4"), [1, 2, 3, 4]);
    }

    #[test]
    fn nonsense_is_refused() {
        for wrong in ["", "x", "-1", "1.5", "-5%", "nan%", "inf%", "1,,2", "1,2,3,4,5", "5em"] {
            assert!(wrong.parse::<Margins>().is_err(), "{wrong}");
        }
        let resolve = |text: &str| text.parse::<Margins>().and_then(|m| m.resolve(200, 100));
        assert!(resolve("0").is_err() && resolve("0%").is_err());
        assert!(resolve("4000000000").is_err() && resolve("10001%").is_err());
        assert!(Margin::Share(f64::NAN).resolve(4).is_err());
    }
}
