//! Poly-INR's weights as the passes take them.

use crate::engine::cpu::buffer::Buffer;
use crate::engine::cpu::simd::padded;
use crate::network::poly_inr::AffineActivation;
use crate::network::{Code, LRELU_SLOPE, Linear, PolyInr};

/// From this many features on a tile is larger, so that packing the weights for it stays cheap.
const WIDE: usize = 512;

/// The weights that images share, features padded.
#[derive(Debug)]
pub(crate) struct PackedPolyInr {
    /// Features, padded.
    pub(super) features: usize,
    /// `W_j` from level 1 on, `[in, out]`, and biases.
    pub(super) levels: Vec<(Buffer, Buffer)>,
    /// Level 0 as it is: it folds into every image's affine parameters.
    pub(super) first: Linear,
    /// `[3, features]` and `[3]`.
    pub(super) rgb: (Buffer, [f32; 3]),
    /// Slope below zero of what the affine term passes through: 1 where that is nothing.
    pub(super) affine_slope: f32,
    /// Largest magnitude of a level's output.
    pub(super) clamp: f32,
}

impl PackedPolyInr {
    pub(crate) fn new(network: &PolyInr) -> Self {
        let (config, rgb) = (network.config(), network.rgb());
        let (real, n) = (config.features, padded(config.features));
        let rows = |weight: &[f32], count: usize| {
            let mut out = Buffer::zeroed(count * n);
            for (from, to) in weight.chunks_exact(real).zip(out.chunks_exact_mut(n)) {
                to[..real].copy_from_slice(from);
            }
            out
        };
        let level = |l: &Linear| {
            let mut transposed = Buffer::zeroed(n * n);
            for (out, row) in l.weight.chunks_exact(real).enumerate() {
                row.iter().enumerate().for_each(|(k, w)| transposed[k * n + out] = *w);
            }
            (transposed, rows(&l.bias, 1))
        };
        Self {
            features: n,
            levels: network.levels()[1..].iter().map(level).collect(),
            first: network.levels()[0].clone(),
            rgb: (rows(&rgb.weight, 3), [rgb.bias[0], rgb.bias[1], rgb.bias[2]]),
            affine_slope: match config.affine_activation {
                AffineActivation::Lrelu => LRELU_SLOPE,
                AffineActivation::None => 1.0,
            },
            clamp: config.clamp.unwrap_or(f32::INFINITY),
        }
    }

    /// Number of levels.
    pub(super) fn count(&self) -> usize {
        self.levels.len() + 1
    }

    /// Most pixels of a tile.
    pub(super) fn tile(&self) -> usize {
        if self.features >= WIDE { 1024 } else { 512 }
    }

    /// One image's affine parameters `[levels, 3, n]`, coefficients of x, y, 1; level 0 has the shared
    /// weights and bias folded in: `W_0 (A_0 X) + b_0`.
    pub(super) fn affine(&self, code: &Code) -> Buffer {
        let n = self.features;
        let mut out = Buffer::zeroed(self.count() * 3 * n);
        for (level, out) in out.chunks_exact_mut(3 * n).enumerate() {
            let a = code.level(level)[0].values();
            for column in 0..3 {
                let out = &mut out[column * n..(column + 1) * n];
                match level {
                    0 => fold_first(&self.first, a, column, out),
                    _ => a.chunks_exact(3).zip(out).for_each(|(a, o)| *o = a[column]),
                }
            }
        }
        out
    }
}

fn fold_first(first: &Linear, a: &[f32], column: usize, out: &mut [f32]) {
    for ((row, bias), out) in first.weight.chunks_exact(first.inputs).zip(&first.bias).zip(out) {
        let products = row.iter().zip(a.chunks_exact(3));
        let sum: f64 = products.map(|(w, a)| f64::from(*w) * f64::from(a[column])).sum();
        let bias = if column == 2 { f64::from(*bias) } else { 0.0 };
        *out = (sum + bias) as f32;
    }
}
