//! Local Poly-INR's levels: features and positions become colour.
//!
//! An output pixel is the blend of the four cells around it, each a polynomial with its own affine
//! parameters. A few pixels, four evaluations each, go through all levels while they are in registers
//! and the first cache.

use pulp::{Simd, WithSimd};

use super::buffer::Buffer;
use super::product::{Packed, ROWS, chunk_columns, multiply};
use super::simd::{lanes, load, lrelu, padded, store};
use super::winograd::Conv;
use crate::model::{COMPONENTS, Upscaler};

/// Pixels taken through the levels together.
pub(super) const PIXELS: usize = 8;
/// Cells blended into a pixel.
const CELLS: usize = 4;
/// Evaluations taken through the levels together.
const EVALUATIONS: usize = PIXELS * CELLS;
/// Affine components left once 1/s, the same everywhere in a view, is folded into the constant.
const FOLDED: usize = 3;

/// The shared levels, packed.
#[derive(Debug)]
pub(super) struct PackedLevels {
    /// Features, padded.
    pub(super) features: usize,
    levels: Vec<(Packed, Buffer)>,
    /// `[3, features]` and `[3]`.
    rgb: (Buffer, [f32; 3]),
}

impl PackedLevels {
    pub(super) fn new(upscaler: &Upscaler) -> Self {
        let (n, real) = (padded(upscaler.config.features), upscaler.config.features);
        let pad = |v: &[f32]| {
            let mut v = v.to_vec();
            v.resize(n, 0.0);
            v
        };
        let level = |l: &crate::model::Linear| {
            let inside = |k, o| k < real && o < real;
            let weight =
                |k: usize, o: usize| if inside(k, o) { l.weight[o * real + k] } else { 0.0 };
            (Packed::new(n, n, lanes(), weight), pad(&l.bias).into_iter().collect())
        };
        let rgb = &upscaler.rgb;
        Self {
            features: n,
            levels: upscaler.levels.iter().map(level).collect(),
            rgb: (
                rgb.weight.chunks_exact(real).flat_map(pad).collect(),
                [rgb.bias[0], rgb.bias[1], rgb.bias[2]],
            ),
        }
    }

    /// Affine parameters a cell: `[levels, 3, features]`, constant, dx, dy.
    pub(super) fn cell_size(&self) -> usize {
        self.levels.len() * FOLDED * self.features
    }
}

/// The convolution that gives every cell its affine parameters in a view whose pixels are
/// `inverse_scale` input pixels wide.
pub(super) fn affine_conv(upscaler: &Upscaler, inverse_scale: f32) -> Conv {
    let (n, real) = (padded(upscaler.config.features), upscaler.config.features);
    let (levels, conv) = (upscaler.config.levels, &upscaler.affine);
    let size = conv.inputs * 9;
    let source = |level: usize, feature: usize, component: usize| {
        let out = (level * real + feature) * COMPONENTS + component;
        (&conv.weight[out * size..][..size], conv.bias[out])
    };
    Conv::from_fn(conv.inputs, levels * FOLDED * n, lanes(), |out| {
        let (level, component, feature) = (out / (FOLDED * n), out / n % FOLDED, out % n);
        if feature >= real {
            return None;
        }
        // Stored components are dx, dy, 1, 1/s; here they are the constant, dx, dy.
        Some(match component {
            0 => {
                let ((one, bias), (scale, scale_bias)) =
                    (source(level, feature, 2), source(level, feature, 3));
                let fold = |(a, b): (&f32, &f32)| a + inverse_scale * b;
                (one.iter().zip(scale).map(fold).collect(), bias + inverse_scale * scale_bias)
            }
            c => {
                let (weights, bias) = source(level, feature, c - 1);
                (weights.to_vec(), bias)
            }
        })
    })
}

/// One cell's part in a pixel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evaluation {
    /// Where the cell's affine parameters start.
    pub(super) cell: usize,
    /// Pixel's position from the cell's centre, in input pixels.
    pub(super) offset: [f32; 2],
    /// The cell's share of the pixel.
    pub(super) weight: f32,
}

impl Evaluation {
    const NONE: Self = Self { cell: 0, offset: [0.0; 2], weight: 0.0 };
}

/// Working memory of one thread.
pub(super) struct LocalScratch {
    evaluations: [Evaluation; EVALUATIONS],
    h: Buffer,
    next: Buffer,
}

impl LocalScratch {
    pub(super) fn new() -> Self {
        Self {
            evaluations: [Evaluation::NONE; EVALUATIONS],
            h: Buffer::default(),
            next: Buffer::default(),
        }
    }
}

/// Adds the residual to at most [`PIXELS`] pixels of `rgb`.
pub(super) struct Synthesize<'a> {
    pub(super) levels: &'a PackedLevels,
    /// Affine parameters of the cells around.
    pub(super) affine: &'a [f32],
    /// Four cells for every pixel.
    pub(super) evaluations: &'a [[Evaluation; CELLS]],
    pub(super) rgb: &'a mut [f32],
    pub(super) scratch: &'a mut LocalScratch,
}

impl WithSimd for Synthesize<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { levels, affine, evaluations, rgb, scratch } = self;
        let n = levels.features;
        let pixels = evaluations.len();
        assert!(pixels <= PIXELS && rgb.len() == pixels * 3);
        let size = levels.cell_size();
        for (slot, e) in scratch.evaluations.iter_mut().zip(evaluations.as_flattened()) {
            assert!(e.cell + size <= affine.len());
            *slot = *e;
        }
        // Slots of an earlier call may point outside this call's cells.
        scratch.evaluations[pixels * CELLS..].fill(Evaluation::NONE);
        assert!(size <= affine.len());
        scratch.h.resize(EVALUATIONS * n);
        scratch.next.resize(EVALUATIONS * n);
        let used = (pixels * CELLS).next_multiple_of(ROWS);
        first_affine(simd, n, affine, &scratch.evaluations[..used], &mut scratch.h);
        for level in 0..levels.levels.len() {
            let lanes = S::F32_LANES;
            match chunk_columns::<S>(n) / lanes {
                2 if n == 32 => one_level::<S, 2, 32>(simd, levels, level, affine, used, scratch),
                3 => one_level::<S, 3, 0>(simd, levels, level, affine, used, scratch),
                2 => one_level::<S, 2, 0>(simd, levels, level, affine, used, scratch),
                _ => one_level::<S, 1, 0>(simd, levels, level, affine, used, scratch),
            }
            std::mem::swap(&mut scratch.h, &mut scratch.next);
        }
        for (pixel, rgb) in rgb.chunks_exact_mut(3).enumerate() {
            let first = pixel * CELLS;
            let cells = &scratch.evaluations[first..first + CELLS];
            blend(simd, levels, cells, &scratch.h[first * n..(first + CELLS) * n], rgb);
        }
    }
}

/// `lrelu(A X)` of one level for one evaluation: the vector of features at `at`.
///
/// # Safety
/// `a` must be readable for three times `n` values and `at + F32_LANES` be within `n`.
#[inline(always)]
unsafe fn affine_term<S: Simd>(
    simd: S,
    a: *const f32,
    n: usize,
    at: usize,
    [dx, dy]: [f32; 2],
) -> S::f32s {
    // SAFETY: as the caller promises.
    let [one, x, y] =
        unsafe { [load::<S>(a.add(at)), load::<S>(a.add(n + at)), load::<S>(a.add(2 * n + at))] };
    let sum = simd.mul_add_e_f32s(simd.splat_f32s(dx), x, one);
    lrelu(simd, simd.mul_add_e_f32s(simd.splat_f32s(dy), y, sum))
}

/// `h = lrelu(A_0 X)`.
#[inline(always)]
fn first_affine<S: Simd>(
    simd: S,
    n: usize,
    affine: &[f32],
    evaluations: &[Evaluation],
    h: &mut [f32],
) {
    for (e, h) in evaluations.iter().zip(h.chunks_exact_mut(n)) {
        for at in (0..n).step_by(S::F32_LANES) {
            // SAFETY: the caller checked every evaluation's cell; `h` has `n` values.
            unsafe {
                let value = affine_term(simd, affine.as_ptr().add(e.cell), n, at, e.offset);
                store::<S>(h.as_mut_ptr().add(at), value);
            }
        }
    }
}

/// `next = lrelu(W_j h + b)`, times `lrelu(A_{j+1} X)` where another level follows.
#[inline(always)]
fn one_level<S: Simd, const VECTORS: usize, const K: usize>(
    simd: S,
    levels: &PackedLevels,
    level: usize,
    affine: &[f32],
    used: usize,
    scratch: &mut LocalScratch,
) {
    let n = levels.features;
    let (weights, bias) = &levels.levels[level];
    let follows = level + 1 < levels.levels.len();
    let skip = (level + 1) * FOLDED * n;
    assert!(scratch.h.len() >= used * n && scratch.next.len() >= used * n && bias.len() == n);
    for first in (0..n).step_by(VECTORS * S::F32_LANES) {
        let w = weights.chunk(first);
        for row in (0..used).step_by(ROWS) {
            // SAFETY: `h` holds `used` rows of `n`, `w` is a packed chunk of `n` rows.
            let sums = unsafe {
                multiply::<S, VECTORS, K>(simd, n, scratch.h.as_ptr().add(row * n), n, w)
            };
            for (r, sums) in sums.into_iter().enumerate() {
                let e = scratch.evaluations[row + r];
                for (v, sum) in sums.into_iter().enumerate() {
                    let at = first + v * S::F32_LANES;
                    // SAFETY: `bias` has `n` values; the caller checked every evaluation's cell,
                    // which holds all levels; `next` holds `used` rows of `n`.
                    unsafe {
                        let bias = load::<S>(bias.as_ptr().add(at));
                        let mut value = lrelu(simd, simd.add_f32s(sum, bias));
                        if follows {
                            let a = affine.as_ptr().add(e.cell + skip);
                            value = simd.mul_f32s(value, affine_term(simd, a, n, at, e.offset));
                        }
                        store::<S>(scratch.next.as_mut_ptr().add((row + r) * n + at), value);
                    }
                }
            }
        }
    }
}

/// Adds the blend of four cells' colours: weights sum to one, so features are blended.
#[inline(always)]
fn blend<S: Simd>(
    simd: S,
    levels: &PackedLevels,
    cells: &[Evaluation],
    h: &[f32],
    rgb: &mut [f32],
) {
    let n = levels.features;
    let (weights, bias) = &levels.rgb;
    assert!(h.len() == CELLS * n && cells.len() == CELLS && weights.len() == 3 * n);
    let mut sums = [simd.splat_f32s(0.0); 3];
    for at in (0..n).step_by(S::F32_LANES) {
        let mut mixed = simd.splat_f32s(0.0);
        for (c, cell) in cells.iter().enumerate() {
            // SAFETY: `h` holds CELLS rows of `n`.
            let value = unsafe { load::<S>(h.as_ptr().add(c * n + at)) };
            mixed = simd.mul_add_e_f32s(simd.splat_f32s(cell.weight), value, mixed);
        }
        for (c, sum) in sums.iter_mut().enumerate() {
            // SAFETY: `weights` holds three rows of `n`.
            let w = unsafe { load::<S>(weights.as_ptr().add(c * n + at)) };
            *sum = simd.mul_add_e_f32s(mixed, w, *sum);
        }
    }
    for ((rgb, sum), bias) in rgb.iter_mut().zip(sums).zip(bias) {
        *rgb += simd.reduce_sum_f32s(sum) + bias;
    }
}
