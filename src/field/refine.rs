//! How far a picture's field is corrected towards its picture.

use crate::error::{Error, Result};
use crate::view::{Grid, View, Window};

/// Steps after which a result's reduction is the picture that it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refine {
    steps: u32,
}

impl Default for Refine {
    /// Three steps: over 50 dB between picture and reduction on all usual test pictures, at 2 to 7
    /// times their size.
    fn default() -> Self {
        Self { steps: 3 }
    }
}

impl Refine {
    /// Most steps.
    pub const MAX_STEPS: u32 = 16;

    /// So many steps.
    ///
    /// # Errors
    /// [`Error::Parameter`] when it is none, or more than [`MAX_STEPS`](Self::MAX_STEPS).
    pub fn new(steps: u32) -> Result<Self> {
        match steps {
            1..=Self::MAX_STEPS => Ok(Self { steps }),
            _ => Err(Error::parameter(
                "refine",
                format!("{steps} steps; 1 to {} are possible", Self::MAX_STEPS),
            )),
        }
    }

    /// Number of steps.
    pub fn steps(self) -> u32 {
        self.steps
    }

    /// Checks that a result of `to` pixels, width and height, can be refined towards a picture of
    /// `from`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a side of the result is shorter: its reduction would be an
    /// enlargement, and the picture's detail has no room in it.
    pub fn check(self, from: (u32, u32), to: (u32, u32)) -> Result<()> {
        if to.0 >= from.0 && to.1 >= from.1 {
            return Ok(());
        }
        let ((w, h), (width, height)) = (from, to);
        let problem = format!(
            "a result of {width}x{height} is smaller than its picture of {w}x{h}; refine \
             enlargements only"
        );
        Err(Error::parameter("refine", problem))
    }

    /// Checks that what `view` shows of a picture of `from` pixels can be refined: the whole, unmoved,
    /// and at least as large.
    ///
    /// # Errors
    /// [`Error::Parameter`] otherwise: refining compares the reduction of the whole result with the
    /// whole picture.
    pub fn check_view(self, from: (u32, u32), view: &View) -> Result<()> {
        let (width, height) = (view.width(), view.height());
        if *view != View::new(Window::UNIT, width, height, Grid::Edges)? {
            let problem =
                "the view shows a part of the picture, or moves it; refine whole pictures";
            return Err(Error::parameter("refine", problem));
        }
        self.check(from, (width, height))
    }
}
