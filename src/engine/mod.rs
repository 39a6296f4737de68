//! Engines: what does the arithmetic. They see fields and views, never files or hosts.

pub mod cpu;
mod gradient;

use crate::control::Control;
use crate::error::Result;
use crate::field::Field;
use crate::view::View;

pub use cpu::CpuEngine;
pub use gradient::{Gradient, GradientRequest, Linearised};

/// Takes a picture's rows as they are computed.
pub trait RowSink {
    /// Takes whole rows, from the top and in order: `pixels` holds RGB, interleaved, nominal range
    /// `[0, 1]`, not clamped; `first_row` is the number of the first of them.
    ///
    /// # Errors
    /// Whatever the sink cannot do; the work stops and hands the error on.
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()>;
}

impl<F: FnMut(u32, &[f32]) -> Result<()>> RowSink for F {
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()> {
        self(first_row, pixels)
    }
}

/// Looks at fields through views.
pub trait Engine: Send + Sync {
    /// The engine's name, as users give it.
    fn name(&self) -> &'static str;

    /// Threads that this engine computes with on the processor; what works beside it takes few in
    /// comparison.
    fn threads(&self) -> usize {
        1
    }

    /// Renders `field` through `view`, handing rows to `sink` as they are ready. Progress counts
    /// output pixels.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`] when `control` says so; the sink's errors;
    /// [`crate::Error::Engine`] when this engine cannot compute this field.
    fn render(
        &self,
        field: &Field,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()>;

    /// Renders into memory: `[height, width, 3]`, nominal range `[0, 1]`, not clamped.
    ///
    /// # Errors
    /// As [`render`](Self::render).
    fn render_to_vec(&self, field: &Field, view: &View, control: &Control<'_>) -> Result<Vec<f32>> {
        let mut out = Vec::with_capacity(view.pixels() as usize * 3);
        self.render(field, view, control, &mut |_: u32, pixels: &[f32]| {
            out.extend_from_slice(pixels);
            Ok(())
        })?;
        Ok(out)
    }

    /// Computes a generator's field at the request's positions, and keeps what its derivatives
    /// there need: `levels x n` floats a position.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] when affine parameters and weights do not fit each other;
    /// [`crate::Error::Engine`] when this engine cannot do it.
    fn linearise<'a>(&'a self, request: &GradientRequest<'a>) -> Result<Box<dyn Linearised + 'a>>;
}
