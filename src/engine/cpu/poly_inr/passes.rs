//! The element-wise passes of an image's way from positions to colour, and the product between them. Features
//! of a pixel lie together, `[pixels, n]`.

use pulp::{Simd, WithSimd};

use super::packed::PackedPolyInr;
use crate::engine::cpu::simd::{load, lrelu, store};
use crate::matrix::{Matrix, multiply};

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
    packed: &PackedPolyInr,
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

/// `out = h ⊙ activation(A X)`: features that are [finished](finish), times the affine term of the level that
/// follows.
#[inline(always)]
pub(super) fn modulate<S: Simd>(
    simd: S,
    packed: &PackedPolyInr,
    affine: &[f32],
    positions: &[[f32; 2]],
    h: &[f32],
    out: &mut [f32],
) {
    let n = packed.features;
    assert!(affine.len() == 3 * n && n.is_multiple_of(S::F32_LANES));
    let pixels = h.chunks_exact(n).zip(out.chunks_exact_mut(n));
    for ((h, out), position) in pixels.zip(positions) {
        for at in (0..n).step_by(S::F32_LANES) {
            // SAFETY: the slices were checked to hold `n` values and three times `n`; a vector at
            // `at` ends within `n`.
            unsafe {
                let term = term_at(simd, packed, affine, at, *position);
                let value = simd.mul_f32s(load::<S>(h.as_ptr().add(at)), term);
                store::<S>(out.as_mut_ptr().add(at), value);
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
    packed: &PackedPolyInr,
    a: &[f32],
    at: usize,
    position: [f32; 2],
) -> S::f32s {
    // SAFETY: as the caller promises.
    let term = unsafe { affine_at(simd, a, packed.features, at, position) };
    simd.max_f32s(term, simd.mul_f32s(term, simd.splat_f32s(packed.affine_slope)))
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

/// Features `[pixels, n]` to RGB, from the nominal range `[-1, 1]` to `[0, 1]`.
#[inline(always)]
pub(super) fn colour<S: Simd>(simd: S, packed: &PackedPolyInr, h: &[f32], rgb: &mut [f32]) {
    let (weights, bias) = &packed.rgb;
    let n = packed.features;
    for (h, rgb) in h.chunks_exact(n).zip(rgb.chunks_exact_mut(3)) {
        for ((rgb, w), bias) in rgb.iter_mut().zip(weights.chunks_exact(n)).zip(bias) {
            *rgb = (product_sum(simd, h, w) + bias + 1.0) * 0.5;
        }
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

/// A pass by itself.
pub(super) enum Pass<'a> {
    /// [`finish`].
    Finish { step: Step<'a>, positions: &'a [[f32; 2]], h: &'a mut [f32] },
    /// [`modulate`].
    Modulate { affine: &'a [f32], positions: &'a [[f32; 2]], h: &'a [f32], out: &'a mut [f32] },
    /// [`colour`].
    Colour { h: &'a [f32], rgb: &'a mut [f32] },
}

/// A pass, and the weights it takes.
pub(super) struct PassOf<'a>(pub &'a PackedPolyInr, pub Pass<'a>);

impl WithSimd for PassOf<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self(packed, pass) = self;
        match pass {
            Pass::Finish { step, positions, h } => finish(simd, packed, &step, positions, h),
            Pass::Modulate { affine, positions, h, out } => {
                modulate(simd, packed, affine, positions, h, out);
            }
            Pass::Colour { h, rgb } => colour(simd, packed, h, rgb),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::forward::FILL;
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
