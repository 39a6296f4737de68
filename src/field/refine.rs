//! How far a picture's field is corrected towards its picture.

use crate::error::{Error, Result};

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
}
