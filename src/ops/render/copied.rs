//! Pixels that stay where they are.

use crate::control::Control;
use crate::engine::RowSink;
use crate::error::{Error, Result};
use crate::field::Plane;
use crate::raster::RowSource;
use crate::view::View;

/// How far from a pixel's centre a view's pixel may lie, in pixels, to be that pixel.
const NEAR: f64 = 1e-6;
/// Rows read at a time.
const ROWS: u32 = 16;

/// Alpha of a picture for a view whose pixels are pixels of it.
pub(super) struct Copied {
    source: Box<dyn RowSource>,
    corner: [u32; 2],
}

impl Copied {
    /// Column and row of the pixel of a picture of `size` that the first one of `view` is, where every
    /// pixel of the view is one of the picture and they lie as there; nothing otherwise.
    pub fn corner(view: &View, size: [u32; 2]) -> Option<[u32; 2]> {
        if view.warp().is_some() {
            return None;
        }
        let shown = [view.width(), view.height()];
        let pixels =
            |(x, y): (f64, f64)| [x * f64::from(size[0]) - 0.5, y * f64::from(size[1]) - 0.5];
        let first = pixels(view.position(0, 0));
        let corner = first.map(|place| place.round().max(0.0) as u32);
        let last = pixels(view.position(i64::from(shown[0]) - 1, i64::from(shown[1]) - 1));
        let near = |axis: usize| {
            let end = f64::from(corner[axis]) + f64::from(shown[axis]) - 1.0;
            (first[axis] - f64::from(corner[axis])).abs() < NEAR
                && (last[axis] - end).abs() < NEAR
                && corner[axis].checked_add(shown[axis]).is_some_and(|end| end <= size[axis])
        };
        (view.is_upright() && near(0) && near(1)).then_some(corner)
    }

    /// Those of `source`, the picture from the top, from `corner` on.
    pub fn new(source: Box<dyn RowSource>, corner: [u32; 2]) -> Self {
        Self { source, corner }
    }

    /// Hands the rows of `view` to `sink`, as grey.
    ///
    /// # Errors
    /// Those of the picture's rows and of `sink`; [`Error::Cancelled`].
    pub fn render(
        mut self,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let [column, mut above] = self.corner;
        let mut line = vec![0.0; view.width() as usize * 3];
        let mut shown = 0;
        while shown < view.height() {
            control.check()?;
            let left = above + view.height() - shown;
            let rows = self.source.next_rows(left.min(ROWS))?.ok_or_else(|| {
                Error::parameter("rows", "the picture's source has not as many as it said")
            })?;
            let passed = above.min(rows.height());
            above -= passed;
            for row in passed..rows.height().min(passed + view.height() - shown) {
                Plane::Alpha.rgb(&rows, column as usize, row as usize, &mut line);
                sink.rows(shown, &line)?;
                shown += 1;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::raster::{Channels, Raster, RasterRows, Samples};
    use crate::view::{Grid, Window};
    use proptest::prelude::*;

    #[test]
    fn views_of_other_places_are_not_copied() {
        let view = |x: [f64; 2], y: [f64; 2], width, height| {
            View::new(Window::new(x[0], x[1], y[0], y[1]), width, height, Grid::Edges).unwrap()
        };
        let size = [8, 4];
        assert_eq!(Copied::corner(&view([0.0, 1.0], [0.0, 1.0], 8, 4), size), Some([0, 0]));
        assert_eq!(Copied::corner(&view([0.25, 0.75], [0.5, 1.0], 4, 2), size), Some([2, 2]));
        for (x, y, width, height) in [
            ([0.0, 1.0], [0.0, 1.0], 16, 4),
            ([0.0, 1.0], [0.0, 1.0], 8, 8),
            ([0.0, 1.0], [0.0, 1.0], 4, 4),
            ([0.0625, 0.5625], [0.0, 1.0], 4, 4),
            ([-0.125, 0.875], [0.0, 1.0], 8, 4),
            ([0.5, 1.5], [0.0, 1.0], 8, 4),
        ] {
            assert_eq!(Copied::corner(&view(x, y, width, height), size), None, "{x:?} {y:?}");
        }
        let whole = view([0.0, 1.0], [0.0, 1.0], 8, 4);
        assert_eq!(Copied::corner(&whole.rotated(180.0).unwrap(), size), None);
    }

    proptest! {
        #[test]
        fn a_part_is_what_lies_there(
            (size, corner, shown) in [1..40u32, 1..70u32].prop_flat_map(|size| {
                (Just(size), [0..size[0], 0..size[1]])
            }).prop_flat_map(|(size, corner)| {
                let shown = [1..=size[0] - corner[0], 1..=size[1] - corner[1]];
                (Just(size), Just(corner), shown)
            })
        ) {
            let [width, height] = size;
            let alpha = |x: u32, y: u32| ((x * 7 + y * 3) % 101) as f32 / 100.0;
            let place = |i: u32| (i % width, i / width);
            let samples = (0..width * height).flat_map(|i| [0.5, alpha(place(i).0, place(i).1)]);
            let samples = Samples::F32(samples.collect());
            let picture = Raster::new(width, height, Channels::GrayAlpha, samples).unwrap();
            let part = |axis: usize| {
                let side = f64::from(size[axis]);
                let from = f64::from(corner[axis]);
                [from / side, (from + f64::from(shown[axis])) / side]
            };
            let ([x0, x1], [y0, y1]) = (part(0), part(1));
            let window = Window::new(x0, x1, y0, y1);
            let view = View::new(window, shown[0], shown[1], Grid::Edges).unwrap();
            prop_assert_eq!(Copied::corner(&view, size), Some(corner));
            let rows = Box::new(RasterRows::new(Arc::new(picture)));
            let mut found = Vec::new();
            let mut keep = |_: u32, rgb: &[f32]| {
                found.extend(rgb.iter().step_by(3).copied());
                Ok(())
            };
            Copied::new(rows, corner).render(&view, &Control::default(), &mut keep).unwrap();
            let wanted: Vec<f32> = (0..shown[1])
                .flat_map(|y| (0..shown[0]).map(move |x| alpha(corner[0] + x, corner[1] + y)))
                .collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
