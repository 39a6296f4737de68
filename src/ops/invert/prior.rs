//! What the mapping network's affine parameters are like: where an inversion starts, and what keeps
//! it near.

use crate::engine::{Engine, GradientRequest};
use crate::error::Result;
use crate::model::{Affine, Generator, Truncation};

/// Latents that are mapped for the statistics.
const DRAWS: usize = 128;
/// Most class averages that are tried as starts.
const AVERAGES: usize = 64;
/// Least deviation of an entry, as a share of the mean one.
const FLOOR: f32 = 0.1;

/// The spread of mapped latents' affine parameters, and those of each.
#[derive(Debug)]
pub(super) struct Prior {
    /// Mean of every entry of A, `[levels, n, 3]`.
    pub mean: Vec<f32>,
    /// Standard deviation of every entry, not too small.
    pub deviation: Vec<f32>,
    candidates: Vec<Affine>,
}

impl Prior {
    /// Of `class`, or of all classes in turn.
    pub fn new(generator: &Generator, class: Option<usize>) -> Result<Self> {
        let count = generator.config.classes.len();
        let class_of = |i: usize| class.or((count > 0).then(|| i % count.max(1)));
        let mapped = |i: usize, psi: f32| {
            let class = class_of(i);
            let w = generator.map(&generator.latent(i as u32), class)?;
            generator.affine(&generator.styles(&w, class, Truncation::uniform(psi))?)
        };
        let averages = if class.is_some() { 1 } else { count.clamp(1, AVERAGES) };
        let averages: Vec<Affine> = (0..averages).map(|i| mapped(i, 0.0)).collect::<Result<_>>()?;
        let drawn: Vec<Affine> = (0..DRAWS).map(|i| mapped(i, 1.0)).collect::<Result<_>>()?;
        let (mean, mut deviation) = statistics(&drawn);
        deviation.chunks_exact_mut(3 * generator.config.features).for_each(floored);
        Ok(Self { mean, deviation, candidates: averages.into_iter().chain(drawn).collect() })
    }

    /// The mapped latent whose picture is nearest: where `distance` of its pixels at `positions` is
    /// least.
    pub fn nearest(
        &self,
        engine: &dyn Engine,
        generator: &Generator,
        positions: &[[f32; 2]],
        distance: impl Fn(&[f32]) -> f64,
    ) -> Result<Affine> {
        let mut best = (f64::INFINITY, &self.candidates[0]);
        for affine in &self.candidates {
            let synthesis = generator.synthesis();
            let request = GradientRequest { synthesis, affine, positions, weights: false };
            let found = distance(engine.linearise(&request)?.rgb());
            if found < best.0 {
                best = (found, affine);
            }
        }
        Ok(best.1.clone())
    }
}

/// Mean and standard deviation of every entry.
fn statistics(drawn: &[Affine]) -> (Vec<f32>, Vec<f32>) {
    let count = drawn.len().max(1) as f64;
    let entries = drawn.first().map_or(0, |a| a.values().len());
    let (mut sums, mut squares) = (vec![0.0f64; entries], vec![0.0f64; entries]);
    for affine in drawn {
        for (i, v) in affine.values().iter().enumerate() {
            sums[i] += f64::from(*v);
            squares[i] += f64::from(*v) * f64::from(*v);
        }
    }
    let mean = sums.iter().map(|s| (s / count) as f32).collect();
    let parts = sums.iter().zip(squares);
    let deviation = parts.map(|(s, q)| (q / count - (s / count).powi(2)).max(0.0).sqrt() as f32);
    (mean, deviation.collect())
}

/// Raises what is far below the usual.
fn floored(deviations: &mut [f32]) {
    let usual = deviations.iter().sum::<f32>() / deviations.len().max(1) as f32;
    let floor = (FLOOR * usual).max(1e-6);
    deviations.iter_mut().for_each(|s| *s = s.max(floor));
}
