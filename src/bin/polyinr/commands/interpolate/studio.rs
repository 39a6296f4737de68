//! What all frames of a run share.

use polyinr::ops::{InterpolationPath, Space, generated_memory};
use polyinr::picture::Format;
use polyinr::{CancelToken, Engine};

use super::args::Args;
use crate::canvas::Canvas;
use crate::report::Reporter;

/// What all frames of a run share.
pub struct Studio<'a> {
    pub(super) args: &'a Args,
    pub(super) path: InterpolationPath,
    pub(super) canvas: Canvas<'a>,
    pub(super) engine: Box<dyn Engine>,
    pub(super) reporter: Reporter,
    pub(super) cancel: CancelToken,
}

impl Studio<'_> {
    /// Checks that a frame as a file of this format is within the limits.
    pub fn check(&self, format: Format) -> polyinr::Result<()> {
        let (width, height) = (self.canvas.view.width(), self.canvas.view.height());
        let memory = self.canvas.memory(format)
            + generated_memory(&*self.engine, self.path.network(), [width, height]);
        // In the space of colors, one of the two pictures is held.
        let held = u64::from(self.args.space == Some(Space::Rgb)) * 12 * self.canvas.view.pixels();
        let memory = memory + held;
        self.args.run.limits.check("size", (width, height), memory)
    }
}
