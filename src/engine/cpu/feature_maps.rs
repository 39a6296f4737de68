//! Heat-maps of networks that a tape computes.
//!
//! Features of all pixels would take kilobytes a pixel, so all runs of pixels are computed twice: once for
//! the means, once for the maps. Runs of a band are computed together and taken in order, so that sums do
//! not depend on threads.

use std::ops::Range;

use rayon::prelude::*;

use super::bands::Progress;
use super::tape::Value;
use crate::error::Result;
use crate::memory;
use crate::network::dot;
use crate::view::View;

/// Runs a band, for each thread.
const RUNS: u64 = 8;

/// Gives features of pixels.
pub(super) trait FeatureRuns: Sync {
    /// Pixels of a run.
    fn run(&self) -> usize;

    /// The feature maps of a run of pixels, counted along the rows of the view.
    ///
    /// # Errors
    /// When the work should stop.
    fn features(&self, run: Range<u64>) -> Result<Vec<Value>>;
}

/// Heat-maps of the feature maps `wanted`: `H(p) = Σ_c mean_p(h_c) h_c(p)`, `[height, width]` each. To be
/// called inside the thread pool; progress counts every pixel twice.
pub(super) fn heatmaps(
    runs: &dyn FeatureRuns,
    view: &View,
    wanted: &[usize],
    progress: &Progress<'_>,
) -> Result<Vec<Vec<f32>>> {
    let means = means(runs, view, wanted, progress)?;
    let room = view.pixels() as usize;
    let map = |_: &usize| memory::with_capacity(room, "size");
    let mut maps: Vec<Vec<f32>> = wanted.iter().map(map).collect::<Result<_>>()?;
    let heat = |features: Vec<Value>| -> Vec<Vec<f32>> {
        let of = |(number, mean): (&usize, &Vec<f32>)| {
            let dense = features[*number].dense();
            dense.values().chunks_exact(dense.columns()).map(|h| dot(h, mean)).collect()
        };
        wanted.iter().zip(&means).map(of).collect()
    };
    each(runs, view, progress, &heat, |more: Vec<Vec<f32>>| {
        maps.iter_mut().zip(more).for_each(|(map, more)| map.extend(more));
    })?;
    Ok(maps)
}

/// Mean of every feature of the maps over the view's pixels.
fn means(
    runs: &dyn FeatureRuns,
    view: &View,
    wanted: &[usize],
    progress: &Progress<'_>,
) -> Result<Vec<Vec<f32>>> {
    let sum = |features: Vec<Value>| -> Vec<Vec<f64>> {
        let of = |number: &usize| {
            let dense = features[*number].dense();
            let mut sums = vec![0.0f64; dense.columns()];
            for h in dense.values().chunks_exact(dense.columns()) {
                sums.iter_mut().zip(h).for_each(|(sum, h)| *sum += f64::from(*h));
            }
            sums
        };
        wanted.iter().map(of).collect()
    };
    let mut sums: Vec<Vec<f64>> = vec![Vec::new(); wanted.len()];
    each(runs, view, progress, &sum, |more: Vec<Vec<f64>>| {
        for (sums, more) in sums.iter_mut().zip(more) {
            sums.resize(more.len(), 0.0);
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    })?;
    let pixels = view.pixels() as f64;
    let mean = |sums: Vec<f64>| sums.into_iter().map(|sum| (sum / pixels) as f32).collect();
    Ok(sums.into_iter().map(mean).collect())
}

/// Takes what `make` makes of the features of all runs, in their order.
fn each<T: Send>(
    runs: &dyn FeatureRuns,
    view: &View,
    progress: &Progress<'_>,
    make: &(dyn Fn(Vec<Value>) -> T + Sync),
    mut take: impl FnMut(T),
) -> Result<()> {
    let run = runs.run() as u64;
    let count = view.pixels().div_ceil(run);
    let band = RUNS * rayon::current_num_threads() as u64;
    for first in (0..count).step_by(band as usize) {
        let band = (first..count.min(first + band)).into_par_iter().map(|number| {
            let pixels = number * run..view.pixels().min((number + 1) * run);
            let made = make(runs.features(pixels.clone())?);
            progress.add((pixels.end - pixels.start) as usize)?;
            Ok(made)
        });
        let band: Vec<T> = band.collect::<Result<_>>()?;
        band.into_iter().for_each(&mut take);
    }
    Ok(())
}
