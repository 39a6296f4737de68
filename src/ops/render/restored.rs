//! The size that suits a picture's network, and results brought back to what the picture holds.

use crate::engine::RowSink;
use crate::error::Result;
use crate::field::Plane;
use crate::raster::Survey;
use crate::view::View;

/// Width and height to which a picture of `size` pixels is reduced before `view` looks at it, so that
/// no side has more pixels than the view tells apart.
pub(super) fn reduction(view: &View, size: [u32; 2]) -> [u32; 2] {
    let map = view.map();
    std::array::from_fn(|axis| {
        // Output pixels that the picture would take along this axis.
        let seen = map[axis][0].hypot(map[axis][1]).recip();
        let side = f64::from(size[axis]);
        match seen < side * (1.0 - 1e-9) {
            true => (seen - 1e-6).ceil().clamp(1.0, side) as u32,
            false => size[axis],
        }
    })
}

/// Brings a network's rows back to what its picture holds: into its range, grey where it is grey, of
/// one colour where it has one, without values where it has none. Alpha is clamped, and so is colour
/// beside alpha.
pub(super) struct Restored<'a> {
    survey: Survey,
    plane: Plane,
    view: View,
    size: [u32; 2],
    sink: &'a mut dyn RowSink,
    rows: Vec<f32>,
}

impl<'a> Restored<'a> {
    /// Of `plane` of a picture of `size` pixels, seen through `view`.
    pub fn new(
        survey: &Survey,
        plane: Plane,
        view: &View,
        size: [u32; 2],
        sink: &'a mut dyn RowSink,
    ) -> Self {
        Self { survey: survey.clone(), plane, view: *view, size, sink, rows: Vec::new() }
    }

    /// Whether rows are right as they are.
    fn is_plain(&self) -> bool {
        let Survey { gray, opaque, flat, .. } = self.survey;
        let plain = !gray && opaque && flat.is_none() && self.survey.is_plain();
        self.plane == Plane::Colour && plain
    }

    fn restore(&mut self, first_row: u32) {
        let Self { survey, plane, rows, .. } = self;
        if *plane == Plane::Alpha {
            let alpha = |p: &[f32]| survey.alpha.unwrap_or_else(|| mean(p).clamp(0.0, 1.0));
            return rows.chunks_exact_mut(3).for_each(|p| p.fill(alpha(p)));
        }
        if let Some(colour) = survey.flat {
            rows.chunks_exact_mut(3).for_each(|p| p.copy_from_slice(&colour));
            return self.put_gaps(first_row);
        }
        if survey.gray {
            rows.chunks_exact_mut(3).for_each(|p| p.fill(mean(p)));
        }
        if !survey.range.is_unit() {
            rows.iter_mut().for_each(|v| *v = survey.range.back(*v));
        }
        if !survey.opaque {
            let [least, most] = survey.bounds;
            rows.iter_mut().for_each(|v| *v = v.clamp(least, most));
        }
        self.put_gaps(first_row);
    }

    /// Puts back what the picture holds instead of values, into the pixels that lie in its pixels.
    fn put_gaps(&mut self, first_row: u32) {
        let Some(gaps) = &self.survey.gaps else { return };
        let upright = self.view.is_upright();
        let inside = |at: f64, side: u32| {
            let side = f64::from(side);
            (at * side).floor().clamp(0.0, side - 1.0) as usize
        };
        let lines = self.rows.chunks_exact_mut(self.view.width() as usize * 3);
        for (row, line) in (i64::from(first_row)..).zip(lines) {
            if upright && gaps.is_whole(inside(self.view.position(0, row).1, self.size[1])) {
                continue;
            }
            for (column, pixel) in line.chunks_exact_mut(3).enumerate() {
                let (x, y) = self.view.position(column as i64, row);
                let (x, y) = (inside(x, self.size[0]), inside(y, self.size[1]));
                for (colour, value) in pixel.iter_mut().enumerate() {
                    *value = gaps.at(x, y, colour).unwrap_or(*value);
                }
            }
        }
    }
}

impl RowSink for Restored<'_> {
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()> {
        if self.is_plain() {
            return self.sink.rows(first_row, pixels);
        }
        self.rows.clear();
        self.rows.extend_from_slice(pixels);
        self.restore(first_row);
        self.sink.rows(first_row, &self.rows)
    }
}

/// Mean of red, green and blue.
fn mean(pixel: &[f32]) -> f32 {
    (pixel[0] + pixel[1] + pixel[2]) / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Grid, Window};

    #[test]
    fn a_picture_is_reduced_to_what_is_told_apart() {
        let view = |window, w, h| View::new(window, w, h, Grid::Edges).unwrap();
        let of = |view: &View| reduction(view, [100, 80]);
        assert_eq!(of(&view(Window::UNIT, 100, 80)), [100, 80]);
        assert_eq!(of(&view(Window::UNIT, 33, 200)), [33, 80]);
        assert_eq!(of(&view(Window::UNIT, 1, 1)), [1, 1]);
        assert_eq!(of(&view(Window::new(0.5, 1.0, 0.0, 0.5), 20, 20)), [40, 40]);
        assert_eq!(of(&view(Window::new(0.9, 0.1, 0.0, 1.0), 90, 90)), [100, 80]);
        let turned = view(Window::UNIT, 50, 40).rotated(90.0).unwrap();
        assert_eq!(of(&turned), [50, 40]);
        let whole = view(Window::UNIT, 30, 30);
        assert_eq!(of(&whole), of(&whole.part(7..9, 3..4).unwrap()));
    }
}
