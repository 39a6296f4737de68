//! Positions that graphs are run at.

use std::ops::Range;

use super::coordinates::Pixels;

/// Positions in an order.
pub(super) enum Points<'a> {
    /// Pixels of a view, row by row.
    View(Pixels<'a>),
    /// Any.
    Listed(&'a [[f32; 2]]),
}

impl Points<'_> {
    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        match self {
            Self::View(pixels) => pixels.count(),
            Self::Listed(positions) => positions.len() as u64,
        }
    }

    /// Pixels a row, where those of a row have one y and those of a column one x.
    pub(super) fn upright_width(&self) -> Option<u64> {
        match self {
            Self::View(pixels) => pixels.upright_width(),
            Self::Listed(_) => None,
        }
    }

    /// Field coordinates x and y.
    pub(super) fn position(&self, number: u64) -> [f64; 2] {
        match self {
            Self::View(pixels) => pixels.position(number),
            Self::Listed(positions) => positions[number as usize].map(f64::from),
        }
    }

    /// Those of a span.
    pub(super) fn positions(&self, span: Range<u64>) -> impl Iterator<Item = [f64; 2]> {
        span.map(|number| self.position(number))
    }
}
