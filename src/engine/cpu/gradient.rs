//! The backward pass through a generator's field.
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

use pulp::WithSimd;
use rayon::ThreadPool;
use rayon::prelude::*;

use super::buffer::Buffer;
use super::gemm::{self, Matrix};
use super::generator::pack_affine;
use super::kernels::{Backward, Forward};
use super::simd::{arch, padded};
use crate::engine::{Gradient, GradientRequest, Linearised};
use crate::error::{Error, Result};
use crate::model::{self, AffineActivation, LRELU_SLOPE, Synthesis};

/// Pixels a tile.
const TILE: usize = 128;
/// Groups of tiles that are summed apart, at most.
const GROUPS: usize = 16;
/// Memory for the sums of all groups, in bytes.
const SUM_BYTES: usize = 512 << 20;

/// Weights of one step, features padded.
pub(super) struct Weights {
    /// Features, padded.
    pub n: usize,
    /// `W_j [out, in]` and `b_j` from level 1 on.
    levels: Vec<(Buffer, Buffer)>,
    /// `[levels, 3, n]`: coefficients of x, y, 1; level 0 has its shared weights folded in.
    affine: Buffer,
    /// `[3, n]` and `[3]`.
    rgb: (Buffer, [f32; 3]),
    /// Slope of the affine term's activation below zero: 1 where there is none.
    pub affine_slope: f32,
    /// Largest magnitude of a level's output.
    pub clamp: f32,
}

impl Weights {
    fn new(request: &GradientRequest<'_>) -> Self {
        let GradientRequest { synthesis, affine, .. } = request;
        let (real, n) = (synthesis.rgb.inputs, padded(synthesis.rgb.inputs));
        let rows = |weight: &[f32], count: usize| {
            let mut out = Buffer::zeroed(count * n);
            for (from, to) in weight.chunks_exact(real).zip(out.chunks_exact_mut(n)) {
                to[..real].copy_from_slice(from);
            }
            out
        };
        let level = |l: &model::Linear| (rows(&l.weight, n), rows(&l.bias, 1));
        let bias = &synthesis.rgb.bias;
        Self {
            n,
            levels: synthesis.levels[1..].iter().map(level).collect(),
            affine: pack_affine(n, &synthesis.levels[0], affine),
            rgb: (rows(&synthesis.rgb.weight, 3), [bias[0], bias[1], bias[2]]),
            affine_slope: match synthesis.affine_activation {
                AffineActivation::Lrelu => LRELU_SLOPE,
                AffineActivation::None => 1.0,
            },
            clamp: synthesis.clamp.unwrap_or(f32::INFINITY),
        }
    }

    /// Affine coefficients of a level, `[3, n]`.
    fn affine(&self, level: usize) -> &[f32] {
        &self.affine[level * 3 * self.n..(level + 1) * 3 * self.n]
    }

    fn count(&self) -> usize {
        self.levels.len() + 1
    }
}

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
    fn new(weights: &Weights, wanted: bool) -> Self {
        let (n, levels) = (weights.n, weights.count());
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
pub(super) struct Linear<'a> {
    pool: &'a ThreadPool,
    request: GradientRequest<'a>,
    weights: Weights,
    /// Pixels a group: whole tiles.
    group: usize,
    tiles: Vec<Vec<Tile>>,
    rgb: Vec<f32>,
}

impl<'a> Linear<'a> {
    pub fn new(pool: &'a ThreadPool, request: GradientRequest<'a>) -> Self {
        let weights = Weights::new(&request);
        let group = group(&request, &weights);
        let mut rgb = vec![0.0; request.positions.len() * 3];
        let tiles = pool.install(|| {
            let groups = request.positions.par_chunks(group).zip(rgb.par_chunks_mut(group * 3));
            let tiles = |(positions, rgb): (&[[f32; 2]], &mut [f32])| {
                let tiles = positions.chunks(TILE).zip(rgb.chunks_mut(TILE * 3));
                tiles.map(|(p, rgb)| Tile::forward(&weights, p, rgb)).collect()
            };
            groups.map(tiles).collect()
        });
        Self { pool, request, weights, group, tiles, rgb }
    }

    /// Sums of all groups, taken in their order.
    fn sums(&self, u: &[f32]) -> Sums {
        let sum = |(number, u): (usize, &[f32])| {
            let mut sums = Sums::new(&self.weights, self.request.weights);
            let positions = self.request.positions[number * self.group..].chunks(TILE);
            let places = positions.zip(u.chunks(TILE * 3));
            for (tile, (positions, u)) in self.tiles[number].iter().zip(places) {
                tile.backward(&self.weights, positions, u, &mut sums);
            }
            sums
        };
        let sums: Vec<Sums> = u.par_chunks(self.group * 3).enumerate().map(sum).collect();
        let mut sums = sums.into_iter();
        let first = sums.next();
        let mut total = first.unwrap_or_else(|| Sums::new(&self.weights, self.request.weights));
        sums.for_each(|s| total.add(&s));
        total
    }
}

impl Linearised for Linear<'_> {
    fn rgb(&self) -> &[f32] {
        &self.rgb
    }

    fn gradient(&self, u: &[f32]) -> Result<Gradient> {
        if u.len() != self.rgb.len() {
            let problem = format!("{} derivatives for {} values", u.len(), self.rgb.len());
            return Err(Error::parameter("gradient", problem));
        }
        let sums = self.pool.install(|| self.sums(u));
        Ok(collect(&self.request, &self.weights, &sums))
    }
}

/// Pixels a group.
fn group(request: &GradientRequest<'_>, weights: &Weights) -> usize {
    let sum = weights.count() * weights.n * weights.n * size_of::<f32>();
    let count = if request.weights { GROUPS.min((SUM_BYTES / sum).max(1)) } else { GROUPS };
    request.positions.len().div_ceil(TILE).div_ceil(count).max(1) * TILE
}

/// A tile's features after every level, `[levels][pixels, n]`.
struct Tile {
    h: Vec<Buffer>,
}

impl Tile {
    fn forward(weights: &Weights, positions: &[[f32; 2]], rgb: &mut [f32]) -> Self {
        let (n, pixels) = (weights.n, positions.len());
        let mut h: Vec<Buffer> = Vec::with_capacity(weights.count());
        let mut scaled = Buffer::zeroed(pixels * n);
        for level in 0..weights.count() {
            let mut next = Buffer::zeroed(pixels * n);
            let affine = weights.affine(level);
            if level == 0 {
                run(Forward::First { weights, affine, positions, h: &mut next });
            } else {
                let (w, bias) = &weights.levels[level - 1];
                let previous = &h[level - 1];
                run(Forward::Scale { weights, affine, positions, h: previous, out: &mut scaled });
                multiply(Product::Forward, n, pixels, w, &scaled, &mut next);
                run(Forward::Activate { weights, bias, h: &mut next });
            }
            h.push(next);
        }
        let (w, bias) = &weights.rgb;
        let last = h.last().map_or(&[][..], |h| h);
        run(Forward::Colour { n, w, bias, h: last, rgb });
        Self { h }
    }

    fn backward(&self, weights: &Weights, positions: &[[f32; 2]], back: &[f32], sums: &mut Sums) {
        let (n, pixels) = (weights.n, positions.len());
        let mut dh = Buffer::zeroed(pixels * n);
        let mut dm = Buffer::zeroed(pixels * n);
        let mut scaled = Buffer::zeroed(if sums.weights.is_some() { pixels * n } else { 0 });
        let last = self.h.last().map_or(&[][..], |h| h);
        let rgb_sums = sums.weights.as_mut().map(|s| (&mut s.rgb[..], &mut s.bias[..]));
        run(Backward::Colour { n, w: &weights.rgb.0, back, h: last, dh: &mut dh, sums: rgb_sums });
        for level in (0..weights.count()).rev() {
            let affine = weights.affine(level);
            let own = &mut sums.affine[level * 3 * n..(level + 1) * 3 * n];
            run(Backward::Activation { weights, h: &self.h[level], dh: &mut dh });
            if level == 0 {
                run(Backward::First { n, positions, du: &dh, sums: own });
                break;
            }
            let previous = &self.h[level - 1];
            let w = &weights.levels[level - 1].0;
            if let Some(shared) = &mut sums.weights {
                let (dw, db) = &mut shared.levels[level - 1];
                let out = &mut scaled;
                run(Forward::Scale { weights, affine, positions, h: previous, out });
                multiply(Product::Weights, n, pixels, &scaled, &dh, dw);
                run(Backward::Bias { n, du: &dh, sums: db });
            }
            multiply(Product::Backward, n, pixels, w, &dh, &mut dm);
            let dh = &mut dh;
            run(Backward::Scale {
                weights,
                affine,
                positions,
                h: previous,
                dm: &dm,
                dh,
                sums: own,
            });
        }
    }
}

fn run(kernel: impl WithSimd<Output = ()>) {
    arch().dispatch(kernel);
}

/// The three matrix products of a level.
enum Product {
    /// `out [pixels, n] = x [pixels, n] Wᵀ`.
    Forward,
    /// `out [pixels, n] = x [pixels, n] W`.
    Backward,
    /// `out [n, n] += xᵀ m`, where the first argument is m `[pixels, n]`.
    Weights,
}

/// One of the products of `w` and `x`, into `out`.
fn multiply(product: Product, n: usize, pixels: usize, w: &[f32], x: &[f32], out: &mut [f32]) {
    // Seen by columns: out is n x pixels (or n x n), with the features of the result down.
    let by_features = Matrix::by_columns;
    match product {
        Product::Forward => {
            gemm::multiply([n, n, pixels], Matrix::by_rows(w, n), by_features(x, n), false, out);
        }
        Product::Backward => {
            gemm::multiply([n, n, pixels], by_features(w, n), by_features(x, n), false, out);
        }
        Product::Weights => {
            gemm::multiply([n, pixels, n], by_features(w, n), Matrix::by_rows(x, n), true, out);
        }
    }
}

/// Sums in the model's own order, level 0 taken apart into its own and the shared weights.
fn collect(request: &GradientRequest<'_>, weights: &Weights, sums: &Sums) -> Gradient {
    let GradientRequest { synthesis, affine, .. } = request;
    let (real, n) = (synthesis.rgb.inputs, weights.n);
    let mut out = vec![0.0; affine.values().len()];
    for (level, own) in out.chunks_exact_mut(real * 3).enumerate() {
        let sums = &sums.affine[level * 3 * n..(level + 1) * 3 * n];
        if level == 0 {
            let folded = &synthesis.levels[0].weight;
            for (i, row) in folded.chunks_exact(real).enumerate() {
                for (k, w) in row.iter().enumerate() {
                    (0..3).for_each(|c| own[k * 3 + c] += w * sums[c * n + i]);
                }
            }
        } else {
            (0..real * 3).for_each(|at| own[at] = sums[(at % 3) * n + at / 3]);
        }
    }
    let shared = sums.weights.as_ref().map(|own| {
        let mut shared = Synthesis::clone(synthesis);
        first_level(&mut shared.levels[0], affine.level(0), &sums.affine, n);
        for (level, (w, b)) in shared.levels[1..].iter_mut().zip(&own.levels) {
            unpad(w, real, n, &mut level.weight);
            level.bias.copy_from_slice(&b[..real]);
        }
        unpad(&own.rgb, real, n, &mut shared.rgb.weight);
        shared.rgb.bias.copy_from_slice(&own.bias);
        shared
    });
    Gradient { affine: out, weights: shared }
}

/// `dW_0 = dF A_0ᵀ` and `db_0`, dF's constant column.
fn first_level(first: &mut model::Linear, a: &[f32], sums: &[f32], n: usize) {
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
