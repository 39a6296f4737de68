//! Heat-maps of maps, composed and fused.

use std::ops::Range;
use std::sync::Arc;

use rayon::ThreadPool;

use super::fusion::maps;
use super::view_lines::ViewLines;
use super::weights::CrepsWeights;
use crate::control::Control;
use crate::engine::cpu::bands::Progress;
use crate::engine::cpu::feature_maps::{self, FeatureRuns};
use crate::engine::cpu::tape::{Tape, Value};
use crate::error::Result;
use crate::view::View;

/// Heat-maps of the maps `wanted`, each below their number and named once.
pub(crate) fn heatmaps(
    weights: CrepsWeights,
    pool: &ThreadPool,
    view: &View,
    wanted: &[usize],
    control: &Control<'_>,
) -> Result<Vec<Vec<f32>>> {
    let progress = Progress::new(control, 2 * view.pixels());
    pool.install(|| {
        let lines = ViewLines::new(&Arc::new(weights), view, &progress)?;
        feature_maps::heatmaps(&CrepsRuns(lines), view, wanted, &progress)
    })
}

struct CrepsRuns<'a>(ViewLines<'a>);

impl FeatureRuns for CrepsRuns<'_> {
    fn run(&self) -> usize {
        self.0.run()
    }

    fn features(&self, run: Range<u64>) -> Result<Vec<Value>> {
        let own = self.0.of(run);
        let mut tape = Tape::forgetting();
        let maps = maps(&mut tape, &self.0.weights().fusion, own.all(), &own.pairs);
        Ok(maps.composed.into_iter().chain(maps.fused).collect())
    }
}
