//! What lies between a generator's matrix products, in one pass each way: leaky ReLU and limit of a
//! level's output, the next level's affine term, its activation, and their product.
//!
//! Written as separate operations these are a dozen passes over all activations, which take longer than the
//! products themselves. Here a block of positions of one image stays in the processor's cache.

use polyinr::network::poly_inr::AffineActivation;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::nn::SLOPE;

const SLOPE_F32: f32 = SLOPE as f32;

/// Positions that a thread computes at a time. Sums over positions are sums over blocks, so that they do not
/// depend on the number of threads.
const BLOCK: usize = 256;

/// Affine parameters of one image and level: rows x, y, 1 of `n` numbers each.
#[derive(Clone, Copy)]
pub struct Affine<'a>(pub &'a [f32]);

/// A level's output before leaky ReLU, of the positions of one image.
#[derive(Clone, Copy)]
pub enum LevelOutput<'a> {
    /// Level 0's, which is affine in the position.
    Affine(Affine<'a>),
    /// A later one's: W's products `[positions, n]`, and the bias `[n]` that is still to be added.
    Stored(&'a [f32], &'a [f32]),
}

/// What all levels of a generator have in common.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Features.
    pub n: usize,
    /// What the affine term passes through.
    pub activation: AffineActivation,
    /// Largest absolute output of a level.
    pub limit: f32,
    /// Whether several threads compute.
    pub parallel: bool,
}

impl<'a> Affine<'a> {
    fn rows(self) -> [&'a [f32]; 3] {
        let n = self.0.len() / 3;
        [&self.0[..n], &self.0[n..2 * n], &self.0[2 * n..]]
    }
}

impl<'a> LevelOutput<'a> {
    /// The part for a block of positions.
    fn block(self, first: usize, positions: usize, n: usize) -> Self {
        match self {
            Self::Affine(_) => self,
            Self::Stored(products, bias) => {
                Self::Stored(&products[first * n..(first + positions) * n], bias)
            }
        }
    }
}

impl Shape {
    /// `out [positions, n]` ← the outputs h of a level.
    pub fn outputs(&self, source: LevelOutput<'_>, positions: &[[f32; 3]], out: &mut [f32]) {
        self.blocks(positions, out, |first, positions, out| {
            let source = source.block(first, positions.len(), self.n);
            Arch::new().dispatch(Outputs { shape: *self, source, positions, out });
        });
    }

    /// `out [positions, n]` ← `h ⊙ act(A X)`: what the next level's matrix multiplies.
    pub fn products(
        &self,
        source: LevelOutput<'_>,
        affine: Affine<'_>,
        positions: &[[f32; 3]],
        out: &mut [f32],
    ) {
        self.blocks(positions, out, |first, positions, out| {
            let source = source.block(first, positions.len(), self.n);
            Arch::new().dispatch(Products { shape: *self, source, affine, positions, out });
        });
    }

    /// Passes a gradient backwards through [`products`](Self::products): `gradient [positions, n]`
    /// of the product becomes that of the level's output before leaky ReLU, and that of the affine
    /// parameters is added to
    /// `affine_gradient [3, n]`. Limits pass gradients on.
    pub fn products_backward(
        &self,
        source: LevelOutput<'_>,
        affine: Affine<'_>,
        positions: &[[f32; 3]],
        gradient: &mut [f32],
        affine_gradient: &mut [f32],
    ) {
        self.block_sums(
            positions,
            gradient,
            affine_gradient,
            |first, positions, gradient, sums| {
                let source = source.block(first, positions.len(), self.n);
                let backward = Backward { shape: *self, source, affine, positions, gradient, sums };
                Arch::new().dispatch(backward);
            },
        );
    }

    /// Passes the gradient of a level's outputs, `gradient [positions, n]`, backwards through leaky ReLU.
    pub fn outputs_backward(
        &self,
        source: LevelOutput<'_>,
        positions: &[[f32; 3]],
        gradient: &mut [f32],
    ) {
        self.blocks(positions, gradient, |first, positions, gradient| {
            let source = source.block(first, positions.len(), self.n);
            let mut z = vec![0.0f32; self.n];
            for (p, row) in gradient.chunks_exact_mut(self.n).enumerate() {
                preactivations(source, p, positions[p], &mut z);
                row.iter_mut().zip(&z).for_each(|(gradient, z)| *gradient *= slope(*z));
            }
        });
    }

    /// Adds the gradient of the affine parameters of a term whose gradient is `gradient [positions, n]` to
    /// `affine_gradient [3, n]`.
    pub fn term_backward(
        &self,
        positions: &[[f32; 3]],
        gradient: &mut [f32],
        affine_gradient: &mut [f32],
    ) {
        let n = self.n;
        self.block_sums(positions, gradient, affine_gradient, |_, positions, gradient, sums| {
            let (sx, rest) = sums.split_at_mut(n);
            let (sy, s1) = rest.split_at_mut(n);
            for (&[x, y, _], row) in positions.iter().zip(gradient.chunks_exact(n)) {
                for (i, g) in row.iter().enumerate() {
                    sx[i] += g * x;
                    sy[i] += g * y;
                    s1[i] += g;
                }
            }
        });
    }

    /// Hands blocks of positions and of `values`, `n` for each, to `work`.
    fn blocks(
        &self,
        positions: &[[f32; 3]],
        values: &mut [f32],
        work: impl Fn(usize, &[[f32; 3]], &mut [f32]) + Sync,
    ) {
        let blocks = values.chunks_mut(BLOCK * self.n).zip(positions.chunks(BLOCK)).enumerate();
        let task = |(i, (values, positions)): (usize, (&mut [f32], &[[f32; 3]]))| {
            work(i * BLOCK, positions, values);
        };
        match self.parallel {
            true => blocks.collect::<Vec<_>>().into_par_iter().for_each(task),
            false => blocks.for_each(task),
        }
    }

    /// As [`blocks`](Self::blocks), with sums `[3, n]` of every block, which are added to `total` in order.
    fn block_sums(
        &self,
        positions: &[[f32; 3]],
        values: &mut [f32],
        total: &mut [f32],
        work: impl Fn(usize, &[[f32; 3]], &mut [f32], &mut [f32]) + Sync,
    ) {
        let count = positions.len().div_ceil(BLOCK);
        let mut sums = vec![0.0f32; count * 3 * self.n];
        let blocks = values.chunks_mut(BLOCK * self.n).zip(positions.chunks(BLOCK));
        let blocks = blocks.zip(sums.chunks_mut(3 * self.n)).enumerate();
        type Task<'t> = (usize, ((&'t mut [f32], &'t [[f32; 3]]), &'t mut [f32]));
        let task = |(i, ((values, positions), sums)): Task<'_>| {
            work(i * BLOCK, positions, values, sums);
        };
        match self.parallel {
            true => blocks.collect::<Vec<_>>().into_par_iter().for_each(task),
            false => blocks.for_each(task),
        }
        for sums in sums.chunks(3 * self.n) {
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
        }
    }
}

/// Leaky ReLU.
#[inline(always)]
fn lrelu(x: f32) -> f32 {
    x.max(SLOPE_F32 * x)
}

/// Its slope, at zero that of what is below, as libtorch's.
#[inline(always)]
fn slope(x: f32) -> f32 {
    if x > 0.0 { 1.0 } else { SLOPE_F32 }
}

/// One row of a level's output before leaky ReLU into `z`.
#[inline(always)]
fn preactivations(source: LevelOutput<'_>, p: usize, [x, y, _]: [f32; 3], z: &mut [f32]) {
    match source {
        LevelOutput::Stored(products, bias) => {
            let n = z.len();
            let (products, bias) = (&products[p * n..(p + 1) * n], &bias[..n]);
            for i in 0..n {
                z[i] = products[i] + bias[i];
            }
        }
        LevelOutput::Affine(affine) => term(affine, x, y, z),
    }
}

/// The affine term of one position.
#[inline(always)]
fn term(affine: Affine<'_>, x: f32, y: f32, out: &mut [f32]) {
    let n = out.len();
    let [ax, ay, a1] = affine.rows();
    let (ax, ay, a1) = (&ax[..n], &ay[..n], &a1[..n]);
    for i in 0..n {
        out[i] = ax[i] * x + ay[i] * y + a1[i];
    }
}

struct Outputs<'a> {
    shape: Shape,
    source: LevelOutput<'a>,
    positions: &'a [[f32; 3]],
    out: &'a mut [f32],
}

impl WithSimd for Outputs<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let limit = self.shape.limit;
        for (p, row) in self.out.chunks_exact_mut(self.shape.n).enumerate() {
            preactivations(self.source, p, self.positions[p], row);
            for h in row.iter_mut() {
                *h = lrelu(*h).clamp(-limit, limit);
            }
        }
    }
}

struct Products<'a> {
    shape: Shape,
    source: LevelOutput<'a>,
    affine: Affine<'a>,
    positions: &'a [[f32; 3]],
    out: &'a mut [f32],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Shape { n, limit, activation, .. } = self.shape;
        let leaky = activation == AffineActivation::Lrelu;
        let mut t = vec![0.0f32; n];
        let t = &mut t[..n];
        for (p, row) in self.out.chunks_exact_mut(n).enumerate() {
            let position = self.positions[p];
            preactivations(self.source, p, position, row);
            term(self.affine, position[0], position[1], t);
            for i in 0..n {
                let factor = if leaky { lrelu(t[i]) } else { t[i] };
                row[i] = lrelu(row[i]).clamp(-limit, limit) * factor;
            }
        }
    }
}

struct Backward<'a> {
    shape: Shape,
    source: LevelOutput<'a>,
    affine: Affine<'a>,
    positions: &'a [[f32; 3]],
    gradient: &'a mut [f32],
    sums: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Shape { n, limit, activation, .. } = self.shape;
        let leaky = activation == AffineActivation::Lrelu;
        let (sx, rest) = self.sums.split_at_mut(n);
        let (sy, s1) = rest.split_at_mut(n);
        let s1 = &mut s1[..n];
        let (mut z, mut t) = (vec![0.0f32; n], vec![0.0f32; n]);
        let (z, t) = (&mut z[..n], &mut t[..n]);
        for (p, row) in self.gradient.chunks_exact_mut(n).enumerate() {
            let position @ [x, y, _] = self.positions[p];
            preactivations(self.source, p, position, z);
            term(self.affine, x, y, t);
            for i in 0..n {
                let (factor, steep) = if leaky { (lrelu(t[i]), slope(t[i])) } else { (t[i], 1.0) };
                let h = lrelu(z[i]).clamp(-limit, limit);
                let of_term = row[i] * h * steep;
                sx[i] += of_term * x;
                sy[i] += of_term * y;
                s1[i] += of_term;
                row[i] *= factor * slope(z[i]);
            }
        }
    }
}
