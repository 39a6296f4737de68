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

mod transform;
mod warp;

use std::ops::Range;

pub use warp::{MAX_AMPLITUDE, MAX_CELLS, Warp};

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

    /// This window of a picture of `width x height` pixels, whose outer edges are 0 and 1, where 0
    /// and 1 are the centres of its outer pixels instead. A side of one pixel stays.
    ///
    /// ```
    /// use polyinr::Window;
    ///
    /// let window = Window::UNIT.between_centres([5, 1]);
    /// assert_eq!((window.x0, window.x1, window.y0, window.y1), (-0.125, 1.125, 0.0, 1.0));
    /// ```
    pub fn between_centres(self, [width, height]: [u32; 2]) -> Self {
        let place = |at: f64, side: u32| match side {
            0 | 1 => at,
            _ => (at * f64::from(side) - 0.5) / f64::from(side - 1),
        };
        let (x, y) = (|at| place(at, width), |at| place(at, height));
        Self { x0: x(self.x0), x1: x(self.x1), y0: y(self.y0), y1: y(self.y1) }
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

/// Leaves pixels where they are.
const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];

/// Which part of the plane is looked at, and at how many pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    window: Window,
    width: u32,
    height: u32,
    grid: Grid,
    /// Width and height of the whole grid, of which this view may be a part.
    whole: [u32; 2],
    /// Pixel of the whole grid that is this view's first.
    first: [u32; 2],
    /// What moves output pixels before the window is applied.
    matrix: Matrix,
    /// Field coordinates of pixel indices, matrix and window composed.
    map: Matrix,
    /// What moves output pixels before the matrix does.
    warp: Option<Warp>,
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
        let (whole, first, matrix) = ([width, height], [0; 2], IDENTITY);
        let mut view =
            Self { window, width, height, grid, whole, first, matrix, map: matrix, warp: None };
        view.map = view.compose(matrix);
        Ok(view)
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

    /// Whether its columns and rows are those of what is looked at, also mirrored.
    pub fn is_upright(&self) -> bool {
        self.map[0][1] == 0.0 && self.map[1][0] == 0.0 && self.warp.is_none()
    }

    /// What bends this view, if anything does.
    pub fn warp(&self) -> Option<Warp> {
        self.warp
    }

    /// Field coordinates `(x, y)` of the centre of pixel column `column`, row `row`; the view's own
    /// grid goes on outside its size.
    #[inline]
    pub fn position(&self, column: i64, row: i64) -> (f64, f64) {
        let i = (column + i64::from(self.first[0])) as f64;
        let k = (row + i64::from(self.first[1])) as f64;
        match self.warp {
            None => self.place(i, k),
            Some(warp) => {
                let [di, dk] = self.displacement(warp, [i, k]);
                self.place(i + di, k + dk)
            }
        }
    }

    /// The 2x3 matrix from pixel indices of the whole grid to field coordinates, without the
    /// [warp](Self::warp).
    pub fn map(&self) -> Matrix {
        self.map
    }

    /// Pixels per unit of field coordinates, along rows or columns of pixels, whichever are denser; without
    /// the [warp](Self::warp). Infinite where all pixels lie at one place.
    pub fn density(&self) -> f64 {
        let [x, y] = self.map;
        let along = |axis: usize| match x[axis].hypot(y[axis]) {
            0.0 => None,
            step => Some(1.0 / step),
        };
        let densities = [0, 1].into_iter().filter_map(along);
        densities.reduce(f64::max).unwrap_or(f64::INFINITY)
    }

    /// Column and row of the whole grid that are this view's first.
    pub fn corner(&self) -> [u32; 2] {
        self.first
    }

    /// A window in which the [positions](Self::position) of all pixels of a part lie, its ends in
    /// ascending order. Without a warp it is the smallest.
    ///
    /// # Panics
    /// When the part is empty.
    pub fn bounds(&self, columns: Range<u32>, rows: Range<u32>) -> Window {
        assert!(!columns.is_empty() && !rows.is_empty(), "the part is empty");
        let ends = |r: &Range<u32>, first: u32| {
            [r.start, r.end - 1].map(|v| f64::from(v) + f64::from(first))
        };
        let (across, down) = (ends(&columns, self.first[0]), ends(&rows, self.first[1]));
        let (shift, slack) = self.drift(across, down);
        let mut bounds = [[f64::INFINITY, f64::NEG_INFINITY]; 2];
        for (i, k) in across.iter().flat_map(|i| down.map(|k| (*i, k))) {
            let (x, y) = self.place(i + shift[0], k + shift[1]);
            for ((end, at), slack) in bounds.iter_mut().zip([x, y]).zip(slack) {
                *end = [end[0].min(at - slack), end[1].max(at + slack)];
            }
        }
        let [[x0, x1], [y0, y1]] = bounds;
        Window { x0, x1, y0, y1 }
    }

    /// By how much the warp moves the middle of a part, in pixels, and how far in field coordinates
    /// its other pixels may deviate from that.
    fn drift(&self, across: [f64; 2], down: [f64; 2]) -> ([f64; 2], [f64; 2]) {
        let Some(warp) = self.warp else { return ([0.0; 2], [0.0; 2]) };
        let [(middle, reach), (centre, depth)] =
            [across, down].map(|[from, to]| ((from + to) / 2.0, (to - from) / 2.0));
        let side = self.shorter();
        let variation = warp.variation(reach / side, depth / side) * side;
        // More than rounding takes.
        let slack = self.map.map(|[i, k, at]| variation * i.hypot(k) + 1e-12 * (1.0 + at.abs()));
        (self.displacement(warp, [middle, centre]), slack)
    }

    /// Field coordinates of a place of the whole grid, in pixel indices.
    #[inline]
    fn place(&self, i: f64, k: f64) -> (f64, f64) {
        let [x, y] = self.map;
        (x[0] * i + (x[1] * k + x[2]), y[0] * i + (y[1] * k + y[2]))
    }

    /// By how many pixels `warp` moves a place of the whole grid, in pixel indices.
    fn displacement(&self, warp: Warp, at: [f64; 2]) -> [f64; 2] {
        let side = self.shorter();
        // Counted from the window's first corner, so that a denser grid is warped alike.
        let corner = if self.grid == Grid::Edges { 0.5 } else { 0.0 };
        warp.displacement(at.map(|v| (v + corner) / side)).map(|d| d * side)
    }

    /// Steps from pixel to pixel between the window's ends, across and down.
    fn steps(&self) -> [f64; 2] {
        self.whole.map(|side| match self.grid {
            Grid::Edges => f64::from(side),
            Grid::Centres => f64::from(side.max(2) - 1),
        })
    }

    /// Steps along the shorter side.
    fn shorter(&self) -> f64 {
        let [width, height] = self.steps();
        width.min(height)
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
        let (sx, tx) = axis(self.window.x0, self.window.x1, self.whole[0]);
        let (sy, ty) = axis(self.window.y0, self.window.y1, self.whole[1]);
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
    }

    proptest! {
        /// A denser grid looks at warped positions between those of a sparser one.
        #[test]
        fn a_warp_is_the_same_at_any_resolution(seed: u32, i in 0i64..30, k in 0i64..20) {
            let warp = Warp::elastic(0.08, 5, seed).unwrap();
            let view = |w, h, grid| View::new(Window::UNIT, w, h, grid).unwrap().warped(warp);
            let (coarse, fine) = (view(30, 20, Grid::Edges), view(90, 60, Grid::Edges));
            let (a, b) = (coarse.position(i, k), fine.position(3 * i + 1, 3 * k + 1));
            prop_assert!((a.0 - b.0).abs() < 1e-12 && (a.1 - b.1).abs() < 1e-12);
            let (coarse, fine) = (view(31, 21, Grid::Centres), view(61, 41, Grid::Centres));
            let (a, b) = (coarse.position(i, k), fine.position(2 * i, 2 * k));
            prop_assert!((a.0 - b.0).abs() < 1e-12 && (a.1 - b.1).abs() < 1e-12);
        }

        #[test]
        fn bounds_hold_all_positions(
            seed: u32,
            amplitude in 0.0f64..0.3,
            cells in 1u32..12,
            degrees in 0.0f64..360.0,
            (c0, c1) in (0u32..50, 1u32..20),
            (r0, r1) in (0u32..40, 1u32..20),
        ) {
            let view = View::new(Window::new(-0.2, 1.1, 0.9, 0.1), 70, 60, Grid::Edges).unwrap();
            let view = view.rotated(degrees).unwrap();
            let warp = Warp::elastic(amplitude, cells, seed).unwrap();
            for view in [view, view.warped(warp), view.warped(warp).part(3..70, 5..60).unwrap()] {
                let (columns, rows) = (c0..(c0 + c1).min(view.width()), r0..(r0 + r1).min(view.height()));
                let bounds = view.bounds(columns.clone(), rows.clone());
                for (i, k) in columns.flat_map(|i| rows.clone().map(move |k| (i, k))) {
                    let (x, y) = view.position(i64::from(i), i64::from(k));
                    prop_assert!((bounds.x0..=bounds.x1).contains(&x));
                    prop_assert!((bounds.y0..=bounds.y1).contains(&y));
                }
            }
        }
    }
}
