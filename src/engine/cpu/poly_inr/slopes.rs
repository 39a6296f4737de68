//! The element-wise passes of the way back, from the derivatives of a loss by colours to those by parameters.
//! Plain loops, compiled for the widest vectors the machine has.

use pulp::{Simd, WithSimd};

use crate::network::LRELU_SLOPE;

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
    Activation { clamp: f32, h: &'a [f32], dh: &'a mut [f32] },
    /// `Σ du`.
    Bias { n: usize, du: &'a [f32], sums: &'a mut [f32] },
    /// `dh = dm ⊙ t` and `Σ (dm ⊙ h ⊙ act'(a)) Xᵀ`.
    Modulate {
        /// Slope of the affine term's activation below zero.
        slope: f32,
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

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self {
            Backward::Colour { n, w, back, h, dh, sums } => colour_back(n, w, back, h, dh, sums),
            Backward::Activation { clamp, h, dh } => activation_back(clamp, h, dh),
            Backward::Bias { n, du, sums } => bias_back(n, du, sums),
            Backward::Modulate { slope, affine, positions, h, dm, dh, sums } => {
                modulate_back(slope, affine, positions, (h, dm), dh, sums);
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
fn modulate_back(
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
