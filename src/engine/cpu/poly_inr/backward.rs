//! The way back through an image.
//!
//! With positions X, affine terms `a_j = A_j X`, `t_j = act(a_j)`, `m_j = h_{j-1} ⊙ t_j`,
//! `u_j = W_j m_j + b_j` and `h_j = clamp(lrelu(u_j))` (Poly-INR, equation 3), the chain rule gives,
//! from the last level down,
//!
//! ```text
//! du_j = dh_j ⊙ lrelu'(u_j)      dW_j = Σ du_j m_jᵀ      db_j = Σ du_j
//! dm_j = W_jᵀ du_j               dh_{j-1} = dm_j ⊙ t_j   dA_j = Σ (dm_j ⊙ h_{j-1} ⊙ act'(a_j)) Xᵀ
//! ```
//!
//! and level 0, `u_0 = (W_0 A_0) X + b_0`, passes `dF = Σ du_0 Xᵀ` on as `W_0ᵀ dF` and `dF A_0ᵀ`.
//! Positions are divided into groups, whose number depends on the model only, and these into tiles;
//! sums are taken in the order of groups, so that results do not depend on the number of threads.

use std::sync::Arc;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::packed::PackedPolyInr;
use super::passes::{Pass, PassOf, Step, product};
use super::slopes::Backward;
use crate::engine::cpu::buffer::Buffer;
use crate::engine::cpu::simd::arch;
use crate::engine::derivatives::check_length;
use crate::engine::{Derivative, DerivativeRequest, LinearisedField};
use crate::error::Result;
use crate::matrix::{self, Matrix};
use crate::network::{Linear, PolyInr};

/// Pixels a tile.
const TILE: usize = 128;
/// Groups of tiles that are summed apart, at most.
const GROUPS: usize = 16;
/// Memory for the sums of all groups, in bytes.
const SUM_BYTES: usize = 512 << 20;

/// What one group of tiles adds up.
struct Sums {
    /// `[levels, 3, n]`; level 0's is dF.
    affine: Buffer,
    weights: Option<WeightSums>,
}

/// Sums of the derivatives by the weights.
struct WeightSums {
    /// `[n, n]` and `[n]` a level from 1 on.
    levels: Vec<(Buffer, Buffer)>,
    /// `[3, n]`.
    rgb: Buffer,
    bias: [f32; 3],
}

impl Sums {
    fn new(packed: &PackedPolyInr, wanted: bool) -> Self {
        let (n, levels) = (packed.features, packed.count());
        let level = |_| (Buffer::zeroed(n * n), Buffer::zeroed(n));
        Self {
            affine: Buffer::zeroed(levels * 3 * n),
            weights: wanted.then(|| WeightSums {
                levels: (1..levels).map(level).collect(),
                rgb: Buffer::zeroed(3 * n),
                bias: [0.0; 3],
            }),
        }
    }

    fn add(&mut self, other: &Self) {
        let add = |to: &mut [f32], from: &[f32]| {
            to.iter_mut().zip(from).for_each(|(t, f)| *t += f);
        };
        add(&mut self.affine, &other.affine);
        if let (Some(sums), Some(other)) = (&mut self.weights, &other.weights) {
            for ((w, b), (ow, ob)) in sums.levels.iter_mut().zip(&other.levels) {
                add(w, ow);
                add(b, ob);
            }
            add(&mut sums.rgb, &other.rgb);
            add(&mut sums.bias, &other.bias);
        }
    }
}

/// A field at some positions with its features after every level.
pub(crate) struct LinearisedTiles<'a> {
    pool: &'a ThreadPool,
    packed: Arc<PackedPolyInr>,
    network: &'a PolyInr,
    request: DerivativeRequest<'a>,
    /// Affine coefficients `[levels, 3, n]`.
    affine: Buffer,
    /// Pixels a group: whole tiles.
    group: usize,
    tiles: Vec<Vec<Tile>>,
    rgb: Vec<f32>,
}

impl<'a> LinearisedTiles<'a> {
    /// Of a request for `network`, which `packed` was made of.
    pub(crate) fn new(
        pool: &'a ThreadPool,
        packed: Arc<PackedPolyInr>,
        network: &'a PolyInr,
        request: DerivativeRequest<'a>,
    ) -> Self {
        let affine = packed.affine(request.code);
        let image = Image { packed: &packed, affine: &affine };
        let group = group(&request, &packed);
        let mut rgb = vec![0.0; request.positions.len() * 3];
        let tiles = pool.install(|| {
            let groups = request.positions.par_chunks(group).zip(rgb.par_chunks_mut(group * 3));
            let tiles = |(positions, rgb): (&[[f32; 2]], &mut [f32])| {
                let tiles = positions.chunks(TILE).zip(rgb.chunks_mut(TILE * 3));
                tiles.map(|(p, rgb)| Tile::forward(image, p, rgb)).collect()
            };
            groups.map(tiles).collect()
        });
        Self { pool, packed, network, request, affine, group, tiles, rgb }
    }

    /// Sums of all groups, taken in their order.
    fn sums(&self, u: &[f32]) -> Sums {
        let image = Image { packed: &self.packed, affine: &self.affine };
        let sum = |(number, u): (usize, &[f32])| {
            let mut sums = Sums::new(&self.packed, self.request.weights);
            let positions = self.request.positions[number * self.group..].chunks(TILE);
            let places = positions.zip(u.chunks(TILE * 3));
            for (tile, (positions, u)) in self.tiles[number].iter().zip(places) {
                tile.backward(image, positions, u, &mut sums);
            }
            sums
        };
        let sums: Vec<Sums> = u.par_chunks(self.group * 3).enumerate().map(sum).collect();
        let mut sums = sums.into_iter();
        let first = sums.next();
        let mut total = first.unwrap_or_else(|| Sums::new(&self.packed, self.request.weights));
        sums.for_each(|s| total.add(&s));
        total
    }

    /// Sums in the model's own order, level 0 taken apart into its own and the shared weights.
    fn collect(&self, sums: &Sums) -> Derivative {
        let (real, n) = (self.network.config().features, self.packed.features);
        let mut code = vec![0.0; self.packed.count() * real * 3];
        for (level, own) in code.chunks_exact_mut(real * 3).enumerate() {
            let sums = &sums.affine[level * 3 * n..(level + 1) * 3 * n];
            if level == 0 {
                let folded = &self.packed.first.weight;
                for (i, row) in folded.chunks_exact(real).enumerate() {
                    for (k, w) in row.iter().enumerate() {
                        (0..3).for_each(|c| own[k * 3 + c] += w * sums[c * n + i]);
                    }
                }
            } else {
                (0..real * 3).for_each(|at| own[at] = sums[(at % 3) * n + at / 3]);
            }
        }
        let weights = sums.weights.as_ref().map(|own| self.weights(own, &sums.affine));
        Derivative { code, weights }
    }

    /// The derivatives by the matrices, in the network's order: levels, then RGB.
    fn weights(&self, own: &WeightSums, affine: &[f32]) -> Vec<Linear> {
        let (real, n) = (self.network.config().features, self.packed.features);
        let mut all: Vec<Linear> = self.network.levels().iter().map(Linear::zeros).collect();
        first_level(&mut all[0], self.network.affine(self.request.code, 0), affine, n);
        for (level, (w, b)) in all[1..].iter_mut().zip(&own.levels) {
            unpad(w, real, n, &mut level.weight);
            level.bias.copy_from_slice(&b[..real]);
        }
        let mut rgb = self.network.rgb().zeros();
        unpad(&own.rgb, real, n, &mut rgb.weight);
        rgb.bias.copy_from_slice(&own.bias);
        all.push(rgb);
        all
    }
}

impl LinearisedField for LinearisedTiles<'_> {
    fn rgb(&self) -> &[f32] {
        &self.rgb
    }

    fn derivative(&self, u: &[f32]) -> Result<Derivative> {
        check_length(u, &self.rgb)?;
        let sums = self.pool.install(|| self.sums(u));
        Ok(self.collect(&sums))
    }
}

/// Pixels a group.
fn group(request: &DerivativeRequest<'_>, packed: &PackedPolyInr) -> usize {
    let sum = packed.count() * packed.features * packed.features * size_of::<f32>();
    let count = if request.weights { GROUPS.min((SUM_BYTES / sum).max(1)) } else { GROUPS };
    request.positions.len().div_ceil(TILE).div_ceil(count).max(1) * TILE
}

/// An image as the passes take it.
#[derive(Clone, Copy)]
struct Image<'a> {
    packed: &'a PackedPolyInr,
    /// Affine coefficients `[levels, 3, n]`.
    affine: &'a [f32],
}

impl<'a> Image<'a> {
    /// Affine coefficients of a level, `[3, n]`.
    fn affine(&self, level: usize) -> &'a [f32] {
        let n = self.packed.features;
        &self.affine[level * 3 * n..(level + 1) * 3 * n]
    }

    fn pass(&self, pass: Pass<'_>) {
        arch().dispatch(PassOf(self.packed, pass));
    }
}

/// A tile's features after every level, `[levels][pixels, n]`.
struct Tile {
    h: Vec<Buffer>,
}

impl Tile {
    fn forward(image: Image<'_>, positions: &[[f32; 2]], rgb: &mut [f32]) -> Self {
        let packed = image.packed;
        let length = positions.len() * packed.features;
        let mut h: Vec<Buffer> = Vec::with_capacity(packed.count());
        let mut scaled = Buffer::zeroed(length);
        for level in 0..packed.count() {
            let mut next = Buffer::zeroed(length);
            let affine = image.affine(level);
            let step = match level.checked_sub(1) {
                None => Step { bias: None, own: Some(affine), following: None },
                Some(before) => {
                    let (w, bias) = &packed.levels[before];
                    let previous = &h[before];
                    image.pass(Pass::Modulate { affine, positions, h: previous, out: &mut scaled });
                    product(packed.features, w, &scaled, &mut next);
                    Step { bias: Some(bias), own: None, following: None }
                }
            };
            image.pass(Pass::Finish { step, positions, h: &mut next });
            h.push(next);
        }
        let last = h.last().map_or(&[][..], |h| h);
        image.pass(Pass::Colour { h: last, rgb });
        Self { h }
    }

    fn backward(&self, image: Image<'_>, positions: &[[f32; 2]], back: &[f32], sums: &mut Sums) {
        let packed = image.packed;
        let (n, pixels) = (packed.features, positions.len());
        let mut dh = Buffer::zeroed(pixels * n);
        let mut dm = Buffer::zeroed(pixels * n);
        let mut scaled = Buffer::zeroed(if sums.weights.is_some() { pixels * n } else { 0 });
        let last = self.h.last().map_or(&[][..], |h| h);
        let rgb_sums = sums.weights.as_mut().map(|s| (&mut s.rgb[..], &mut s.bias[..]));
        run(Backward::Colour { n, w: &packed.rgb.0, back, h: last, dh: &mut dh, sums: rgb_sums });
        for level in (0..packed.count()).rev() {
            let affine = image.affine(level);
            let own = &mut sums.affine[level * 3 * n..(level + 1) * 3 * n];
            run(Backward::Activation { clamp: packed.clamp, h: &self.h[level], dh: &mut dh });
            if level == 0 {
                run(Backward::First { n, positions, du: &dh, sums: own });
                break;
            }
            let h = &self.h[level - 1];
            if let Some(shared) = &mut sums.weights {
                let (dw, db) = &mut shared.levels[level - 1];
                image.pass(Pass::Modulate { affine, positions, h, out: &mut scaled });
                add_outer(n, pixels, &scaled, &dh, dw);
                run(Backward::Bias { n, du: &dh, sums: db });
            }
            product_back(n, &packed.levels[level - 1].0, &dh, &mut dm);
            let (slope, dm, dh) = (packed.affine_slope, &dm[..], &mut dh[..]);
            run(Backward::Modulate { slope, affine, positions, h, dm, dh, sums: own });
        }
    }
}

fn run(pass: Backward<'_>) {
    arch().dispatch(pass);
}

/// `out [pixels, n] = x [pixels, n] W`, of `Wᵀ [in, out]`.
fn product_back(n: usize, transposed: &[f32], x: &[f32], out: &mut [f32]) {
    let pixels = x.len() / n;
    let (w, x) = (Matrix::by_rows(transposed, n), Matrix::by_columns(x, n));
    matrix::multiply([n, n, pixels], w, x, false, out);
}

/// `out [n, n] += duᵀ m`, of m `[pixels, n]` and du `[pixels, n]`.
fn add_outer(n: usize, pixels: usize, m: &[f32], du: &[f32], out: &mut [f32]) {
    let (m, du) = (Matrix::by_columns(m, n), Matrix::by_rows(du, n));
    matrix::multiply([n, pixels, n], m, du, true, out);
}

/// `dW_0 = dF A_0ᵀ` and `db_0`, dF's constant column.
fn first_level(first: &mut Linear, a: &[f32], sums: &[f32], n: usize) {
    for (i, row) in first.weight.chunks_exact_mut(first.inputs).enumerate() {
        for (w, a) in row.iter_mut().zip(a.chunks_exact(3)) {
            *w = (0..3).map(|c| sums[c * n + i] * a[c]).sum();
        }
    }
    first.bias.iter_mut().enumerate().for_each(|(i, b)| *b = sums[2 * n + i]);
}

fn unpad(padded: &[f32], real: usize, n: usize, out: &mut [f32]) {
    for (from, to) in padded.chunks_exact(n).zip(out.chunks_exact_mut(real)) {
        to.copy_from_slice(&from[..real]);
    }
}
