//! Products of a few rows with a small packed matrix, in registers.

use pulp::Simd;

use super::buffer::Buffer;
use super::simd::load;

/// Rows multiplied at once.
pub(super) const ROWS: usize = 8;

/// A matrix `[k, n]` packed for [`multiply`]: chunks of a few vectors of columns, each chunk with
/// its `k` rows one after another.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    k: usize,
    values: Buffer,
}

/// Columns a chunk has: three, two or one vectors, the most that divides `n`.
pub(super) fn chunk_columns<S: Simd>(n: usize) -> usize {
    chunk_of(n, S::F32_LANES)
}

/// Columns of a chunk of `n` columns for vectors of `lanes`.
pub(super) fn chunk_of(n: usize, lanes: usize) -> usize {
    [3, 2, 1].into_iter().map(|v| v * lanes).find(|c| n.is_multiple_of(*c)).unwrap_or(lanes)
}

impl Packed {
    /// Packs `value(k, n)`; `lanes` is the vector's width.
    ///
    /// # Panics
    /// When `n` is no multiple of `lanes`.
    pub(super) fn new(
        k: usize,
        n: usize,
        lanes: usize,
        value: impl Fn(usize, usize) -> f32,
    ) -> Self {
        assert!(n.is_multiple_of(lanes), "columns fill vectors");
        let chunk = chunk_of(n, lanes);
        let columns = (0..n).step_by(chunk);
        let rows = columns.flat_map(|first| (0..k).map(move |k| (first, k)));
        let values = rows.flat_map(|(first, k)| (first..first + chunk).map(move |n| (k, n)));
        Self { k, values: values.map(|(k, n)| value(k, n)).collect() }
    }

    /// The chunk of so many columns that starts at column `first`, `[k, columns]`.
    pub(super) fn chunk(&self, first: usize, columns: usize) -> &[f32] {
        &self.values[first * self.k..][..columns * self.k]
    }
}

/// `x [ROWS, k] · w [k, VECTORS lanes]`, sums taken in the order of `k`. With `K` other than zero,
/// `k` and `stride` are `K`: addresses then need no arithmetic.
///
/// # Safety
/// `x` must be readable for `ROWS` rows of `k` values, `stride` apart, and `w` for
/// `k * VECTORS * F32_LANES` values.
#[inline(always)]
pub(super) unsafe fn multiply<S: Simd, const VECTORS: usize, const K: usize>(
    simd: S,
    k: usize,
    x: *const f32,
    stride: usize,
    w: *const f32,
) -> [[S::f32s; VECTORS]; ROWS] {
    let (k, stride) = if K == 0 { (k, stride) } else { (K, K) };
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
    for k in 0..k {
        let mut columns = [simd.splat_f32s(0.0); VECTORS];
        for (v, column) in columns.iter_mut().enumerate() {
            // SAFETY: inside `w`, as the caller promises.
            *column = unsafe { load::<S>(w.add((k * VECTORS + v) * S::F32_LANES)) };
        }
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: inside row `row` of `x`, as the caller promises.
            let value = simd.splat_f32s(unsafe { *x.add(row * stride + k) });
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum = simd.mul_add_e_f32s(value, column, *sum);
            }
        }
    }
    sums
}
