//! Enlarging images with fixed filters, for comparison with a denser grid.

use std::ops::Range;

use tch::{Kind, Tensor};

use super::source::Source;
use crate::error::Result;

/// A filter that enlarges images; all place pixel centres at halves (corners not aligned).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The nearest pixel.
    Nearest,
    /// Two by two pixels.
    Bilinear,
    /// Four by four pixels, Keys' cubic with a = -0.75.
    Bicubic,
}

impl Filter {
    /// All of them, in the order of the paper's table 3.
    pub const ALL: [Self; 3] = [Self::Nearest, Self::Bilinear, Self::Bicubic];

    /// Its name in figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Bilinear => "bilinear",
            Self::Bicubic => "bicubic",
        }
    }

    /// `images [b, 3, h, w]` of bytes at `[b, 3, side, side]`, rounded to bytes again.
    pub fn enlarge(self, images: &Tensor, side: i64) -> Tensor {
        let images = images.to_kind(Kind::Float);
        let size = [side, side];
        let enlarged = match self {
            Self::Nearest => images.upsample_nearest2d(size, None, None),
            Self::Bilinear => images.upsample_bilinear2d(size, false, None, None),
            Self::Bicubic => images.upsample_bicubic2d(size, false, None, None),
        };
        enlarged.round().clamp(0, 255).to_kind(Kind::Uint8)
    }
}

/// The images of another source, enlarged.
pub struct Enlarged<'a> {
    /// Where the images come from.
    pub source: &'a mut dyn Source,
    /// What enlarges them.
    pub filter: Filter,
    /// To which width and height.
    pub side: i64,
}

impl Source for Enlarged<'_> {
    fn len(&self) -> usize {
        self.source.len()
    }

    fn labels(&self) -> Option<Tensor> {
        self.source.labels()
    }

    fn batch(&mut self, range: Range<usize>) -> Result<Tensor> {
        Ok(self.filter.enlarge(&self.source.batch(range)?, self.side))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::golden;

    #[test]
    fn filters_are_their_formulas() {
        let golden = golden::metrics();
        let images = &golden["upsampling.images"];
        for filter in Filter::ALL {
            let expected = &golden[&format!("upsampling.{}", filter.name())];
            let difference = (filter.enlarge(images, expected.size()[3]).to_kind(Kind::Int)
                - expected.to_kind(Kind::Int))
            .abs();
            // A value that lies on a half before rounding may fall to either side.
            assert!(difference.max().int64_value(&[]) <= 1, "{filter:?}");
            assert!(difference.mean(Kind::Float).double_value(&[]) < 0.01, "{filter:?}");
        }
    }
}
