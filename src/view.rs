//! Which part of the plane is looked at, and at how many pixels.
//!
//! ```
//! use polyinr::{Grid, View, Window};
//!
//! // The paper's grid: both ends of the window are pixel centres.
//! let view = View::new(Window::UNIT, 3, 3, Grid::Centres)?;
//! assert_eq!(view.position(2, 0), (1.0, 0.0));
//! // Image resampling's grid: the window's ends are the outer pixels' edges.
//! let view = View::new(Window::UNIT, 2, 2, Grid::Edges)?;
//! assert_eq!(view.position(0, 1), (0.25, 0.75));
//! # Ok::<(), polyinr::Error>(())
//! ```

use std::ops::Range;

use crate::error::{Error, Result};
use crate::raster::check_size;

/// A rectangle of the plane in field coordinates; `[0, 1]²` is the picture itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Left end.
    pub x0: f64,
    /// Right end; smaller than `x0` mirrors.
    pub x1: f64,
    /// Upper end.
    pub y0: f64,
    /// Lower end; smaller than `y0` mirrors.
    pub y1: f64,
}

impl Window {
    /// The picture itself.
    pub const UNIT: Self = Self { x0: 0.0, x1: 1.0, y0: 0.0, y1: 1.0 };

    /// The window `[x0, x1] x [y0, y1]`.
    pub fn new(x0: f64, x1: f64, y0: f64, y1: f64) -> Self {
        Self { x0, x1, y0, y1 }
    }
}

/// What the window's ends mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grid {
    /// The ends are the *centres* of the outer pixels, both included: the convention of generators
    /// (Poly-INR, section 3). A side of one pixel looks at the window's middle.
    Centres,
    /// The ends are the outer pixels' *edges*, centres lie half a pixel inside: the convention of
    /// image resampling.
    Edges,
}

/// A 2x3 matrix in pixel units: `[x', y'] = M [x, y, 1]`, where pixel `(i, k)` has its centre at
/// `(i + 0.5, k + 0.5)`.
pub type Matrix = [[f64; 3]; 2];

/// Which part of the plane is looked at, and at how many pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    window: Window,
    width: u32,
    height: u32,
    grid: Grid,
    /// Field coordinates of pixel indices, matrix and window composed.
    map: Matrix,
    /// Pixel of the whole grid that is this view's first.
    first: [u32; 2],
}

impl View {
    /// `width x height` pixels over `window`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the size is zero or too large, or the window is empty or not
    /// finite.
    pub fn new(window: Window, width: u32, height: u32, grid: Grid) -> Result<Self> {
        check_size(width, height)?;
        let ends = [window.x0, window.x1, window.y0, window.y1];
        if ends.iter().any(|e| !e.is_finite() || e.abs() > 1e6) {
            return Err(Error::parameter("window", "its ends must be numbers within ±1e6"));
        }
        if window.x0 == window.x1 || window.y0 == window.y1 {
            return Err(Error::parameter("window", "it is empty; give x0,x1,y0,y1 with x0 < x1"));
        }
        let mut view = Self { window, width, height, grid, map: [[0.0; 3]; 2], first: [0; 2] };
        view.map = view.compose([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
        Ok(view)
    }

    /// The same window and size, with output pixels moved by `matrix` before the window is applied.
    /// It acts in pixel units, so a picture that is not square does not shear.
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
        self.map = self.compose(matrix);
        Ok(self)
    }

    /// The same view turned by `degrees` clockwise around its middle: what is shown turns.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the angle is not finite.
    pub fn rotated(self, degrees: f64) -> Result<Self> {
        let quarter = degrees.rem_euclid(360.0) / 90.0;
        // Quarter turns are exact.
        let (sin, cos) = match quarter {
            0.0 => (0.0, 1.0),
            1.0 => (1.0, 0.0),
            2.0 => (0.0, -1.0),
            3.0 => (-1.0, 0.0),
            _ => degrees.to_radians().sin_cos(),
        };
        let (cx, cy) = (f64::from(self.width) / 2.0, f64::from(self.height) / 2.0);
        self.with_matrix([
            [cos, sin, cx - cos * cx - sin * cy],
            [-sin, cos, cy + sin * cx - cos * cy],
        ])
    }

    /// A part of this view, on the same grid: its pixels are the same to the last bit.
    ///
    /// ```
    /// use polyinr::{Grid, View, Window};
    ///
    /// let whole = View::new(Window::UNIT, 90, 70, Grid::Edges)?;
    /// let part = whole.part(30..50, 20..70)?;
    /// assert_eq!(part.position(1, 2), whole.position(31, 22));
    /// # Ok::<(), polyinr::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Parameter`] when the part is empty or not inside the view.
    pub fn part(mut self, columns: Range<u32>, rows: Range<u32>) -> Result<Self> {
        if columns.is_empty() || rows.is_empty() {
            return Err(Error::parameter("part", "it is empty"));
        }
        if columns.end > self.width || rows.end > self.height {
            return Err(Error::parameter(
                "part",
                format!("it ends at {}x{}, the view earlier", columns.end, rows.end),
            ));
        }
        self.first = [self.first[0] + columns.start, self.first[1] + rows.start];
        (self.width, self.height) = (columns.end - columns.start, rows.end - rows.start);
        Ok(self)
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The window before any matrix.
    pub fn window(&self) -> Window {
        self.window
    }

    /// What the window's ends mean.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Field coordinates `(x, y)` of the centre of pixel column `column`, row `row`; the view's own
    /// grid goes on outside its size.
    #[inline]
    pub fn position(&self, column: i64, row: i64) -> (f64, f64) {
        let i = (column + i64::from(self.first[0])) as f64;
        let k = (row + i64::from(self.first[1])) as f64;
        let [x, y] = self.map;
        (x[0] * i + (x[1] * k + x[2]), y[0] * i + (y[1] * k + y[2]))
    }

    /// The 2x3 matrix from pixel indices of the whole grid to field coordinates.
    pub fn map(&self) -> Matrix {
        self.map
    }

    /// Window after `matrix`, both acting on pixel indices.
    fn compose(&self, m: Matrix) -> Matrix {
        let axis = |from: f64, to: f64, size: u32| {
            let size = f64::from(size);
            match self.grid {
                Grid::Edges => ((to - from) / size, from),
                Grid::Centres if size == 1.0 => (0.0, (from + to) / 2.0),
                // A centre at `c` (indices + 0.5) lies at from + (c - 0.5) * step.
                Grid::Centres => {
                    let step = (to - from) / (size - 1.0);
                    (step, from - 0.5 * step)
                }
            }
        };
        let (sx, tx) = axis(self.window.x0, self.window.x1, self.width);
        let (sy, ty) = axis(self.window.y0, self.window.y1, self.height);
        // The half-pixel between index and centre, through the matrix.
        let centred = |r: [f64; 3]| r[2] + 0.5 * (r[0] + r[1]);
        // Shift and half pixel cancel first, so that an unturned grid starts at its end exactly.
        let offset = |scale: f64, r: [f64; 3], shift: f64, from: f64| match self.grid {
            Grid::Centres if scale != 0.0 => scale * (centred(r) - 0.5) + from,
            _ => scale * centred(r) + shift,
        };
        [
            [sx * m[0][0], sx * m[0][1], offset(sx, m[0], tx, self.window.x0)],
            [sy * m[1][0], sy * m[1][1], offset(sy, m[1], ty, self.window.y0)],
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn centres_include_both_ends() {
        let view = View::new(Window::new(-0.25, 1.25, 0.0, 1.0), 48, 32, Grid::Centres).unwrap();
        assert_eq!(view.position(0, 0), (-0.25, 0.0));
        let (x, y) = view.position(47, 31);
        assert!((x - 1.25).abs() < 1e-12 && (y - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_pixel_looks_at_the_middle() {
        for grid in [Grid::Centres, Grid::Edges] {
            let view = View::new(Window::UNIT, 1, 1, grid).unwrap();
            assert_eq!(view.position(0, 0), (0.5, 0.5));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(View::new(Window::UNIT, 0, 1, Grid::Edges).is_err());
        assert!(View::new(Window::new(0.0, 0.0, 0.0, 1.0), 2, 2, Grid::Edges).is_err());
        assert!(View::new(Window::new(f64::NAN, 1.0, 0.0, 1.0), 2, 2, Grid::Edges).is_err());
        let view = View::new(Window::UNIT, 2, 2, Grid::Edges).unwrap();
        assert!(view.with_matrix([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]]).is_err());
        assert!(view.rotated(f64::INFINITY).is_err());
    }

    proptest! {
        #[test]
        fn quarter_turn_moves_indices(size in 2u32..40, i in 0i64..40, k in 0i64..40) {
            for grid in [Grid::Centres, Grid::Edges] {
                let view = View::new(Window::UNIT, size, size, grid).unwrap();
                let turned = view.rotated(90.0).unwrap();
                // Clockwise: output (i, k) shows what was at (k, size - 1 - i).
                let (x, y) = turned.position(i, k);
                let (u, v) = view.position(k, i64::from(size) - 1 - i);
                prop_assert!((x - u).abs() < 1e-9 && (y - v).abs() < 1e-9);
            }
        }

        #[test]
        fn turning_keeps_distances(degrees in -720.0f64..720.0, w in 1u32..99, h in 2u32..99) {
            let view = View::new(Window::UNIT, w + 1, h, Grid::Edges).unwrap();
            let turned = view.rotated(degrees).unwrap();
            let (x0, y0) = turned.position(0, 0);
            let (x1, y1) = turned.position(3, 4);
            let (dx, dy) = ((x1 - x0) * f64::from(w + 1), (y1 - y0) * f64::from(h));
            prop_assert!((dx.hypot(dy) - 5.0).abs() < 1e-9);
        }
    }
}
