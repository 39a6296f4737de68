//! Resampling filters: what an output sample takes from its line of input samples.

use std::f64::consts::PI;

/// A resampling filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Keys' cubic with a = -0.5.
    Bicubic,
    /// Sinc windowed by a sinc, three lobes.
    Lanczos,
}

impl Filter {
    /// Half the width in which the filter is not zero.
    fn support(self) -> f64 {
        match self {
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    fn value(self, x: f64) -> f64 {
        match self {
            Self::Bicubic => cubic(x.abs()),
            Self::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
            Self::Lanczos => 0.0,
        }
    }

    /// The first input that sample `index` of a line of `output` samples takes from a line of
    /// `input`, and the weights from there on, which sum to one. Pixels' edges coincide at the ends
    /// of the lines; where a line becomes shorter, the filter is stretched (antialiased); what lies
    /// outside the line has no weight.
    pub(crate) fn weights(self, index: u32, input: u32, output: u32) -> (usize, Vec<f64>) {
        let scale = f64::from(input) / f64::from(output);
        self.weights_at((f64::from(index) + 0.5) * scale, input, scale)
    }

    /// The same for an output sample whose centre is at `centre` input samples from the line's
    /// edge, where output samples are `scale` input samples apart.
    pub(crate) fn weights_at(self, centre: f64, input: u32, scale: f64) -> (usize, Vec<f64>) {
        let stretch = scale.max(1.0);
        let support = self.support() * stretch;
        let first = (centre - support + 0.5).max(0.0) as usize;
        let end = ((centre + support + 0.5) as usize).min(input as usize);
        let at = |i: usize| self.value((i as f64 - centre + 0.5) / stretch);
        let mut weights: Vec<f64> = (first..end).map(at).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= sum);
        (first, weights)
    }
}

fn cubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (x * PI).sin() / (x * PI) }
}
