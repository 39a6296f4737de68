//! Rendering.
//!
//! Pixels are computed in tiles, each with the cells of coarser grids that its own pixels need, so that
//! memory stays bounded whatever the view. Tiles are about square: neighbours share cells.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::forward::{Deviations, forward};
use super::image::code_weights;
use super::weights::InrGanWeights;
use crate::control::Control;
use crate::engine::cpu::bands::{Bands, Progress, rows_within};
use crate::engine::cpu::tape::Tape;
use crate::error::Result;
use crate::network::inr_gan::{Grids, InrGan};
use crate::network::{Code, InrGanConfig};
use crate::view::View;

/// Side of a tile, in pixels, where that many rows fit a band.
const TILE: u32 = 32;
/// Largest band in memory, where one row is not larger.
const BAND_BYTES: usize = 4 << 20;

/// Most bytes held while a view of `size` pixels (width, height) is rendered by `threads` threads.
pub(crate) fn memory(config: &InrGanConfig, [width, _]: [u32; 2], threads: usize) -> u64 {
    let widest = (0..config.blocks.len())
        .map(|b| config.blocks[b].features.max(config.inputs(b, 0)))
        .max()
        .unwrap_or(0);
    let feature = widest * 3 * size_of::<f32>();
    let tile = 2 * (TILE * TILE) as usize * feature;
    let native = match config.normalised {
        true => u64::from(config.resolution()).pow(2) * feature as u64,
        false => 0,
    };
    let band = u64::from(band_rows(width)) * u64::from(width) * 12;
    native + threads as u64 * tile as u64 + 5 * band
}

fn band_rows(width: u32) -> u32 {
    rows_within(BAND_BYTES, width).min(TILE)
}

/// Renders an image.
pub(crate) struct InrGanBands<'a> {
    network: &'a InrGan,
    code: Code,
    view: &'a View,
    /// The last block that the view takes.
    last: usize,
    weights: Option<Arc<InrGanWeights>>,
}

impl<'a> InrGanBands<'a> {
    /// With the blocks that a picture of `density` pixels a unit takes.
    pub(crate) fn new(network: &'a InrGan, code: &Code, view: &'a View, density: f64) -> Self {
        let last = network.config().last_block(density);
        Self { network, code: code.clone(), view, last, weights: None }
    }

    /// Colours of a tile's pixels, along its rows.
    fn tile(
        &self,
        weights: &InrGanWeights,
        columns: Range<u32>,
        rows: Range<u32>,
        control: &Control<'_>,
    ) -> Result<Vec<f32>> {
        let position = |i: u32, k: u32| {
            let (x, y) = self.view.position(i.into(), k.into());
            [x, y]
        };
        let pixels = rows.flat_map(|k| columns.clone().map(move |i| position(i, k)));
        let grids = Grids::new(self.network.config(), self.last, pixels);
        let mut tape = Tape::forgetting();
        let known = Deviations::Known;
        let found = forward(&mut tape, self.network, weights, &grids, known, control)?;
        Ok(found.rgb.dense().values().to_vec())
    }
}

impl Bands for InrGanBands<'_> {
    fn rows(&self) -> u32 {
        band_rows(self.view.width())
    }

    fn render(&mut self, rows: Range<u32>, out: &mut [f32], progress: &Progress<'_>) -> Result<()> {
        let control = progress.control();
        control.check()?;
        let weights = match &self.weights {
            Some(weights) => weights.clone(),
            None => Arc::new(code_weights(self.network, &self.code, control)?),
        };
        self.weights = Some(weights.clone());
        let (width, step) = (self.view.width(), (TILE * TILE / rows.len() as u32).max(1));
        let starts: Vec<u32> = (0..width).step_by(step as usize).collect();
        let tiles = starts.par_iter().map(|first| {
            let columns = *first..width.min(first + step);
            let values = self.tile(&weights, columns.clone(), rows.clone(), control)?;
            progress.add(columns.len() * rows.len())?;
            Ok((columns, values))
        });
        for (columns, values) in tiles.collect::<Result<Vec<_>>>()? {
            let lines = out.chunks_exact_mut(3 * width as usize);
            for (line, values) in lines.zip(values.chunks_exact(3 * columns.len())) {
                line[3 * columns.start as usize..3 * columns.end as usize].copy_from_slice(values);
            }
        }
        Ok(())
    }
}
