//! What part of a field is looked at.

use parking_lot::Mutex;

use super::changed::{free, make, now, set};
use super::error::PolyinrError;
use super::handles::handle;
use super::status::{Outcome, PolyinrStatus};
use crate::field::Field;
use crate::view::{Matrix, View, Warp, Window};

/// What part of a field is looked at, and how. Make one with `polyinr_view_new`, which stands for
/// the whole picture; free it with `polyinr_view_free`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrView {
    /// Which one it is; 0 for none.
    pub id: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    window: Window,
    turn: Option<Turn>,
    zoom: f64,
    shift: [f64; 2],
    warp: Option<Warp>,
}

impl Default for Wanted {
    /// The picture itself.
    fn default() -> Self {
        Self { window: Window::UNIT, turn: None, zoom: 1.0, shift: [0.0; 2], warp: None }
    }
}

#[derive(Clone, Copy, Debug)]
enum Turn {
    Degrees(f64),
    Matrix(Matrix),
}

impl Wanted {
    /// The view of `width x height` pixels of `field`.
    fn of(self, field: &Field, width: u32, height: u32) -> Outcome<View> {
        let view = field.look(self.window, width, height)?;
        let turned = match self.turn {
            None => view,
            Some(Turn::Degrees(degrees)) => view.rotated(degrees)?,
            Some(Turn::Matrix(matrix)) => view.with_matrix(matrix)?,
        };
        let [right, down] = self.shift;
        let moved = turned.zoomed(self.zoom)?.shifted(right, down)?;
        Ok(self.warp.map_or(moved, |warp| moved.warped(warp)))
    }
}

handle!(PolyinrView, "view", Mutex<Wanted>);

/// The view with that handle, or of the whole for none.
pub(super) fn find(view: PolyinrView, field: &Field, size: (u32, u32)) -> Outcome<View> {
    now(view)?.of(field, size.0, size.1)
}

/// Makes a view of the whole picture. What is set then is applied in this order, whatever the order
/// of the calls: turn or matrix, zoom, shift, warp; each moves what is shown so far.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_view_new(
    view: *mut PolyinrView,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    make!(view, error)
}

/// Sets the window: `[0, 1] x [0, 1]` is the picture itself, less zooms in, more extends the canvas
/// of a generator. Of a generator's field the ends are centres of the outer pixels; of a picture's,
/// and of one that was inverted from a picture, their outer edges. Whether it makes sense is
/// checked when it is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_view_set_window(
    view: PolyinrView,
    x0: f64,
    x1: f64,
    y0: f64,
    y1: f64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(view, error, |v| v.window = Window::new(x0, x1, y0, y1))
}

/// Turns what is shown clockwise by so many degrees around the middle of the view, instead of an
/// earlier turn or matrix.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_view_set_rotation(
    view: PolyinrView,
    degrees: f64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(view, error, |v| v.turn = Some(Turn::Degrees(degrees)))
}

/// Moves output pixels by a matrix before the window is applied, instead of an earlier turn or
/// matrix: x' = xx x + xy y + x0 and y' = yx x + yy y + y0, in output pixels.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_view_set_matrix(
    view: PolyinrView,
    xx: f64,
    xy: f64,
    x0: f64,
    yx: f64,
    yy: f64,
    y0: f64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let matrix = [[xx, xy, x0], [yx, yy, y0]];
    set!(view, error, |v| v.turn = Some(Turn::Matrix(matrix)))
}

/// Makes what is shown `factor` times larger around the middle of the view: 2 shows half the window.
/// 0.001 to 100000 are possible; it is checked when the view is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_view_set_zoom(
    view: PolyinrView,
    factor: f64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(view, error, |v| v.zoom = factor)
}

/// Moves what is shown by these fractions of the view's width and height to the right and down: 0.5
/// moves what was in the middle to the edge.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_view_set_shift(
    view: PolyinrView,
    right: f64,
    down: f64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(view, error, |v| v.shift = [right, down])
}

/// Warps what is shown: every output pixel is moved by up to `amplitude` of the view's shorter side
/// (0 to 0.5; 0 takes the warp away), smoothly over `cells` cells across that side (1 to 64), drawn
/// from `seed`. It is the same at any size. While amplitude times cells is below 0.4, the picture
/// does not fold over itself.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` when a number is not in its range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_view_set_elastic(
    view: PolyinrView,
    amplitude: f64,
    cells: u32,
    seed: u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    set!(view, error, |v| {
        let warp = Warp::elastic(amplitude, cells, seed)?;
        v.warp = (amplitude > 0.0).then_some(warp);
    })
}

/// Frees a view. None does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_view_free(
    view: PolyinrView,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    free!(view, error)
}
