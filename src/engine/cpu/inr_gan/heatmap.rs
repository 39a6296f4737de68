//! Heat-maps of blocks.

use std::ops::Range;

use rayon::ThreadPool;

use super::forward::with_maps;
use super::image::code_weights;
use super::weights::InrGanWeights;
use crate::control::Control;
use crate::engine::cpu::bands::Progress;
use crate::engine::cpu::feature_maps::{self, FeatureRuns};
use crate::engine::cpu::tape::{Tape, Value};
use crate::error::Result;
use crate::network::Code;
use crate::network::inr_gan::{Grids, InrGan};
use crate::view::View;

/// Pixels of a run.
const RUN: usize = 1024;

/// Heat-maps of the blocks `wanted`, each below their number and named once.
pub(crate) fn heatmaps(
    network: &InrGan,
    pool: &ThreadPool,
    code: &Code,
    view: &View,
    wanted: &[usize],
    control: &Control<'_>,
) -> Result<Vec<Vec<f32>>> {
    let progress = Progress::new(control, 2 * view.pixels());
    pool.install(|| {
        let runs =
            InrGanRuns { network, weights: code_weights(network, code, control)?, view, control };
        feature_maps::heatmaps(&runs, view, wanted, &progress)
    })
}

struct InrGanRuns<'a> {
    network: &'a InrGan,
    weights: InrGanWeights,
    view: &'a View,
    control: &'a Control<'a>,
}

impl FeatureRuns for InrGanRuns<'_> {
    fn run(&self) -> usize {
        RUN
    }

    fn features(&self, run: Range<u64>) -> Result<Vec<Value>> {
        let width = u64::from(self.view.width());
        let positions = run.map(|pixel| {
            let (x, y) = self.view.position((pixel % width) as i64, (pixel / width) as i64);
            [x, y]
        });
        let config = self.network.config();
        let grids = Grids::new(config, config.blocks.len() - 1, positions);
        let mut tape = Tape::forgetting();
        Ok(with_maps(&mut tape, self.network, &self.weights, &grids, self.control)?.maps)
    }
}
