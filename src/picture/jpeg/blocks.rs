//! Blocks of coefficients, and the samples that they stand for.

use pulp::{Simd, WithSimd};

use crate::engine::cpu::simd::arch;

/// The coefficients of 8 x 8 samples, not yet multiplied by their steps.
pub(super) type Block = [i16; 64];

/// Some rows of a component's blocks.
pub(super) struct Band<'a> {
    pub blocks: &'a mut [Block],
    /// Blocks in a row.
    pub across: usize,
}

impl Band<'_> {
    /// The block in column `x` of row `row`.
    #[inline(always)]
    pub fn block(&mut self, x: usize, row: usize) -> &mut Block {
        &mut self.blocks[row * self.across + x]
    }
}

/// Eight numbers that are computed side by side.
type Eight = [i32; 8];

const SCALE: u32 = 13;
const FIRST: u32 = 2;

/// Turns rows of `across` blocks into samples: `out` has 8 rows of 8 times `across` for each.
pub(super) fn samples(blocks: &[Block], across: usize, steps: &[u16; 64], out: &mut [u8]) {
    arch().dispatch(Transform { blocks, across, steps, out });
}

struct Transform<'a> {
    blocks: &'a [Block],
    across: usize,
    steps: &'a [u16; 64],
    out: &'a mut [u8],
}

impl WithSimd for Transform<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = 8 * self.across;
        let rows = self.blocks.chunks(self.across).zip(self.out.chunks_mut(8 * width));
        for (blocks, out) in rows {
            for (x, block) in blocks.iter().enumerate() {
                transform(block, self.steps, &mut out[8 * x..], width);
            }
        }
    }
}

/// The inverse cosine transform in whole numbers of libjpeg ("islow"), to the bit.
#[inline(always)]
fn transform(block: &Block, steps: &[u16; 64], out: &mut [u8], width: usize) {
    if block[1..].iter().fold(0, |all, &c| all | c) == 0 {
        let value = i32::from(block[0]).wrapping_mul(steps[0].into());
        let value = (value.wrapping_add(4) >> 3).wrapping_add(128).clamp(0, 255) as u8;
        for row in 0..8 {
            out[row * width..][..8].fill(value);
        }
        return;
    }
    let mut rows = [[0; 8]; 8];
    for (i, (&c, &step)) in block.iter().zip(steps).enumerate() {
        rows[i / 8][i % 8] = i32::from(c).wrapping_mul(step.into());
    }
    let columns = transposed(pass(rows, SCALE - FIRST));
    let rows = transposed(pass(columns, SCALE + FIRST + 3));
    for (y, row) in rows.iter().enumerate() {
        let target = &mut out[y * width..][..8];
        for (to, &value) in target.iter_mut().zip(row) {
            *to = value.wrapping_add(128).clamp(0, 255) as u8;
        }
    }
}

#[inline(always)]
fn transposed(rows: [Eight; 8]) -> [Eight; 8] {
    let mut out = [[0; 8]; 8];
    for (y, row) in rows.iter().enumerate() {
        for (x, &value) in row.iter().enumerate() {
            out[x][y] = value;
        }
    }
    out
}

#[inline(always)]
fn sum(a: Eight, b: Eight) -> Eight {
    std::array::from_fn(|i| a[i].wrapping_add(b[i]))
}

#[inline(always)]
fn difference(a: Eight, b: Eight) -> Eight {
    std::array::from_fn(|i| a[i].wrapping_sub(b[i]))
}

#[inline(always)]
fn times(a: Eight, factor: i32) -> Eight {
    a.map(|v| v.wrapping_mul(factor))
}

/// One dimension of the transform, of eight vectors at once; results are divided by 2^`shift`. The
/// factors are cosines times 2^[`SCALE`].
#[inline(always)]
fn pass(v: [Eight; 8], shift: u32) -> [Eight; 8] {
    let z = times(sum(v[2], v[6]), 4433);
    let t2 = sum(z, times(v[6], -15137));
    let t3 = sum(z, times(v[2], 6270));
    let t0 = sum(v[0], v[4]).map(|v| v << SCALE);
    let t1 = difference(v[0], v[4]).map(|v| v << SCALE);
    let even = [sum(t0, t3), sum(t1, t2), difference(t1, t2), difference(t0, t3)];

    let z5 = times(sum(sum(v[7], v[3]), sum(v[5], v[1])), 9633);
    let z1 = times(sum(v[7], v[1]), -7373);
    let z2 = times(sum(v[5], v[3]), -20995);
    let z3 = sum(times(sum(v[7], v[3]), -16069), z5);
    let z4 = sum(times(sum(v[5], v[1]), -3196), z5);
    let odd = [
        sum(times(v[1], 12299), sum(z1, z4)),
        sum(times(v[3], 25172), sum(z2, z3)),
        sum(times(v[5], 16819), sum(z2, z4)),
        sum(times(v[7], 2446), sum(z1, z3)),
    ];

    let half = 1 << (shift - 1);
    let rounded = |v: Eight| v.map(|v| v.wrapping_add(half) >> shift);
    std::array::from_fn(|i| {
        rounded(if i < 4 { sum(even[i], odd[i]) } else { difference(even[7 - i], odd[7 - i]) })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The transform by its definition.
    fn exact(block: &Block, steps: &[u16; 64]) -> Vec<f64> {
        let c = |k: usize| if k == 0 { 0.5f64.sqrt() } else { 1.0 };
        let wave = |k: usize, x: usize| {
            c(k) / 2.0 * ((2 * x + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos()
        };
        let at = |x: usize, y: usize| {
            let term = |i: usize| {
                f64::from(block[i]) * f64::from(steps[i]) * wave(i % 8, x) * wave(i / 8, y)
            };
            (0..64).map(term).sum::<f64>() + 128.0
        };
        (0..64).map(|i| at(i % 8, i / 8).clamp(0.0, 255.0)).collect()
    }

    proptest! {
        #[test]
        fn samples_are_those_of_the_transform(
            values in proptest::collection::vec(-60i16..60, 64),
            used in 1usize..65,
        ) {
            let mut block = [0; 64];
            block[..used].copy_from_slice(&values[..used]);
            let steps = std::array::from_fn(|i| 1 + (i as u16) / 8);
            let mut out = [0; 128];
            samples(&[block, block], 2, &steps, &mut out);
            for (i, expected) in exact(&block, &steps).into_iter().enumerate() {
                for x in [0, 8] {
                    let found = f64::from(out[i / 8 * 16 + i % 8 + x]);
                    prop_assert!((found - expected).abs() < 1.0, "{}: {} {}", i, found, expected);
                }
            }
        }
    }

    #[test]
    fn any_numbers_are_survived() {
        for value in [i16::MIN, i16::MAX] {
            samples(&[[value; 64]], 1, &[u16::MAX; 64], &mut [0; 64]);
            samples(
                &[std::array::from_fn(|i| if i == 0 { value } else { 0 })],
                1,
                &[u16::MAX; 64],
                &mut [0; 64],
            );
        }
    }
}
