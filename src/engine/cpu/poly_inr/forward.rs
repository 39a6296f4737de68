//! From positions to colour.

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::packed::PackedPolyInr;
use super::passes::{Step, colour, finish, product};
use crate::engine::cpu::bands::{Bands, Progress, rows_within};
use crate::engine::cpu::buffer::Buffer;
use crate::engine::cpu::simd::arch;
use crate::error::Result;
use crate::network::Code;
use crate::view::View;

/// Tiles are filled up to a multiple of so many pixels. With `gemm` a product's column does not depend
/// on how many others there are, unless it is the only one, which goes another way.
pub(super) const FILL: usize = 32;
/// Largest band in memory.
const BAND_BYTES: usize = 1 << 20;
/// Bytes that a thread works with.
const SCRATCH: u64 = 2 << 20;
/// Bytes of the largest tile.
const TILE_BYTES: usize = 1024 * 3 * size_of::<f32>();

/// Most bytes held while a view of `width` pixels is rendered by `threads` threads: bands as they are
/// computed, handed on and brought into a file's channels.
pub(crate) fn memory(width: u32, threads: usize) -> u64 {
    let tiles = (8 * threads * TILE_BYTES).max(BAND_BYTES);
    let band = u64::from(rows_within(tiles, width)) * u64::from(width) * 12;
    let scratch = (threads as u64) * SCRATCH;
    4 * band + scratch
}

/// Renders an image.
pub(crate) struct PolyInrBands<'a> {
    packed: &'a PackedPolyInr,
    affine: Buffer,
    view: &'a View,
    rows: u32,
}

impl<'a> PolyInrBands<'a> {
    pub(crate) fn new(
        packed: &'a PackedPolyInr,
        code: &Code,
        view: &'a View,
        threads: usize,
    ) -> Self {
        // Every thread has several tiles in a band, so that none waits long for the others.
        let tiles = 8 * threads * packed.tile() * 3 * size_of::<f32>();
        let rows = rows_within(tiles.max(BAND_BYTES), view.width());
        Self { packed, affine: packed.affine(code), view, rows }
    }

    /// Renders the pixels from `first` on, counted along the rows of the view.
    fn tile(&self, first: u64, out: &mut [f32], scratch: &mut TileScratch) {
        scratch.place(self.view, first, out.len() / 3);
        arch().dispatch(Levels { packed: self.packed, affine: &self.affine, scratch, out });
    }
}

impl Bands for PolyInrBands<'_> {
    fn rows(&self) -> u32 {
        self.rows
    }

    fn render(&mut self, rows: Range<u32>, out: &mut [f32], progress: &Progress<'_>) -> Result<()> {
        let tile = self.packed.tile();
        let start = u64::from(rows.start) * u64::from(self.view.width());
        out.par_chunks_mut(tile * 3).enumerate().try_for_each_init(
            TileScratch::default,
            |scratch, (i, out)| {
                self.tile(start + (i * tile) as u64, out, scratch);
                progress.add(out.len() / 3)
            },
        )
    }
}

/// Working memory of one thread.
#[derive(Default)]
pub(super) struct TileScratch {
    pub(super) positions: Vec<[f32; 2]>,
    pub(super) h: Buffer,
    pub(super) next: Buffer,
}

impl TileScratch {
    /// Positions of `pixels` pixels from `first` on, counted along the rows of `view`. The last of
    /// them is repeated until the tile is filled up.
    pub(super) fn place(&mut self, view: &View, first: u64, pixels: usize) {
        let width = u64::from(view.width());
        self.positions.resize(pixels.next_multiple_of(FILL), [0.0; 2]);
        for (i, position) in self.positions.iter_mut().enumerate() {
            let pixel = first + i.min(pixels - 1) as u64;
            let (x, y) = view.position((pixel % width) as i64, (pixel / width) as i64);
            *position = [x as f32, y as f32];
        }
    }
}

/// A tile through all levels.
struct Levels<'a> {
    packed: &'a PackedPolyInr,
    affine: &'a [f32],
    scratch: &'a mut TileScratch,
    out: &'a mut [f32],
}

impl WithSimd for Levels<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { packed, affine, scratch, out } = self;
        let TileScratch { positions, h, next } = scratch;
        let n = packed.features;
        h.resize(positions.len() * n);
        next.resize(positions.len() * n);
        let mut levels = affine.chunks_exact(3 * n);
        let (first, mut following) = (levels.next().unwrap_or_default(), levels.next());
        finish(simd, packed, &Step { bias: None, own: Some(first), following }, positions, h);
        for (weights, bias) in &packed.levels {
            product(n, weights, h, next);
            following = levels.next();
            finish(simd, packed, &Step { bias: Some(bias), own: None, following }, positions, next);
            std::mem::swap(h, next);
        }
        colour(simd, packed, h, out);
    }
}
