//! Rendering.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::fusion::{colours, maps};
use super::view_lines::ViewLines;
use super::weights::CrepsWeights;
use crate::engine::cpu::bands::{Bands, Progress, rows_within};
use crate::engine::cpu::tape::Tape;
use crate::error::Result;
use crate::network::CrepsConfig;
use crate::view::View;

/// Largest band in memory.
const BAND_BYTES: usize = 1 << 20;

/// Most bytes held while a view of `size` pixels (width, height) is rendered by `threads` threads.
pub(crate) fn memory(config: &CrepsConfig, [width, height]: [u32; 2], threads: usize) -> u64 {
    let line = config.maps() * config.rank * config.line_channels * size_of::<f32>();
    let lines = (u64::from(width) + u64::from(height)) * line as u64;
    // A run's maps, and features of the widest layers and of lines.
    let place = config.line_channels * (2 * config.maps() + 16) * size_of::<f32>();
    let features = config.blocks.iter().max().unwrap_or(&0) * 4 * size_of::<f32>();
    let run = 1024 * place + 256 * config.rank * features;
    let band = u64::from(rows_within(BAND_BYTES, width)) * u64::from(width) * 12;
    // Lines are held in parts before they are joined.
    2 * lines + threads as u64 * run as u64 + 4 * band
}

/// Renders an image.
pub(crate) struct CrepsBands<'a> {
    weights: Arc<CrepsWeights>,
    view: &'a View,
    lines: Option<ViewLines<'a>>,
}

impl<'a> CrepsBands<'a> {
    pub(crate) fn new(weights: CrepsWeights, view: &'a View) -> Self {
        Self { weights: Arc::new(weights), view, lines: None }
    }
}

impl Bands for CrepsBands<'_> {
    fn rows(&self) -> u32 {
        rows_within(BAND_BYTES, self.view.width())
    }

    fn render(&mut self, rows: Range<u32>, out: &mut [f32], progress: &Progress<'_>) -> Result<()> {
        if self.lines.is_none() {
            self.lines = Some(ViewLines::new(&self.weights, self.view, progress)?);
        }
        let Some(lines) = &self.lines else { return Ok(()) };
        let run = lines.run();
        let start = u64::from(rows.start) * u64::from(self.view.width());
        out.par_chunks_mut(run * 3).enumerate().try_for_each(|(number, out)| {
            let first = start + (number * run) as u64;
            let own = lines.of(first..first + out.len() as u64 / 3);
            let mut tape = Tape::forgetting();
            let weights = &lines.weights().fusion;
            let maps = maps(&mut tape, weights, own.all(), &own.pairs);
            let rgb = colours(&mut tape, weights, maps.last());
            out.copy_from_slice(rgb.dense().values());
            progress.add(out.len() / 3)
        })
    }
}
