//! What part of a field is looked at.

use std::sync::LazyLock;

use parking_lot::Mutex;

use super::boundary::{give, guard};
use super::error::PolyinrError;
use super::handles::Table;
use super::status::{Failure, Outcome, PolyinrStatus};
use crate::field::Field;
use crate::view::{Matrix, View, Window};

/// What part of a field is looked at, and how. Make one with `polyinr_view_new`, which stands for
/// the whole picture; free it with `polyinr_view_free`.
pub type PolyinrView = u64;

#[derive(Clone, Copy, Debug)]
struct Wanted {
    window: Window,
    turn: Option<Turn>,
}

#[derive(Clone, Copy, Debug)]
enum Turn {
    Degrees(f64),
    Matrix(Matrix),
}

impl Wanted {
    /// The view of `width x height` pixels of `field`.
    fn of(self, field: &Field, width: u32, height: u32) -> Outcome<View> {
        let view = View::new(self.window, width, height, field.grid())?;
        Ok(match self.turn {
            None => view,
            Some(Turn::Degrees(degrees)) => view.rotated(degrees)?,
            Some(Turn::Matrix(matrix)) => view.with_matrix(matrix)?,
        })
    }
}

static VIEWS: LazyLock<Table<Mutex<Wanted>>> = LazyLock::new(|| Table::new("view"));

/// The view with that number, or of the whole for 0.
pub(super) fn find(number: PolyinrView, field: &Field, size: (u32, u32)) -> Outcome<View> {
    let wanted = match number {
        0 => Wanted { window: Window::UNIT, turn: None },
        number => *VIEWS.get(number)?.lock(),
    };
    wanted.of(field, size.0, size.1)
}

/// Makes a view of the whole picture.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_view_new(
    view: *mut PolyinrView,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || VIEWS.insert(Mutex::new(Wanted { window: Window::UNIT, turn: None }));
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(view, "view", error, make) }
}

/// Changes a view.
///
/// # Safety
/// `error` must be NULL or writable.
unsafe fn change(
    number: PolyinrView,
    error: *mut PolyinrError,
    change: impl FnOnce(&mut Wanted),
) -> PolyinrStatus {
    // SAFETY: as the caller promises.
    unsafe {
        guard(error, || {
            change(&mut VIEWS.get(number)?.lock());
            Ok::<(), Failure>(())
        })
    }
}

/// Sets the window: `[0, 1] x [0, 1]` is the picture itself, less zooms in, more extends the canvas
/// of a generator. Of a generator's field the ends are centres of the outer pixels, of a picture's
/// their outer edges. Whether it makes sense is checked when it is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_view_set_window(
    view: PolyinrView,
    x0: f64,
    x1: f64,
    y0: f64,
    y1: f64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { change(view, error, |v| v.window = Window::new(x0, x1, y0, y1)) }
}

/// Turns what is shown clockwise by so many degrees around the middle of the view, instead of an
/// earlier turn or matrix.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_view_set_rotation(
    view: PolyinrView,
    degrees: f64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { change(view, error, |v| v.turn = Some(Turn::Degrees(degrees))) }
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
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { change(view, error, |v| v.turn = Some(Turn::Matrix(matrix))) }
}

/// Frees a view. 0 does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_view_free(
    view: PolyinrView,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, || VIEWS.remove(view)) }
}
