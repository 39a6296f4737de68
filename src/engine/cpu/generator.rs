//! Generators' fields: tiles of pixels, each taken through all levels while it is in cache.

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::bands::{Bands, Progress, rows_within};
use super::buffer::Buffer;
use super::gemm::{Matrix, multiply};
use super::simd::{arch, load, lrelu, padded, store};
use crate::error::Result;
use crate::model::{Affine, AffineActivation, Linear, Synthesis};
use crate::view::View;

/// From this many features on a tile is larger, so that packing the weights for it stays cheap.
const WIDE: usize = 512;
/// Tiles are filled up to a multiple of so many pixels. With `gemm` a product's column does not depend
/// on how many others there are, unless it is the only one, which goes another way.
const FILL: usize = 32;
/// Largest band in memory.
const BAND_BYTES: usize = 1 << 20;
/// Bytes that a thread works with.
const SCRATCH: u64 = 2 << 20;
/// Bytes of the largest tile.
const TILE_BYTES: usize = 1024 * 3 * size_of::<f32>();

/// A generator's shared weights, features padded.
#[derive(Debug)]
pub(super) struct PackedSynthesis {
    /// Features, padded.
    pub(super) features: usize,
    /// `W_j` from level 1 on, `[in, out]`, and biases.
    pub(super) levels: Vec<(Buffer, Buffer)>,
    /// Level 0 as it is: it folds into every image's affine parameters.
    pub(super) first: Linear,
    /// `[3, features]` and `[3]`.
    rgb: (Vec<f32>, [f32; 3]),
    lrelu_affine: bool,
    clamp: f32,
}

impl PackedSynthesis {
    pub(super) fn new(synthesis: &Synthesis) -> Self {
        let real = synthesis.rgb.inputs;
        let n = padded(real);
        let pad = |v: &[f32]| {
            let mut v = v.to_vec();
            v.resize(n, 0.0);
            v
        };
        let level = |l: &Linear| {
            let mut transposed = Buffer::zeroed(n * n);
            for (out, row) in l.weight.chunks_exact(real).enumerate() {
                row.iter().enumerate().for_each(|(k, w)| transposed[k * n + out] = *w);
            }
            (transposed, pad(&l.bias).into_iter().collect())
        };
        let rgb = &synthesis.rgb;
        Self {
            features: n,
            levels: synthesis.levels[1..].iter().map(level).collect(),
            first: synthesis.levels[0].clone(),
            rgb: (
                rgb.weight.chunks_exact(real).flat_map(pad).collect(),
                [rgb.bias[0], rgb.bias[1], rgb.bias[2]],
            ),
            lrelu_affine: synthesis.affine_activation == AffineActivation::Lrelu,
            clamp: synthesis.clamp.unwrap_or(f32::INFINITY),
        }
    }

    /// Most pixels of a tile.
    pub(super) fn tile(&self) -> usize {
        if self.features >= WIDE { 1024 } else { 512 }
    }
}

/// One image's affine parameters `[levels, 3, n]`, coefficients of x, y, 1; level 0 has the shared
/// weights and bias folded in: `W_0 (A_0 X) + b_0`.
pub(super) fn pack_affine(n: usize, first: &Linear, affine: &Affine) -> Buffer {
    let mut out = Buffer::zeroed(affine.levels() * 3 * n);
    for (level, out) in out.chunks_exact_mut(3 * n).enumerate() {
        let a = affine.level(level);
        for column in 0..3 {
            let out = &mut out[column * n..(column + 1) * n];
            match level {
                0 => fold_first(first, a, column, out),
                _ => a.chunks_exact(3).zip(out).for_each(|(a, o)| *o = a[column]),
            }
        }
    }
    out
}

fn fold_first(first: &Linear, a: &[f32], column: usize, out: &mut [f32]) {
    for ((row, bias), out) in first.weight.chunks_exact(first.inputs).zip(&first.bias).zip(out) {
        let products = row.iter().zip(a.chunks_exact(3));
        let sum: f64 = products.map(|(w, a)| f64::from(*w) * f64::from(a[column])).sum();
        let bias = if column == 2 { f64::from(*bias) } else { 0.0 };
        *out = (sum + bias) as f32;
    }
}

/// Most bytes held while a view of `width` pixels is rendered by `threads` threads: bands as they are
/// computed, handed on and brought into a file's channels.
pub(crate) fn memory(width: u32, threads: usize) -> u64 {
    let tiles = (8 * threads * TILE_BYTES).max(BAND_BYTES);
    let band = u64::from(rows_within(tiles, width)) * u64::from(width) * 12;
    let scratch = (threads as u64) * SCRATCH;
    4 * band + scratch
}

/// Renders a generator's field.
pub(super) struct GeneratorBands<'a> {
    packed: &'a PackedSynthesis,
    affine: Buffer,
    view: &'a View,
    rows: u32,
}

impl<'a> GeneratorBands<'a> {
    pub(super) fn new(
        packed: &'a PackedSynthesis,
        affine: &Affine,
        view: &'a View,
        threads: usize,
    ) -> Self {
        // Every thread has several tiles in a band, so that none waits long for the others.
        let tiles = 8 * threads * packed.tile() * 3 * size_of::<f32>();
        let rows = rows_within(tiles.max(BAND_BYTES), view.width());
        Self { packed, affine: pack_affine(packed.features, &packed.first, affine), view, rows }
    }

    /// Renders the pixels from `first` on, counted along the rows of the view.
    fn tile(&self, first: u64, out: &mut [f32], scratch: &mut TileScratch) {
        scratch.place(self.view, first, out.len() / 3);
        arch().dispatch(Levels { packed: self.packed, affine: &self.affine, scratch, out });
    }
}

impl Bands for GeneratorBands<'_> {
    fn rows(&self) -> u32 {
        self.rows
    }

    fn render(&mut self, rows: Range<u32>, out: &mut [f32], progress: &Progress<'_>) -> Result<()> {
        let tile = self.packed.tile();
        let start = u64::from(rows.start) * u64::from(self.view.width());
        out.par_chunks_mut(tile * 3).enumerate().try_for_each_init(
            TileScratch::default,
            |scratch, (i, out)| {
                self.tile(start + (i * tile) as u64, out, scratch);
                progress.add(out.len() / 3)
            },
        )
    }
}

/// Working memory of one thread.
#[derive(Default)]
pub(super) struct TileScratch {
    pub(super) positions: Vec<[f32; 2]>,
    pub(super) h: Buffer,
    pub(super) next: Buffer,
}

impl TileScratch {
    /// Positions of `pixels` pixels from `first` on, counted along the rows of `view`. The last of
    /// them is repeated until the tile is filled up.
    pub(super) fn place(&mut self, view: &View, first: u64, pixels: usize) {
        let width = u64::from(view.width());
        self.positions.resize(pixels.next_multiple_of(FILL), [0.0; 2]);
        for (i, position) in self.positions.iter_mut().enumerate() {
            let pixel = first + i.min(pixels - 1) as u64;
            let (x, y) = view.position((pixel % width) as i64, (pixel / width) as i64);
            *position = [x as f32, y as f32];
        }
    }
}

/// A tile through all levels.
struct Levels<'a> {
    packed: &'a PackedSynthesis,
    affine: &'a [f32],
    scratch: &'a mut TileScratch,
    out: &'a mut [f32],
}

impl WithSimd for Levels<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { packed, affine, scratch, out } = self;
        let TileScratch { positions, h, next } = scratch;
        let n = packed.features;
        h.resize(positions.len() * n);
        next.resize(positions.len() * n);
        let mut levels = affine.chunks_exact(3 * n);
        let (first, mut following) = (levels.next().unwrap_or_default(), levels.next());
        finish(simd, packed, &Step { bias: None, own: Some(first), following }, positions, h);
        for (weights, bias) in &packed.levels {
            product(n, weights, h, next);
            following = levels.next();
            finish(simd, packed, &Step { bias: Some(bias), own: None, following }, positions, next);
            std::mem::swap(h, next);
        }
        for (h, rgb) in h.chunks_exact(n).zip(out.chunks_exact_mut(3)) {
            colour(simd, packed, h, rgb);
        }
    }
}

/// `next [pixels, n] = h [pixels, n] · Wᵀ`.
pub(super) fn product(n: usize, weights: &[f32], h: &[f32], next: &mut [f32]) {
    let pixels = h.len() / n;
    assert!(weights.len() == n * n && h.len() == pixels * n && next.len() == pixels * n);
    let (w, h) = (Matrix::by_columns(weights, n), Matrix::by_columns(h, n));
    multiply([n, n, pixels], w, h, false, next);
}

/// What happens to a level's products.
pub(super) struct Step<'a> {
    /// Added to the products; level 0 has none.
    pub(super) bias: Option<&'a [f32]>,
    /// Taken at the position in place of products: level 0, folded.
    pub(super) own: Option<&'a [f32]>,
    /// Affine parameters of the level that follows.
    pub(super) following: Option<&'a [f32]>,
}

/// `h = clamp(lrelu(products + bias))`, times the following level's affine term.
#[inline(always)]
pub(super) fn finish<S: Simd>(
    simd: S,
    packed: &PackedSynthesis,
    step: &Step<'_>,
    positions: &[[f32; 2]],
    h: &mut [f32],
) {
    let n = packed.features;
    let long_enough = |v: Option<&[f32]>, len: usize| v.is_none_or(|v| v.len() == len);
    assert!(long_enough(step.bias, n) && long_enough(step.own, 3 * n));
    assert!(long_enough(step.following, 3 * n) && n.is_multiple_of(S::F32_LANES));
    let (high, low) = (simd.splat_f32s(packed.clamp), simd.splat_f32s(-packed.clamp));
    for (h, position) in h.chunks_exact_mut(n).zip(positions) {
        for at in (0..n).step_by(S::F32_LANES) {
            // SAFETY: all slices were checked to hold `n` values, or three times `n`; a vector at
            // `at` ends within `n`.
            unsafe {
                let value = match (step.own, step.bias) {
                    (Some(a), _) => affine_at(simd, a, n, at, *position),
                    (None, Some(b)) => {
                        simd.add_f32s(load::<S>(h.as_ptr().add(at)), load::<S>(b.as_ptr().add(at)))
                    }
                    (None, None) => load::<S>(h.as_ptr().add(at)),
                };
                let mut value = simd.min_f32s(simd.max_f32s(lrelu(simd, value), low), high);
                if let Some(a) = step.following {
                    value = simd.mul_f32s(value, term_at(simd, packed, a, at, *position));
                }
                store::<S>(h.as_mut_ptr().add(at), value);
            }
        }
    }
}

/// Multiplies features that are [finished](finish) by the affine term of the level that follows.
#[inline(always)]
pub(super) fn modulate<S: Simd>(
    simd: S,
    packed: &PackedSynthesis,
    following: &[f32],
    positions: &[[f32; 2]],
    h: &mut [f32],
) {
    let n = packed.features;
    assert!(following.len() == 3 * n && n.is_multiple_of(S::F32_LANES));
    for (h, position) in h.chunks_exact_mut(n).zip(positions) {
        for at in (0..n).step_by(S::F32_LANES) {
            // SAFETY: the slices were checked to hold `n` values and three times `n`; a vector at
            // `at` ends within `n`.
            unsafe {
                let value = load::<S>(h.as_ptr().add(at));
                let term = term_at(simd, packed, following, at, *position);
                store::<S>(h.as_mut_ptr().add(at), simd.mul_f32s(value, term));
            }
        }
    }
}

/// The affine term that products of a level from 1 on are multiplied by.
///
/// # Safety
/// As [`affine_at`].
#[inline(always)]
unsafe fn term_at<S: Simd>(
    simd: S,
    packed: &PackedSynthesis,
    a: &[f32],
    at: usize,
    position: [f32; 2],
) -> S::f32s {
    // SAFETY: as the caller promises.
    let term = unsafe { affine_at(simd, a, packed.features, at, position) };
    if packed.lrelu_affine { lrelu(simd, term) } else { term }
}

/// `A X` for the vector of features at `at`.
///
/// # Safety
/// `a` must hold three times `n` values and a vector at `at` end within `n`.
#[inline(always)]
unsafe fn affine_at<S: Simd>(simd: S, a: &[f32], n: usize, at: usize, [x, y]: [f32; 2]) -> S::f32s {
    let a = a.as_ptr();
    // SAFETY: as the caller promises.
    let [ax, ay, one] =
        unsafe { [load::<S>(a.add(at)), load::<S>(a.add(n + at)), load::<S>(a.add(2 * n + at))] };
    let sum = simd.mul_add_e_f32s(simd.splat_f32s(y), ay, one);
    simd.mul_add_e_f32s(simd.splat_f32s(x), ax, sum)
}

/// Features to RGB, from the nominal range `[-1, 1]` to `[0, 1]`.
#[inline(always)]
fn colour<S: Simd>(simd: S, packed: &PackedSynthesis, h: &[f32], rgb: &mut [f32]) {
    let (weights, bias) = &packed.rgb;
    let n = h.len();
    for (c, rgb) in rgb.iter_mut().enumerate() {
        *rgb = (product_sum(simd, h, &weights[c * n..(c + 1) * n]) + bias[c] + 1.0) * 0.5;
    }
}

/// `Σ h w` over features, padding included.
#[inline(always)]
pub(super) fn product_sum<S: Simd>(simd: S, h: &[f32], w: &[f32]) -> f32 {
    let ((h, _), (w, _)) = (S::as_simd_f32s(h), S::as_simd_f32s(w));
    let mut sum = simd.splat_f32s(0.0);
    for (h, w) in h.iter().zip(w) {
        sum = simd.mul_add_e_f32s(*h, *w, sum);
    }
    simd.reduce_sum_f32s(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On this the size of tiles relies.
    #[test]
    fn products_do_not_depend_on_the_number_of_pixels() {
        for n in [16, 32, 64, 80, 128, 256, 512, 640] {
            let values = |count: usize, seed| crate::model::latent(seed, count);
            let (weights, h) = (values(n * n, 1), values(n * 512, 2));
            let mut whole = vec![0.0; n * 512];
            product(n, &weights, &h, &mut whole);
            for pixels in [FILL, 2 * FILL, 3 * FILL, 7 * FILL, 512 - FILL] {
                let mut part = vec![0.0; n * pixels];
                product(n, &weights, &h[..n * pixels], &mut part);
                assert!(part == whole[..n * pixels], "{n} features, {pixels} pixels");
            }
        }
    }
}
