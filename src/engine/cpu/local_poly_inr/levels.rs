//! Local Poly-INR's levels: features and positions become colour.
//!
//! Every cell has its own affine parameters. An output pixel is the blend of the polynomials of the four
//! cells around it, or one polynomial of their blended affine terms. A few pixels, with a row of features
//! for every polynomial, go through all levels while they are in registers and the first cache.

use pulp::{Simd, WithSimd};

use crate::engine::cpu::buffer::Buffer;
use crate::engine::cpu::product::{Packed, ROWS, chunk_columns, multiply};
use crate::engine::cpu::simd::{lanes, load, lrelu, padded, store};
use crate::network::LocalPolyInr;
use crate::network::local_poly_inr::Blend;

/// Rows of features taken through the levels together.
const TOGETHER: usize = 32;
/// Most pixels taken through the levels together.
pub(super) const PIXELS: usize = TOGETHER;
/// Cells blended into a pixel.
const CELLS: usize = 4;
/// Cells that rows taken through the levels together may have.
const EVALUATIONS: usize = TOGETHER * CELLS;
/// Affine components left once 1/s, the same everywhere in a view, is folded into the constant.
pub(super) const FOLDED: usize = 3;

/// The shared levels, packed.
#[derive(Debug)]
pub(super) struct PackedLevels {
    /// Features, padded.
    pub(super) features: usize,
    blend: Blend,
    levels: Vec<(Packed, Buffer)>,
    /// `[3, features]` and `[3]`.
    rgb: (Buffer, [f32; 3]),
}

impl PackedLevels {
    pub(super) fn new(network: &LocalPolyInr) -> Self {
        let (n, real) = (padded(network.config().features), network.config().features);
        let pad = |v: &[f32]| {
            let mut v = v.to_vec();
            v.resize(n, 0.0);
            v
        };
        let level = |l: &crate::network::Linear| {
            let inside = |k, o| k < real && o < real;
            let weight =
                |k: usize, o: usize| if inside(k, o) { l.weight[o * real + k] } else { 0.0 };
            (Packed::new(n, n, lanes(), weight), pad(&l.bias).into_iter().collect())
        };
        let rgb = &network.weights().rgb;
        Self {
            features: n,
            blend: network.config().blend,
            levels: network.weights().levels.iter().map(level).collect(),
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

    /// Pixels to be taken through the levels together.
    pub(super) fn pixels(&self) -> usize {
        match self.blend {
            Blend::Colours => TOGETHER / CELLS,
            Blend::Terms => TOGETHER,
        }
    }
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

/// Adds the residual to at most [`PackedLevels::pixels`] pixels of `rgb`.
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
        match self.levels.blend {
            Blend::Colours => self.rows_of::<S, 1>(simd),
            Blend::Terms => self.rows_of::<S, CELLS>(simd),
        }
    }
}

impl Synthesize<'_> {
    /// With the affine terms of `OF` cells blended for a row of features.
    #[inline(always)]
    fn rows_of<S: Simd, const OF: usize>(self, simd: S) {
        let Self { levels, affine, evaluations, rgb, scratch } = self;
        let n = levels.features;
        let pixels = evaluations.len();
        assert!(pixels <= levels.pixels() && rgb.len() == pixels * 3);
        let size = levels.cell_size();
        for (slot, e) in scratch.evaluations.iter_mut().zip(evaluations.as_flattened()) {
            assert!(e.cell + size <= affine.len());
            *slot = *e;
        }
        let rows = CELLS / OF;
        let used = (pixels * rows).next_multiple_of(ROWS);
        // Slots of an earlier call may point outside this call's cells.
        scratch.evaluations[pixels * CELLS..used * OF].fill(Evaluation::NONE);
        assert!(size <= affine.len());
        scratch.h.resize(TOGETHER * n);
        scratch.next.resize(TOGETHER * n);
        let evaluations = &scratch.evaluations[..used * OF];
        // SAFETY: all cells were seen to have `size` values, those of slots that are filled up too.
        unsafe { first_affine::<S, OF>(simd, n, affine, evaluations, &mut scratch.h) };
        for level in 0..levels.levels.len() {
            let lanes = S::F32_LANES;
            // SAFETY: as before; a cell's `size` values are those of all levels.
            unsafe {
                match chunk_columns::<S>(n) / lanes {
                    2 if n == 32 => {
                        one_level::<S, 2, 32, OF>(simd, levels, level, affine, used, scratch)
                    }
                    3 => one_level::<S, 3, 0, OF>(simd, levels, level, affine, used, scratch),
                    2 => one_level::<S, 2, 0, OF>(simd, levels, level, affine, used, scratch),
                    _ => one_level::<S, 1, 0, OF>(simd, levels, level, affine, used, scratch),
                }
            }
            std::mem::swap(&mut scratch.h, &mut scratch.next);
        }
        for (pixel, rgb) in rgb.chunks_exact_mut(3).enumerate() {
            let cells = &scratch.evaluations[pixel * CELLS..][..CELLS];
            let h = &scratch.h[pixel * rows * n..][..rows * n];
            blend::<S, OF>(simd, levels, cells, h, rgb);
        }
    }
}

/// `lrelu(A X)` of one level for a row of features, or of the blend where it has several cells: the
/// vector of features at `at`.
///
/// # Safety
/// `a` must be readable for three times `n` values from every cell on and `at + F32_LANES` be within
/// `n`.
#[inline(always)]
unsafe fn affine_term<S: Simd, const OF: usize>(
    simd: S,
    a: *const f32,
    n: usize,
    at: usize,
    cells: &[Evaluation; OF],
) -> S::f32s {
    let mut blended = simd.splat_f32s(0.0);
    for e in cells {
        // SAFETY: as the caller promises.
        let [one, x, y] = unsafe {
            let a = a.add(e.cell + at);
            [load::<S>(a), load::<S>(a.add(n)), load::<S>(a.add(2 * n))]
        };
        let [dx, dy] = e.offset.map(|offset| simd.splat_f32s(offset));
        let term = simd.mul_add_e_f32s(dy, y, simd.mul_add_e_f32s(dx, x, one));
        blended = match OF {
            1 => term,
            _ => simd.mul_add_e_f32s(simd.splat_f32s(e.weight), term, blended),
        };
    }
    lrelu(simd, blended)
}

/// `h = lrelu(A_0 X)`.
///
/// # Safety
/// `affine` must hold three times `n` values from every evaluation's cell on.
#[inline(always)]
unsafe fn first_affine<S: Simd, const OF: usize>(
    simd: S,
    n: usize,
    affine: &[f32],
    evaluations: &[Evaluation],
    h: &mut [f32],
) {
    assert!(n.is_multiple_of(S::F32_LANES));
    for (cells, h) in evaluations.as_chunks::<OF>().0.iter().zip(h.chunks_exact_mut(n)) {
        for at in (0..n).step_by(S::F32_LANES) {
            // SAFETY: as the caller promises of the cells; `h` has `n` values, which vectors fill.
            unsafe {
                let value = affine_term(simd, affine.as_ptr(), n, at, cells);
                store::<S>(h.as_mut_ptr().add(at), value);
            }
        }
    }
}

/// `next = lrelu(W_j h + b)`, times `lrelu(A_{j+1} X)` where another level follows.
///
/// # Safety
/// `affine` must hold the parameters of all levels from every evaluation's cell on, of the first
/// `used * OF` evaluations.
#[inline(always)]
unsafe fn one_level<S: Simd, const VECTORS: usize, const K: usize, const OF: usize>(
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
    assert!(used.is_multiple_of(ROWS) && n.is_multiple_of(VECTORS * S::F32_LANES));
    for first in (0..n).step_by(VECTORS * S::F32_LANES) {
        let chunk = VECTORS * S::F32_LANES;
        let w = &weights.chunk(first, chunk)[..n * chunk];
        for row in (0..used).step_by(ROWS) {
            // SAFETY: `h` holds `used` rows of `n`, a multiple of ROWS; `w` holds `n` rows of the chunk.
            let sums = unsafe {
                let h = scratch.h.as_ptr().add(row * n);
                multiply::<S, VECTORS, K>(simd, n, h, n, w.as_ptr())
            };
            for (r, sums) in sums.into_iter().enumerate() {
                let cells = &scratch.evaluations.as_chunks::<OF>().0[row + r];
                for (v, sum) in sums.into_iter().enumerate() {
                    let at = first + v * S::F32_LANES;
                    // SAFETY: `bias` has `n` values; as the caller promises of the cells; `next` holds
                    // `used` rows of `n`.
                    unsafe {
                        let bias = load::<S>(bias.as_ptr().add(at));
                        let mut value = lrelu(simd, simd.add_f32s(sum, bias));
                        if follows {
                            let a = affine.as_ptr().add(skip);
                            value = simd.mul_f32s(value, affine_term(simd, a, n, at, cells));
                        }
                        store::<S>(scratch.next.as_mut_ptr().add((row + r) * n + at), value);
                    }
                }
            }
        }
    }
}

/// Adds the blend of four cells' colours, or the colour of their one row of features: weights sum to
/// one, so features are blended.
#[inline(always)]
fn blend<S: Simd, const OF: usize>(
    simd: S,
    levels: &PackedLevels,
    cells: &[Evaluation],
    h: &[f32],
    rgb: &mut [f32],
) {
    let n = levels.features;
    let (weights, bias) = &levels.rgb;
    let rows = CELLS / OF;
    assert!(h.len() == rows * n && weights.len() == 3 * n);
    let mut sums = [simd.splat_f32s(0.0); 3];
    for at in (0..n).step_by(S::F32_LANES) {
        let mut mixed = simd.splat_f32s(0.0);
        for (c, cell) in cells.iter().take(rows).enumerate() {
            // SAFETY: `h` holds `rows` rows of `n`.
            let value = unsafe { load::<S>(h.as_ptr().add(c * n + at)) };
            mixed = match rows {
                1 => value,
                _ => simd.mul_add_e_f32s(simd.splat_f32s(cell.weight), value, mixed),
            };
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
