//! Turning, zooming, shifting and warping what a view shows.

use super::{Matrix, View, Warp};
use crate::error::{Error, Result};

/// Zoom factors that are possible: beyond them float32 coordinates no longer tell pixels apart.
const ZOOM: [f64; 2] = [1e-3, 1e5];

/// Shifts that are possible, in sides of the view.
const MAX_SHIFT: f64 = 1e6;

impl View {
    /// The same window and size, with output pixels moved by `matrix` before the window is applied,
    /// in place of whatever turned, zoomed or shifted the view before. It acts in pixel units, so a
    /// picture that is not square does not shear.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the matrix is singular or not finite.
    pub fn with_matrix(mut self, matrix: Matrix) -> Result<Self> {
        let [[a, b, _], [c, d, _]] = matrix;
        let determinant = a * d - b * c;
        let sane = matrix.iter().flatten().all(|v| v.is_finite() && v.abs() <= 1e9);
        if !sane || determinant.abs() < 1e-12 {
            return Err(Error::parameter("matrix", "it is singular or not finite"));
        }
        self.matrix = matrix;
        self.map = self.compose(matrix);
        Ok(self)
    }

    /// What the view shows, moved once more: output pixel `p` shows what was at `matrix · p` before.
    /// All below are this with a matrix of their own, so they add up in the order of the calls.
    ///
    /// ```
    /// use polyinr::{Grid, View, Window};
    ///
    /// let view = View::new(Window::UNIT, 90, 70, Grid::Edges)?;
    /// let both = view.rotated(30.0)?.zoomed(2.0)?.zoomed(0.5)?.rotated(-30.0)?;
    /// let ((x, y), (u, v)) = (view.position(3, 5), both.position(3, 5));
    /// assert!((x - u).abs() < 1e-12 && (y - v).abs() < 1e-12);
    /// # Ok::<(), polyinr::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Parameter`] when the matrix, alone or with what came before, is singular or not
    /// finite.
    pub fn transformed(self, matrix: Matrix) -> Result<Self> {
        let row = |m: [f64; 3]| {
            let product = |c: usize| m[0] * matrix[0][c] + m[1] * matrix[1][c];
            [product(0), product(1), product(2) + m[2]]
        };
        self.with_matrix(self.matrix.map(row))
    }

    /// What is shown, turned by `degrees` clockwise around the view's middle.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the angle is not finite.
    pub fn rotated(self, degrees: f64) -> Result<Self> {
        if !degrees.is_finite() {
            return Err(Error::parameter("rotate", format!("{degrees} is no angle in degrees")));
        }
        // Quarter turns are exact.
        let (sin, cos) = match degrees.rem_euclid(360.0) / 90.0 {
            0.0 => (0.0, 1.0),
            1.0 => (1.0, 0.0),
            2.0 => (0.0, -1.0),
            3.0 => (-1.0, 0.0),
            _ => degrees.to_radians().sin_cos(),
        };
        let [cx, cy] = self.middle();
        self.transformed([
            [cos, sin, cx - cos * cx - sin * cy],
            [-sin, cos, cy + sin * cx - cos * cy],
        ])
    }

    /// What is shown, made `factor` times larger around the view's middle: 2 shows half the window.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the factor is not in 0.001 to 100000.
    pub fn zoomed(self, factor: f64) -> Result<Self> {
        let [least, most] = ZOOM;
        if !(least..=most).contains(&factor) {
            let problem = format!("{factor} is not in {least} to {most}");
            return Err(Error::parameter("zoom", problem));
        }
        let (scale, [cx, cy]) = (1.0 / factor, self.middle());
        self.transformed([[scale, 0.0, cx - scale * cx], [0.0, scale, cy - scale * cy]])
    }

    /// What is shown, moved `right` and `down` by these fractions of the view's width and height:
    /// 0.5 moves what was in the middle to the edge.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a number is not finite or beyond ±1e6.
    pub fn shifted(self, right: f64, down: f64) -> Result<Self> {
        if [right, down].iter().any(|v| !v.is_finite() || v.abs() > MAX_SHIFT) {
            let problem = format!("{right},{down}: its numbers must be within ±{MAX_SHIFT:e}");
            return Err(Error::parameter("shift", problem));
        }
        let [width, height] = self.steps();
        self.transformed([[1.0, 0.0, -right * width], [0.0, 1.0, -down * height]])
    }

    /// What is shown, warped. This moves output pixels before all else does, whatever the order of
    /// the calls, and takes the place of an earlier warp. The engine evaluates the field exactly at
    /// the positions where pixels come to lie; nothing is interpolated between pixels.
    pub fn warped(mut self, warp: Warp) -> Self {
        self.warp = Some(warp);
        self
    }

    /// The middle of the whole grid, in pixels.
    fn middle(&self) -> [f64; 2] {
        self.whole.map(|side| f64::from(side) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Grid, Window};
    use proptest::prelude::*;

    fn near(a: (f64, f64), b: (f64, f64)) -> bool {
        (a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9
    }

    fn view(width: u32, height: u32, grid: Grid) -> View {
        View::new(Window::UNIT, width, height, grid).unwrap()
    }

    #[test]
    fn nonsense_is_refused() {
        let view = view(2, 2, Grid::Edges);
        assert!(view.with_matrix([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]]).is_err());
        assert!(view.rotated(f64::INFINITY).is_err());
        for factor in [0.0, -1.0, 1e9, f64::NAN] {
            assert!(view.zoomed(factor).is_err(), "{factor}");
        }
        assert!(view.shifted(0.0, f64::NAN).is_err() && view.shifted(1e7, 0.0).is_err());
        // Each is possible, all together are not.
        let deep = view.zoomed(1e5).unwrap();
        assert!(deep.zoomed(1e5).is_err());
    }

    #[test]
    fn zoom_is_a_smaller_window() {
        for grid in [Grid::Centres, Grid::Edges] {
            let half = Window::new(0.25, 0.75, 0.25, 0.75);
            let half = View::new(half, 40, 30, grid).unwrap();
            let zoomed = view(40, 30, grid).zoomed(2.0).unwrap();
            let step = |v: &View| v.position(1, 0).0 - v.position(0, 0).0;
            assert!((step(&half) - step(&zoomed)).abs() < 1e-12);
            assert!(near(half.position(7, 9), zoomed.position(7, 9)));
        }
    }

    #[test]
    fn a_shift_by_one_is_a_whole_side() {
        for grid in [Grid::Centres, Grid::Edges] {
            let upright = view(40, 30, grid);
            let (x, y) = upright.position(11, 7);
            let shifted = upright.shifted(1.0, -0.5).unwrap();
            assert!(near(shifted.position(11, 7), (x - 1.0, y + 0.5)));
        }
    }

    #[test]
    fn turning_a_part_turns_it_around_the_middle_of_the_whole() {
        let whole = view(90, 70, Grid::Edges);
        let part = |v: View| v.part(30..50, 20..70).unwrap();
        let (turned, cut) = (part(whole.rotated(25.0).unwrap()), part(whole));
        assert_eq!(cut.rotated(25.0).unwrap().position(3, 4), turned.position(3, 4));
    }

    proptest! {
        #[test]
        fn quarter_turn_moves_indices(size in 2u32..40, i in 0i64..40, k in 0i64..40) {
            for grid in [Grid::Centres, Grid::Edges] {
                let view = view(size, size, grid);
                let turned = view.rotated(90.0).unwrap();
                // Clockwise: output (i, k) shows what was at (k, size - 1 - i).
                let there = view.position(k, i64::from(size) - 1 - i);
                prop_assert!(near(turned.position(i, k), there));
            }
        }

        #[test]
        fn turning_keeps_distances(degrees in -720.0f64..720.0, w in 1u32..99, h in 2u32..99) {
            let turned = view(w + 1, h, Grid::Edges).rotated(degrees).unwrap();
            let (x0, y0) = turned.position(0, 0);
            let (x1, y1) = turned.position(3, 4);
            let (dx, dy) = ((x1 - x0) * f64::from(w + 1), (y1 - y0) * f64::from(h));
            prop_assert!((dx.hypot(dy) - 5.0).abs() < 1e-9);
        }

        /// Moves add up in the order of the calls: the last is the first that a pixel meets.
        #[test]
        fn moves_add_up(degrees in -360.0f64..360.0, zoom in 0.2f64..5.0, right in -1.0f64..1.0) {
            let upright = view(60, 60, Grid::Edges);
            let all = upright.rotated(degrees).unwrap().zoomed(zoom).unwrap();
            let all = all.shifted(right, 0.0).unwrap();
            let middle = upright.rotated(degrees).unwrap().position(30, 30);
            // What is in the middle stays there, but for the shift.
            let moved = all.shifted(-right, 0.0).unwrap();
            let there = moved.position(30, 30);
            let half = upright.position(30, 30).0 - 0.5;
            prop_assert!((middle.0 - 0.5).hypot(middle.1 - 0.5) <= 2.0 * half);
            prop_assert!((there.0 - 0.5).hypot(there.1 - 0.5) <= 2.0 * half / zoom.min(1.0));
            let (a, b) = (all.position(10, 10), all.position(13, 14));
            let length = (a.0 - b.0).hypot(a.1 - b.1) * 60.0;
            prop_assert!((length - 5.0 / zoom).abs() < 1e-9);
        }
    }
}
