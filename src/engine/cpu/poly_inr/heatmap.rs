//! Heat-maps of levels.
//!
//! Features of all pixels would take kilobytes a pixel, so all tiles are computed twice: once for the
//! means, once for the maps. Tiles of a band are computed together and taken in order, so that sums
//! do not depend on threads.

use pulp::{Simd, WithSimd};
use rayon::ThreadPool;
use rayon::prelude::*;

use super::forward::TileScratch;
use super::packed::PackedPolyInr;
use super::passes::{Step, finish, modulate, product, product_sum};
use crate::control::Control;
use crate::engine::cpu::bands::Progress;
use crate::engine::cpu::buffer::Buffer;
use crate::engine::cpu::simd::arch;
use crate::error::Result;
use crate::memory;
use crate::network::Code;
use crate::view::View;

/// Tiles a band, for each thread.
const TILES: u64 = 8;

/// Heat-maps of `levels` of an image, each below the number of its levels and named once.
pub(crate) fn heatmaps(
    packed: &PackedPolyInr,
    pool: &ThreadPool,
    code: &Code,
    view: &View,
    levels: &[usize],
    control: &Control<'_>,
) -> Result<Vec<Vec<f32>>> {
    Heatmaps { packed, affine: packed.affine(code), view, levels }.render(pool, control)
}

/// Heat-maps of some levels of one image.
struct Heatmaps<'a> {
    packed: &'a PackedPolyInr,
    affine: Buffer,
    view: &'a View,
    levels: &'a [usize],
}

impl Heatmaps<'_> {
    /// `H_j(p) = Σ_c mean_p(h_c) h_c(p)`, `[height, width]`, in the order of the levels asked for.
    fn render(&self, pool: &ThreadPool, control: &Control<'_>) -> Result<Vec<Vec<f32>>> {
        let progress = Progress::new(control, 2 * self.view.pixels());
        pool.install(|| {
            let means = self.means(&progress)?;
            self.maps(&means, &progress)
        })
    }

    /// Mean of every feature of every level over the view's pixels, `[levels asked for, features]`.
    fn means(&self, progress: &Progress<'_>) -> Result<Buffer> {
        let length = self.levels.len() * self.packed.features;
        let mut sums = vec![0.0f64; length];
        let tile = |_| Sums(vec![0.0; length]);
        self.tiles(progress, &tile, |Sums(more)| {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        })?;
        let pixels = self.view.pixels() as f64;
        Ok(sums.into_iter().map(|sum| (sum / pixels) as f32).collect())
    }

    fn maps(&self, means: &[f32], progress: &Progress<'_>) -> Result<Vec<Vec<f32>>> {
        let room = self.view.pixels() as usize;
        let map = |_: &usize| memory::with_capacity(room, "size");
        let mut maps: Vec<Vec<f32>> = self.levels.iter().map(map).collect::<Result<_>>()?;
        let tile = |pixels| Maps { means, pixels, out: vec![0.0; self.levels.len() * pixels] };
        self.tiles(progress, &tile, |Maps { pixels, out, .. }| {
            for (map, more) in maps.iter_mut().zip(out.chunks_exact(pixels)) {
                map.extend_from_slice(more);
            }
        })?;
        Ok(maps)
    }

    /// Takes all tiles through the levels. What `make` makes for a tile of so many pixels sees its
    /// features; `take` takes these in the order of the tiles.
    fn tiles<V: Visit + Send>(
        &self,
        progress: &Progress<'_>,
        make: &(impl Fn(usize) -> V + Sync),
        mut take: impl FnMut(V),
    ) -> Result<()> {
        let count = self.view.pixels().div_ceil(self.packed.tile() as u64);
        let band = TILES * rayon::current_num_threads() as u64;
        for first in (0..count).step_by(band as usize) {
            let band: Vec<V> = (first..count.min(first + band))
                .into_par_iter()
                .map_init(TileScratch::default, |scratch, number| {
                    let first = number * self.packed.tile() as u64;
                    let pixels = (self.view.pixels() - first).min(self.packed.tile() as u64);
                    let visit = self.trace(first, pixels as usize, make, scratch);
                    progress.add(pixels as usize)?;
                    Ok(visit)
                })
                .collect::<Result<_>>()?;
            band.into_iter().for_each(&mut take);
        }
        Ok(())
    }

    /// Shows the features of `pixels` pixels from `first` on to what `make` makes for them.
    fn trace<V: Visit>(
        &self,
        first: u64,
        pixels: usize,
        make: impl Fn(usize) -> V,
        scratch: &mut TileScratch,
    ) -> V {
        scratch.place(self.view, first, pixels);
        let mut visit = make(pixels);
        let Self { packed, affine, levels, .. } = self;
        arch().dispatch(Trace { packed, affine, levels, pixels, scratch, visit: &mut visit });
        visit
    }
}

/// A tile through the levels, up to the last asked for.
struct Trace<'a, V> {
    packed: &'a PackedPolyInr,
    affine: &'a [f32],
    levels: &'a [usize],
    pixels: usize,
    scratch: &'a mut TileScratch,
    visit: &'a mut V,
}

impl<V: Visit> WithSimd for Trace<'_, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { packed, affine, levels, pixels, scratch, visit } = self;
        let TileScratch { positions, h, next } = scratch;
        let n = packed.features;
        h.resize(positions.len() * n);
        next.resize(positions.len() * n);
        let last = levels.iter().max().map_or(0, |last| last + 1);
        for (level, own) in affine.chunks_exact(3 * n).enumerate().take(last) {
            // Unlike in rendering, features are seen before the following level's affine term.
            if let Some((weights, bias)) = level.checked_sub(1).map(|l| &packed.levels[l]) {
                modulate(simd, packed, own, positions, h, next);
                product(n, weights, next, h);
                let step = Step { bias: Some(bias), own: None, following: None };
                finish(simd, packed, &step, positions, h);
            } else {
                let step = Step { bias: None, own: Some(own), following: None };
                finish(simd, packed, &step, positions, h);
            }
            if let Some(slot) = levels.iter().position(|l| *l == level) {
                visit.level(simd, slot, n, &h[..pixels * n]);
            }
        }
    }
}

/// What a pass does with features.
trait Visit {
    /// Sees the features `h [pixels, features]` of the `slot`-th of the levels asked for.
    fn level<S: Simd>(&mut self, simd: S, slot: usize, features: usize, h: &[f32]);
}

/// Sums over a tile's pixels, `[levels asked for, features]`.
struct Sums(Vec<f64>);

impl Visit for Sums {
    #[inline(always)]
    fn level<S: Simd>(&mut self, _: S, slot: usize, features: usize, h: &[f32]) {
        let sums = &mut self.0[slot * features..(slot + 1) * features];
        for h in h.chunks_exact(features) {
            sums.iter_mut().zip(h).for_each(|(sum, h)| *sum += f64::from(*h));
        }
    }
}

/// Maps of a tile, `[levels asked for, pixels]`.
struct Maps<'a> {
    means: &'a [f32],
    pixels: usize,
    out: Vec<f32>,
}

impl Visit for Maps<'_> {
    #[inline(always)]
    fn level<S: Simd>(&mut self, simd: S, slot: usize, features: usize, h: &[f32]) {
        let means = &self.means[slot * features..(slot + 1) * features];
        let out = &mut self.out[slot * self.pixels..(slot + 1) * self.pixels];
        for (out, h) in out.iter_mut().zip(h.chunks_exact(features)) {
            *out = product_sum(simd, h, means);
        }
    }
}
