//! What the codes of mapped latents are like: where an inversion starts, and what keeps it near.

use crate::engine::{DerivativeRequest, Derivatives};
use crate::error::Result;
use crate::model::{Generator, Truncation};
use crate::network::Code;

/// Latents that are mapped for the statistics.
const DRAWS: usize = 128;
/// Most class averages that are tried as starts.
const AVERAGES: usize = 64;
/// Least deviation of an entry, as a share of the mean one.
const FLOOR: f32 = 0.1;

/// The spread of mapped latents' codes, and those of each.
#[derive(Debug)]
pub(super) struct Prior {
    /// Mean of every value, in the order of [`Code::values`].
    pub mean: Vec<f32>,
    /// Standard deviation of every value, not too small.
    pub deviation: Vec<f32>,
    candidates: Vec<Code>,
}

impl Prior {
    /// Of `class`, or of all classes in turn.
    pub fn new(generator: &Generator, class: Option<usize>) -> Result<Self> {
        let count = generator.classes().len();
        let class_of = |i: usize| class.or((count > 0).then(|| i % count.max(1)));
        let mapped = |i: usize, psi: f32| {
            let class = class_of(i);
            let w = generator.map(&generator.latent(i as u32), class)?;
            generator.code(&generator.styles(&w, class, &Truncation::uniform(psi))?)
        };
        let averages = if class.is_some() { 1 } else { count.clamp(1, AVERAGES) };
        let averages: Vec<Code> = (0..averages).map(|i| mapped(i, 0.0)).collect::<Result<_>>()?;
        let drawn: Vec<Code> = (0..DRAWS).map(|i| mapped(i, 1.0)).collect::<Result<_>>()?;
        let (mean, mut deviation) = statistics(&drawn);
        let mut rest = deviation.as_mut_slice();
        for tensor in drawn[0].tensors() {
            let (own, others) = rest.split_at_mut(tensor.values().len());
            floored(own);
            rest = others;
        }
        Ok(Self { mean, deviation, candidates: averages.into_iter().chain(drawn).collect() })
    }

    /// The mapped latent whose picture is nearest: where `distance` of its pixels at `positions` is
    /// least.
    pub fn nearest(
        &self,
        engine: &dyn Derivatives,
        generator: &Generator,
        positions: &[[f32; 2]],
        distance: impl Fn(&[f32]) -> f64,
    ) -> Result<Code> {
        let mut best = (f64::INFINITY, &self.candidates[0]);
        for code in &self.candidates {
            let network = generator.network();
            let request = DerivativeRequest { network, code, positions, weights: false };
            let found = distance(engine.linearise(&request)?.rgb());
            if found < best.0 {
                best = (found, code);
            }
        }
        Ok(best.1.clone())
    }
}

/// Mean and standard deviation of every value.
fn statistics(drawn: &[Code]) -> (Vec<f32>, Vec<f32>) {
    let count = drawn.len().max(1) as f64;
    let entries = drawn.first().map_or(0, |code| code.values().count());
    let (mut sums, mut squares) = (vec![0.0f64; entries], vec![0.0f64; entries]);
    for code in drawn {
        for (i, v) in code.values().enumerate() {
            sums[i] += f64::from(v);
            squares[i] += f64::from(v) * f64::from(v);
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
