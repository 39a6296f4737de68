//! Distances of features of unit length.

use rayon::prelude::*;

use super::map::{Map, PIXELS};
use crate::network::dot;

/// Added to a squared length, so that features that vanish have a derivative.
const EPSILON: f32 = 1e-10;

/// `features`, divided by their length at every pixel.
pub(super) fn unit(features: &Map) -> Map {
    let mut out = features.clone();
    out.values.par_chunks_mut(out.channels * PIXELS).for_each(|values| {
        for pixel in values.chunks_exact_mut(features.channels) {
            let length = length(pixel);
            pixel.iter_mut().for_each(|v| *v /= length);
        }
    });
    out
}

/// `weight mean_p |f(p) / |f(p)| - t(p)|²` of `features` f and the unit features `target` t, and its
/// derivatives by f.
pub(super) fn compare(features: &Map, target: &Map, weight: f64) -> (f64, Map) {
    let mut slope = Map::zeroed(features.width, features.height, features.channels);
    let (channels, scale) = (features.channels, weight / features.pixels() as f64);
    let chunk = channels * PIXELS;
    let slopes = slope.values.par_chunks_mut(chunk);
    let both = features.values.par_chunks(chunk).zip(target.values.par_chunks(chunk));
    let sums = slopes.zip(both).map(|(slope, (features, target))| {
        let pixels = features.chunks_exact(channels).zip(target.chunks_exact(channels));
        let pixels = slope.chunks_exact_mut(channels).zip(pixels);
        pixels.map(|(s, (f, t))| pixel(f, t, scale as f32, s)).sum::<f64>()
    });
    // Summed in the order of the pixels, whatever the threads.
    let sums: Vec<f64> = sums.collect();
    (scale * sums.iter().sum::<f64>(), slope)
}

/// `|u - t|²` with u = f / |f|; `slope` becomes its derivative by f times `scale`: with
/// g = 2 scale (u - t), that is (g - (g · u) u) / |f|.
fn pixel(f: &[f32], t: &[f32], scale: f32, slope: &mut [f32]) -> f64 {
    let length = length(f);
    let mut squares = 0.0;
    for ((s, f), t) in slope.iter_mut().zip(f).zip(t) {
        let difference = f / length - t;
        squares += f64::from(difference) * f64::from(difference);
        *s = 2.0 * scale * difference;
    }
    let along = dot(slope, f) / length;
    for (s, f) in slope.iter_mut().zip(f) {
        *s = (*s - along * f / length) / length;
    }
    squares
}

fn length(pixel: &[f32]) -> f32 {
    (dot(pixel, pixel) + EPSILON).sqrt()
}
