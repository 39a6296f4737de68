//! Views of pictures: which of their pixels an output pixel is made from.

use std::ops::Range;

use crate::field::PictureImage;
use crate::view::{Matrix, View, Window};

/// A rectangle of output pixels.
#[derive(Clone, Debug)]
pub(super) struct Rect {
    pub(super) columns: Range<u32>,
    pub(super) rows: Range<u32>,
}

impl Rect {
    /// Two halves across the longer side; `None` for a single pixel.
    fn halves(&self) -> Option<[Self; 2]> {
        let half = |r: &Range<u32>| {
            let middle = r.start + (r.len() as u32).div_ceil(2);
            (r.start..middle, middle..r.end)
        };
        if self.columns.len() < 2 && self.rows.len() < 2 {
            return None;
        }
        Some(if self.columns.len() >= self.rows.len() {
            let (a, b) = half(&self.columns);
            [a, b].map(|columns| Self { columns, rows: self.rows.clone() })
        } else {
            let (a, b) = half(&self.rows);
            [a, b].map(|rows| Self { columns: self.columns.clone(), rows })
        })
    }
}

/// A view of a picture: from output pixels to input pixels.
pub(super) struct Lens<'a> {
    pub(super) picture: &'a PictureImage,
    pub(super) view: &'a View,
    size: [f64; 2],
}

impl<'a> Lens<'a> {
    pub(super) fn new(picture: &'a PictureImage, view: &'a View) -> Self {
        Self { picture, view, size: [picture.width() as f64, picture.height() as f64] }
    }

    /// Matrix from output pixel indices to input pixels.
    pub(super) fn map(&self) -> Matrix {
        let [x, y] = self.view.map();
        [x.map(|v| v * self.size[0]), y.map(|v| v * self.size[1])]
    }

    /// Input pixels an output pixel: 1/s. Where a warp stretches, it stays that of the view.
    pub(super) fn inverse_scale(&self) -> f64 {
        let [[a, b, _], [c, d, _]] = self.map();
        (a * d - b * c).abs().sqrt()
    }

    /// Whether columns and rows of the output are columns and rows of the picture.
    pub(super) fn upright(&self) -> bool {
        self.view.is_upright()
    }

    /// Where an output pixel lies from the centre of input pixel `(0, 0)`. Outside the picture, its
    /// edge goes on.
    #[inline(always)]
    pub(super) fn place(&self, column: u32, row: u32) -> [f64; 2] {
        let (x, y) = self.view.position(i64::from(column), i64::from(row));
        [self.inside(x, 0), self.inside(y, 1)]
    }

    /// Field coordinate `at` along an axis, in pixels from the centre of pixel 0.
    #[inline(always)]
    fn inside(&self, at: f64, axis: usize) -> f64 {
        (at * self.size[axis]).clamp(0.0, self.size[axis]) - 0.5
    }

    /// Cells (both ends included, unclamped) among which are all that lie upper left of some pixel
    /// of `rect`.
    pub(super) fn cells(&self, rect: &Rect) -> [[i64; 2]; 2] {
        let Window { x0, x1, y0, y1 } = self.view.bounds(rect.columns.clone(), rect.rows.clone());
        let cell = |at: f64, axis: usize| self.inside(at, axis).floor() as i64;
        [[cell(x0, 0), cell(x1, 0)], [cell(y0, 1), cell(y1, 1)]]
    }

    /// `rect` in pieces for which `fits` says yes, as far as that is possible.
    pub(super) fn split(&self, rect: Rect, fits: &dyn Fn(&Rect) -> bool, out: &mut Vec<Rect>) {
        match rect.halves() {
            Some(halves) if !fits(&rect) => {
                halves.into_iter().for_each(|half| self.split(half, fits, out));
            }
            _ => out.push(rect),
        }
    }
}
