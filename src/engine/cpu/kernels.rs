//! The element-wise passes of a generator's forward and backward pass. Features of a pixel lie
//! together, `[pixels, n]`; plain loops, compiled for the widest vectors the machine has.

use pulp::{Simd, WithSimd};

use super::gradient::Weights;
use crate::model::LRELU_SLOPE;

/// Sums in which scalar products are taken, so that they vectorise.
const SUMS: usize = 16;

/// Passes from coordinates to colour.
pub(super) enum Forward<'a> {
    /// `h = clamp(lrelu(F X))`, level 0.
    First { weights: &'a Weights, affine: &'a [f32], positions: &'a [[f32; 2]], h: &'a mut [f32] },
    /// `out = h ⊙ act(A X)`.
    Scale {
        weights: &'a Weights,
        affine: &'a [f32],
        positions: &'a [[f32; 2]],
        h: &'a [f32],
        out: &'a mut [f32],
    },
    /// `h = clamp(lrelu(h + b))`.
    Activate { weights: &'a Weights, bias: &'a [f32], h: &'a mut [f32] },
    /// `rgb = (w h + b + 1) / 2`: from the nominal range `[-1, 1]` to `[0, 1]`.
    Colour { n: usize, w: &'a [f32], bias: &'a [f32; 3], h: &'a [f32], rgb: &'a mut [f32] },
}

/// Passes from the loss's derivatives back. Sums are added to.
pub(super) enum Backward<'a> {
    /// `dh = wᵀ back / 2`, and the derivatives by w and b.
    Colour {
        n: usize,
        w: &'a [f32],
        back: &'a [f32],
        h: &'a [f32],
        dh: &'a mut [f32],
        sums: Option<(&'a mut [f32], &'a mut [f32])>,
    },
    /// `du = dh ⊙ lrelu'(u)`, zero where h was clamped.
    Activation { weights: &'a Weights, h: &'a [f32], dh: &'a mut [f32] },
    /// `Σ du`.
    Bias { n: usize, du: &'a [f32], sums: &'a mut [f32] },
    /// `dh = dm ⊙ t` and `Σ (dm ⊙ h ⊙ act'(a)) Xᵀ`.
    Scale {
        weights: &'a Weights,
        affine: &'a [f32],
        positions: &'a [[f32; 2]],
        h: &'a [f32],
        dm: &'a [f32],
        dh: &'a mut [f32],
        sums: &'a mut [f32],
    },
    /// `Σ du Xᵀ`, level 0.
    First { n: usize, positions: &'a [[f32; 2]], du: &'a [f32], sums: &'a mut [f32] },
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self {
            Forward::First { weights, affine, positions, h } => {
                first(weights, affine, positions, h);
            }
            Forward::Scale { weights, affine, positions, h, out } => {
                scale(weights, affine, positions, h, out);
            }
            Forward::Activate { weights, bias, h } => activate(weights, bias, h),
            Forward::Colour { n, w, bias, h, rgb } => colour(n, w, bias, h, rgb),
        }
    }
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self {
            Backward::Colour { n, w, back, h, dh, sums } => colour_back(n, w, back, h, dh, sums),
            Backward::Activation { weights, h, dh } => activation_back(weights.clamp, h, dh),
            Backward::Bias { n, du, sums } => bias_back(n, du, sums),
            Backward::Scale { weights, affine, positions, h, dm, dh, sums } => {
                scale_back(weights.affine_slope, affine, positions, (h, dm), dh, sums);
            }
            Backward::First { n, positions, du, sums } => first_back(n, positions, du, sums),
        }
    }
}

/// The three coefficients' slices of `[3, n]`.
#[inline(always)]
fn columns(affine: &[f32]) -> (&[f32], &[f32], &[f32]) {
    let n = affine.len() / 3;
    (&affine[..n], &affine[n..2 * n], &affine[2 * n..3 * n])
}

#[inline(always)]
fn activated(x: f32, clamp: f32) -> f32 {
    x.max(LRELU_SLOPE * x).min(clamp).max(-clamp)
}

#[inline(always)]
fn first(weights: &Weights, affine: &[f32], positions: &[[f32; 2]], h: &mut [f32]) {
    let n = weights.n;
    let (ax, ay, one) = columns(affine);
    for (h, [x, y]) in h.chunks_exact_mut(n).zip(positions) {
        for i in 0..n {
            h[i] = activated(ax[i] * x + (ay[i] * y + one[i]), weights.clamp);
        }
    }
}

#[inline(always)]
fn scale(weights: &Weights, affine: &[f32], positions: &[[f32; 2]], h: &[f32], out: &mut [f32]) {
    let (n, slope) = (weights.n, weights.affine_slope);
    let (ax, ay, one) = columns(affine);
    let pixels = h.chunks_exact(n).zip(out.chunks_exact_mut(n));
    for ((h, out), [x, y]) in pixels.zip(positions) {
        for i in 0..n {
            let a = ax[i] * x + (ay[i] * y + one[i]);
            out[i] = h[i] * a.max(slope * a);
        }
    }
}

#[inline(always)]
fn activate(weights: &Weights, bias: &[f32], h: &mut [f32]) {
    let (n, clamp) = (weights.n, weights.clamp);
    let bias = &bias[..n];
    for h in h.chunks_exact_mut(n) {
        for i in 0..n {
            h[i] = activated(h[i] + bias[i], clamp);
        }
    }
}

#[inline(always)]
fn colour(n: usize, w: &[f32], bias: &[f32; 3], h: &[f32], rgb: &mut [f32]) {
    for (h, rgb) in h.chunks_exact(n).zip(rgb.chunks_exact_mut(3)) {
        for c in 0..3 {
            let w = &w[c * n..(c + 1) * n];
            let mut sums = [0.0f32; SUMS];
            for (h, w) in h.chunks_exact(SUMS).zip(w.chunks_exact(SUMS)) {
                for i in 0..SUMS {
                    sums[i] += h[i] * w[i];
                }
            }
            let mut sum = bias[c];
            for s in sums {
                sum += s;
            }
            rgb[c] = (sum + 1.0) * 0.5;
        }
    }
}

#[inline(always)]
fn colour_back(
    n: usize,
    w: &[f32],
    back: &[f32],
    h: &[f32],
    dh: &mut [f32],
    sums: Option<(&mut [f32], &mut [f32])>,
) {
    let (wr, wg, wb) = columns(&w[..3 * n]);
    for (dh, back) in dh.chunks_exact_mut(n).zip(back.chunks_exact(3)) {
        let (r, g, b) = (0.5 * back[0], 0.5 * back[1], 0.5 * back[2]);
        for i in 0..n {
            dh[i] = wr[i] * r + (wg[i] * g + wb[i] * b);
        }
    }
    let Some((dw, db)) = sums else { return };
    for (h, back) in h.chunks_exact(n).zip(back.chunks_exact(3)) {
        for c in 0..3 {
            let (dw, d) = (&mut dw[c * n..(c + 1) * n], 0.5 * back[c]);
            db[c] += d;
            for i in 0..n {
                dw[i] += d * h[i];
            }
        }
    }
}

/// The sign of h is that of u, so h alone says which slope was taken.
#[inline(always)]
fn activation_back(clamp: f32, h: &[f32], dh: &mut [f32]) {
    let dh = &mut dh[..h.len()];
    for i in 0..h.len() {
        let slope = if h[i] > 0.0 { 1.0 } else { LRELU_SLOPE };
        let slope = if h[i].abs() < clamp { slope } else { 0.0 };
        dh[i] *= slope;
    }
}

#[inline(always)]
fn bias_back(n: usize, du: &[f32], sums: &mut [f32]) {
    let sums = &mut sums[..n];
    for du in du.chunks_exact(n) {
        for i in 0..n {
            sums[i] += du[i];
        }
    }
}

#[inline(always)]
fn scale_back(
    slope: f32,
    affine: &[f32],
    positions: &[[f32; 2]],
    (h, dm): (&[f32], &[f32]),
    dh: &mut [f32],
    sums: &mut [f32],
) {
    let n = affine.len() / 3;
    let (ax, ay, one) = columns(affine);
    let (sx, rest) = sums.split_at_mut(n);
    let (sy, so) = rest.split_at_mut(n);
    let so = &mut so[..n];
    let pixels = h.chunks_exact(n).zip(dm.chunks_exact(n)).zip(dh.chunks_exact_mut(n));
    for (((h, dm), dh), [x, y]) in pixels.zip(positions) {
        for i in 0..n {
            let a = ax[i] * x + (ay[i] * y + one[i]);
            let taken = if a > 0.0 { 1.0 } else { slope };
            dh[i] = dm[i] * (a * taken);
            let da = dm[i] * h[i] * taken;
            sx[i] += da * x;
            sy[i] += da * y;
            so[i] += da;
        }
    }
}

#[inline(always)]
fn first_back(n: usize, positions: &[[f32; 2]], du: &[f32], sums: &mut [f32]) {
    let (sx, rest) = sums.split_at_mut(n);
    let (sy, so) = rest.split_at_mut(n);
    let so = &mut so[..n];
    for (du, [x, y]) in du.chunks_exact(n).zip(positions) {
        for i in 0..n {
            sx[i] += du[i] * x;
            sy[i] += du[i] * y;
            so[i] += du[i];
        }
    }
}
