//! 3x3 convolutions as products, four by four outputs at a time.
//!
//! Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray, 2016): a tile of 6x6 inputs becomes 36
//! numbers a channel, each of the 36 is one matrix product over channels, and 36 products become
//! 4x4 outputs: a quarter of the multiplications. Tiles lie on a grid that belongs to the picture,
//! so a pixel's value does not depend on which part of the picture is asked for.

use pulp::{Simd, WithSimd};

use super::buffer::Buffer;
use super::product::{ROWS, chunk_columns, chunk_of, multiply};
use super::simd::{load, padded, store};
use crate::network::Conv3x3;

/// Side of a tile of outputs, in pixels.
pub(super) const TILE: usize = 4;
/// Pixels a tile.
pub(super) const TILE_PIXELS: usize = TILE * TILE;
/// Side of the inputs that a tile of outputs needs.
const REACH: usize = TILE + 2;
/// Numbers a channel and tile between the two transforms.
const POSITIONS: usize = REACH * REACH;
/// Tiles taken through all products while they are in cache; a multiple of [`ROWS`].
pub(super) const GROUP: usize = 24;

/// A convolution, its weights transformed and packed.
#[derive(Clone, Debug)]
pub(super) struct Conv {
    /// Input channels, padded.
    pub(super) inputs: usize,
    /// Output channels, padded.
    pub(super) outputs: usize,
    /// Chunks of columns; in each, every position's `[inputs, columns]`.
    weights: Buffer,
    bias: Buffer,
}

/// What happens to a convolution's result.
#[derive(Clone, Copy)]
pub(super) enum Then<'a> {
    /// Nothing.
    Keep,
    /// `max(x, 0)`.
    Relu,
    /// These values, laid out as the output, are added.
    Add(&'a [f32]),
}

/// Inputs of a row of tiles: this row of blocks and its neighbours, `[tile, 16, inputs]` each.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    /// Above, this, below; `None` outside the picture.
    pub(super) rows: [Option<&'a [f32]>; 3],
    /// Number of the first tile in them; tiles outside are outside the picture.
    pub(super) first: usize,
    /// Number of tiles in them.
    pub(super) tiles: usize,
}

/// Working memory of one thread.
#[derive(Default)]
pub(super) struct Scratch {
    transformed: Buffer,
    products: Buffer,
    zeros: Buffer,
}

impl Conv {
    /// Packs `conv` for vectors of `lanes`.
    pub(super) fn new(conv: &Conv3x3, lanes: usize) -> Self {
        Self::from_fn(conv.inputs, padded(conv.outputs), lanes, |out| {
            (out < conv.outputs).then(|| {
                let size = conv.inputs * 9;
                (conv.weight[out * size..][..size].to_vec(), conv.bias[out])
            })
        })
    }

    /// A convolution whose output channel `i` has the weights `[inputs, 3, 3]` and bias
    /// `channel(i)`, or zeros.
    ///
    /// # Panics
    /// When `outputs` is no multiple of `lanes`.
    pub(super) fn from_fn(
        inputs: usize,
        outputs: usize,
        lanes: usize,
        channel: impl Fn(usize) -> Option<(Vec<f32>, f32)>,
    ) -> Self {
        assert!(outputs.is_multiple_of(lanes), "channels fill vectors");
        let (k, chunk) = (padded(inputs), chunk_of(outputs, lanes));
        let mut weights = Buffer::zeroed(POSITIONS * k * outputs);
        let mut bias = Buffer::zeroed(outputs);
        for out in 0..outputs {
            let Some((kernels, b)) = channel(out) else { continue };
            bias[out] = b;
            let (first, column) = (out / chunk * POSITIONS * k * chunk, out % chunk);
            for (i, kernel) in kernels.chunks_exact(9).enumerate() {
                for (position, value) in transform_kernel(kernel).into_iter().enumerate() {
                    weights[first + (position * k + i) * chunk + column] = value;
                }
            }
        }
        Self { inputs: k, outputs, weights, bias }
    }
}

/// `G g Gᵀ` of a 3x3 kernel.
fn transform_kernel(kernel: &[f32]) -> [f32; POSITIONS] {
    const G: [[f64; 3]; REACH] = [
        [1.0 / 4.0, 0.0, 0.0],
        [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
        [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
        [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
        [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
        [0.0, 0.0, 1.0],
    ];
    std::array::from_fn(|p| {
        let (row, column) = (G[p / REACH], G[p % REACH]);
        let term = |i: usize| row[i / 3] * f64::from(kernel[i]) * column[i % 3];
        (0..9).map(term).sum::<f64>() as f32
    })
}

/// Convolves the tiles `first..` into `out`, `[tile, 16, outputs]`.
pub(super) struct Convolve<'a> {
    pub(super) conv: &'a Conv,
    pub(super) inputs: Inputs<'a>,
    pub(super) first: usize,
    pub(super) then: Then<'a>,
    pub(super) out: &'a mut [f32],
    pub(super) scratch: &'a mut Scratch,
}

impl WithSimd for Convolve<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { conv, inputs, first, then, out, scratch } = self;
        let size = TILE_PIXELS * conv.outputs;
        assert_eq!(out.len() % size, 0);
        scratch.transformed.resize(POSITIONS * GROUP * conv.inputs);
        scratch.products.resize(POSITIONS * GROUP * chunk_columns::<S>(conv.outputs));
        scratch.zeros.resize(conv.inputs);
        for (group, out) in out.chunks_mut(GROUP * size).enumerate() {
            let tiles = out.len() / size;
            let done = group * GROUP;
            for tile in 0..tiles {
                transform_input(simd, conv, &inputs, first + done + tile, tile, scratch);
            }
            let then = match then {
                Then::Add(values) => Then::Add(&values[done * size..][..out.len()]),
                other => other,
            };
            let lanes = S::F32_LANES;
            match chunk_columns::<S>(conv.outputs) / lanes {
                3 if conv.inputs == 48 => {
                    products::<S, 3, 48>(simd, conv, tiles, then, out, scratch)
                }
                3 => products::<S, 3, 0>(simd, conv, tiles, then, out, scratch),
                2 => products::<S, 2, 0>(simd, conv, tiles, then, out, scratch),
                _ => products::<S, 1, 0>(simd, conv, tiles, then, out, scratch),
            }
        }
    }
}

/// Where the 6x6 inputs of tile `tile` lie.
#[inline(always)]
fn gather(
    inputs: &Inputs<'_>,
    channels: usize,
    tile: usize,
    zeros: &[f32],
) -> [*const f32; POSITIONS] {
    let mut at = [zeros.as_ptr(); POSITIONS];
    for (row, at) in at.chunks_exact_mut(REACH).enumerate() {
        // Rows and columns -1 to 4 of the tile, shifted by one tile to stay positive.
        let (block, y) = (row.div_ceil(TILE), (row + TILE - 1) % TILE);
        let Some(values) = inputs.rows[block] else { continue };
        for (column, at) in at.iter_mut().enumerate() {
            let (side, x) = (column.div_ceil(TILE), (column + TILE - 1) % TILE);
            let index = (tile + side).wrapping_sub(inputs.first + 1);
            if index < inputs.tiles {
                let start = (index * TILE_PIXELS + y * TILE + x) * channels;
                *at = values[start..start + channels].as_ptr();
            }
        }
    }
    at
}

/// `Bᵀ d B` of one tile's inputs, into row `slot` of every position.
#[inline(always)]
fn transform_input<S: Simd>(
    simd: S,
    conv: &Conv,
    inputs: &Inputs<'_>,
    tile: usize,
    slot: usize,
    scratch: &mut Scratch,
) {
    let channels = conv.inputs;
    assert!(channels.is_multiple_of(S::F32_LANES) && scratch.zeros.len() >= channels);
    let at = gather(inputs, channels, tile, &scratch.zeros);
    let zero = simd.splat_f32s(0.0);
    for c in (0..channels).step_by(S::F32_LANES) {
        let mut half = [[zero; REACH]; REACH];
        for column in 0..REACH {
            let mut d = [zero; REACH];
            for (row, d) in d.iter_mut().enumerate() {
                // SAFETY: every pointer of `gather` has `channels` values, a multiple of the lanes.
                *d = unsafe { load::<S>(at[row * REACH + column].add(c)) };
            }
            // Closures over vectors (`map`, `from_fn`) would not be compiled for the wide registers.
            for (line, value) in half.iter_mut().zip(transform_six(simd, d)) {
                line[column] = value;
            }
        }
        for (row, line) in half.into_iter().enumerate() {
            for (column, value) in transform_six(simd, line).into_iter().enumerate() {
                let start = ((row * REACH + column) * GROUP + slot) * channels + c;
                let target = &mut scratch.transformed[start..start + S::F32_LANES];
                // SAFETY: the slice holds a vector.
                unsafe { store::<S>(target.as_mut_ptr(), value) };
            }
        }
    }
}

/// `Bᵀ d` for one line of six.
#[inline(always)]
fn transform_six<S: Simd>(simd: S, d: [S::f32s; REACH]) -> [S::f32s; REACH] {
    let k = |v: f32| simd.splat_f32s(v);
    let fma = |a, b, c| simd.mul_add_e_f32s(a, b, c);
    let [d0, d1, d2, d3, d4, d5] = d;
    let even = fma(k(-4.0), d2, d4);
    let odd = fma(k(-4.0), d1, d3);
    let (far, wide) = (simd.sub_f32s(d4, d2), simd.mul_f32s(k(2.0), simd.sub_f32s(d3, d1)));
    [
        fma(k(4.0), d0, fma(k(-5.0), d2, d4)),
        simd.add_f32s(even, odd),
        simd.sub_f32s(even, odd),
        simd.add_f32s(far, wide),
        simd.sub_f32s(far, wide),
        fma(k(4.0), d1, fma(k(-5.0), d3, d5)),
    ]
}

/// All products of a group of tiles, and their way back to pixels.
#[inline(always)]
fn products<S: Simd, const VECTORS: usize, const K: usize>(
    simd: S,
    conv: &Conv,
    tiles: usize,
    then: Then<'_>,
    out: &mut [f32],
    scratch: &mut Scratch,
) {
    let (k, chunk) = (conv.inputs, VECTORS * S::F32_LANES);
    for first in (0..conv.outputs).step_by(chunk) {
        let weights = &conv.weights[first * POSITIONS * k..][..chunk * POSITIONS * k];
        for (position, weights) in weights.chunks_exact(k * chunk).enumerate() {
            let w = weights.as_ptr();
            for slot in (0..tiles).step_by(ROWS) {
                let row = position * GROUP + slot;
                let x = scratch.transformed[row * k..(row + ROWS) * k].as_ptr();
                // SAFETY: `x` is a slice of ROWS rows of `k`; `w` holds `k` rows of `chunk`.
                let sums = unsafe { multiply::<S, VECTORS, K>(simd, k, x, k, w) };
                let target = &mut scratch.products[row * chunk..(row + ROWS) * chunk];
                for (row, sums) in sums.iter().enumerate() {
                    for (v, sum) in sums.iter().enumerate() {
                        // SAFETY: `target` holds ROWS rows of VECTORS vectors.
                        unsafe {
                            let at = row * chunk + v * S::F32_LANES;
                            store::<S>(target.as_mut_ptr().add(at), *sum);
                        }
                    }
                }
            }
        }
        for tile in 0..tiles {
            for v in 0..VECTORS {
                let from = tile * chunk + v * S::F32_LANES;
                let to = tile * TILE_PIXELS * conv.outputs + first + v * S::F32_LANES;
                transform_output(simd, conv, [from, to, chunk], then, out, &scratch.products);
            }
        }
    }
}

/// `Aᵀ m A` of one tile and vector of channels, with bias and what comes then.
#[inline(always)]
fn transform_output<S: Simd>(
    simd: S,
    conv: &Conv,
    [from, to, chunk]: [usize; 3],
    then: Then<'_>,
    out: &mut [f32],
    products: &[f32],
) {
    let zero = simd.splat_f32s(0.0);
    let last = from + (POSITIONS - 1) * GROUP * chunk + S::F32_LANES;
    assert!(last <= products.len());
    assert!(to + (TILE_PIXELS - 1) * conv.outputs + S::F32_LANES <= out.len());
    let bias = &conv.bias[to % conv.outputs..][..S::F32_LANES];
    // SAFETY: the slice holds a vector.
    let bias = unsafe { load::<S>(bias.as_ptr()) };
    let mut half = [[zero; REACH]; TILE];
    for column in 0..REACH {
        let mut m = [zero; REACH];
        for (row, m) in m.iter_mut().enumerate() {
            let at = from + (row * REACH + column) * GROUP * chunk;
            // SAFETY: not after `last`, which was checked.
            *m = unsafe { load::<S>(products.as_ptr().add(at)) };
        }
        for (line, value) in half.iter_mut().zip(transform_four(simd, m)) {
            line[column] = value;
        }
    }
    for (row, line) in half.into_iter().enumerate() {
        for (column, value) in transform_four(simd, line).into_iter().enumerate() {
            let at = to + (row * TILE + column) * conv.outputs;
            let value = simd.add_f32s(value, bias);
            let value = match then {
                Then::Keep => value,
                Then::Relu => simd.max_f32s(value, zero),
                // SAFETY: `values` is as long as `out`, and `at` was checked against that.
                Then::Add(values) => simd
                    .add_f32s(value, unsafe { load::<S>(values[at..at + S::F32_LANES].as_ptr()) }),
            };
            // SAFETY: not after the last vector of `out`, which was checked.
            unsafe { store::<S>(out.as_mut_ptr().add(at), value) };
        }
    }
}

/// `Aᵀ m` for one line of six.
#[inline(always)]
fn transform_four<S: Simd>(simd: S, m: [S::f32s; REACH]) -> [S::f32s; TILE] {
    let k = |v: f32| simd.splat_f32s(v);
    let fma = |a, b, c| simd.mul_add_e_f32s(a, b, c);
    let [m0, m1, m2, m3, m4, m5] = m;
    let (near, near_odd) = (simd.add_f32s(m1, m2), simd.sub_f32s(m1, m2));
    let (far, far_odd) = (simd.add_f32s(m3, m4), simd.sub_f32s(m3, m4));
    [
        simd.add_f32s(m0, simd.add_f32s(near, far)),
        fma(k(2.0), far_odd, near_odd),
        fma(k(4.0), far, near),
        simd.add_f32s(fma(k(8.0), far_odd, near_odd), m5),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::cpu::simd::{arch, lanes};
    use crate::model::latent;

    /// The definition, in f64: `[tile, 16, outputs]` of a single row of tiles.
    fn direct(conv: &Conv3x3, x: &dyn Fn(i64, i64, usize) -> f64, tiles: usize) -> Vec<f64> {
        let mut out = Vec::new();
        for (tile, pixel) in (0..tiles).flat_map(|t| (0..TILE_PIXELS).map(move |p| (t, p))) {
            let (px, py) = ((tile * TILE + pixel % TILE) as i64, (pixel / TILE) as i64);
            for o in 0..conv.outputs {
                let mut sum = f64::from(conv.bias[o]);
                for (i, k) in (0..conv.inputs).flat_map(|i| (0..9).map(move |k| (i, k))) {
                    let w = f64::from(conv.weight[(o * conv.inputs + i) * 9 + k]);
                    sum += w * x(px + (k % 3) as i64 - 1, py + (k / 3) as i64 - 1, i);
                }
                out.push(sum);
            }
        }
        out
    }

    #[test]
    fn equals_the_definition() {
        let (channels, tiles) = (48, 29);
        let conv = Conv3x3 {
            inputs: channels,
            outputs: channels,
            weight: latent(1, channels * channels * 9),
            bias: latent(2, channels),
        };
        let row = latent(3, tiles * TILE_PIXELS * channels);
        let x = |px: i64, py: i64, i: usize| {
            if !(0..(tiles * TILE) as i64).contains(&px) || !(0..4).contains(&py) {
                return 0.0;
            }
            let (px, py) = (px as usize, py as usize);
            let pixel = px / TILE * TILE_PIXELS + py * TILE + px % TILE;
            f64::from(row[pixel * channels + i])
        };
        let expected = direct(&conv, &x, tiles);
        let packed = Conv::new(&conv, lanes());
        let mut out = vec![0.0; tiles * TILE_PIXELS * channels];
        arch().dispatch(Convolve {
            conv: &packed,
            inputs: Inputs { rows: [None, Some(&row), None], first: 0, tiles },
            first: 0,
            then: Then::Keep,
            out: &mut out,
            scratch: &mut Scratch::default(),
        });
        let scale = expected.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let worst = expected.iter().zip(&out).map(|(e, o)| (e - f64::from(*o)).abs());
        let worst = worst.fold(0.0, f64::max) / scale;
        assert!(worst < 1e-5, "worst difference {worst:e} of the range");
    }
}
