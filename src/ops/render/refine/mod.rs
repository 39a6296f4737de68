//! A result is corrected until its reduction is the picture that it was made from.
//!
//! Let y be the picture, N what the network makes of it, D the reduction to the picture's size by the
//! antialiased bicubic filter (by which `metrics` reduces), and U the enlargement by the same filter.
//! Sought is a correction c, as large as the picture, with D(N + U c) = y. As D U is nearly the
//! identity, a few steps of Richardson's iteration find it:
//!
//! ```text
//! c ← c + 1.5 (y - clamp(D clamp(N + U c)))
//! ```
//!
//! The result is clamp(N + U c): still a function of position. Both clamps are to `[0, 1]`: what a
//! file cannot hold is missing from its reduction too, and where y is 0 or 1 its own reduction may
//! have gone beyond, as it does beside sharp edges. They are left out for pictures of floats, which
//! may hold more.
//!
//! Everything reaches a bounded number of rows: D four rows of the picture at most, U two on each
//! side. So the steps follow the engine down the picture row by row, each some four rows of the
//! picture behind the step before, and give the bits that the whole picture would give.

mod axis;
mod kept;
mod steps;
mod target;
#[cfg(test)]
mod tests;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::engine::{Engine, RowSink};
use crate::error::{Error, Result};
use crate::field::Refine;
use crate::view::View;
use steps::Steps;
pub(super) use target::RefineTarget;

/// Bytes of the network's rows that are taken at a time.
const TAKEN: usize = 2 << 20;
/// Threads of an engine that one thread keeps up with.
const KEPT_UP_WITH: usize = 8;

impl Refine {
    /// Most bytes held while a picture of `from` pixels, width and height, becomes one of `to`:
    /// about `4 steps + 4` of its rows at the result's size.
    pub fn memory(self, from: (u32, u32), to: (u32, u32)) -> u64 {
        let (rows, taken) = (self.waiting(from.1, to.1), self.taken(to.0) as u64);
        let plain = u64::from(to.0) * 12 * (rows + 2 * taken);
        // Rows reduced across, of every step, and the taps of both axes.
        let reduced = u64::from(from.0) * 16 * u64::from(self.steps()) * (rows / 2 + taken);
        let taps = 48 * (u64::from(to.0) + u64::from(to.1));
        plain + reduced + taps
    }

    /// Most rows of a result of `to` rows that wait for their correction.
    fn waiting(self, from: u32, to: u32) -> u64 {
        let reach = u64::from(4 * self.steps() + 4) * u64::from(to.div_ceil(from.max(1)));
        reach.min(u64::from(to))
    }

    /// Rows of a result of `width` that are taken at a time.
    fn taken(self, width: u32) -> usize {
        (TAKEN / (width as usize * 12)).max(1)
    }
}

/// Refines what an engine renders, on the way to a sink.
pub(super) struct Refined<'a> {
    steps: Steps,
    sink: &'a mut dyn RowSink,
    pool: ThreadPool,
    /// Samples that are taken at a time.
    taken: usize,
    row: usize,
    out: Vec<f32>,
    /// Rows handed on.
    done: u32,
}

impl<'a> Refined<'a> {
    /// Refines towards `target` what `engine` renders through `view`, and hands it to `sink`.
    pub fn new(
        refine: Refine,
        target: RefineTarget,
        engine: &dyn Engine,
        view: &View,
        sink: &'a mut dyn RowSink,
    ) -> Result<Self> {
        let [width, height] = target.size();
        refine.check_view((width, height), view)?;
        let size = [view.width(), view.height()];
        let pool = ThreadPoolBuilder::new()
            .num_threads(engine.threads().div_ceil(KEPT_UP_WITH))
            .thread_name(|i| format!("polyinr-refine-{i}"))
            .build()
            .map_err(|e| Error::Engine {
                engine: engine.name(),
                problem: format!("no threads to refine with: {e}"),
            })?;
        let row = size[0] as usize * 3;
        let taken = refine.taken(size[0]) * row;
        let steps = Steps::new(target, size, refine.steps());
        Ok(Self { steps, sink, pool, taken, row, out: Vec::new(), done: 0 })
    }
}

impl RowSink for Refined<'_> {
    fn rows(&mut self, _: u32, pixels: &[f32]) -> Result<()> {
        let Self { steps, sink, pool, taken, row, out, done } = self;
        for rgb in pixels.chunks(*taken) {
            pool.install(|| steps.push(rgb, out))?;
            if !out.is_empty() {
                sink.rows(*done, out)?;
                *done += (out.len() / *row) as u32;
            }
        }
        Ok(())
    }
}
