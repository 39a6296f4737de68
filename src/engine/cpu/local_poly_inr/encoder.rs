//! The upscaler's encoder: every pixel's features, computed as they are needed.
//!
//! Blocks are rows of tiles, four pixels high. Each layer keeps only the blocks that later layers
//! still want, so a picture of any height streams through in memory for a few dozen of its rows,
//! and nothing is computed twice.

use std::collections::VecDeque;
use std::ops::Range;

use parking_lot::Mutex;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::control::Control;
use crate::engine::cpu::buffer::Buffer;
use crate::engine::cpu::simd::{arch, lanes, padded};
use crate::engine::cpu::winograd::{
    Conv, Convolve, GROUP, Inputs, Scratch, TILE, TILE_PIXELS, Then,
};
use crate::error::Result;
use crate::field::PictureImage;
use crate::network::{Conv3x3, LocalPolyInr};

/// The encoder's weights, packed.
#[derive(Debug)]
pub(super) struct PackedEncoder {
    /// `[27, channels]`: row, column, colour; then the bias.
    head: Vec<f32>,
    /// Residual blocks' convolutions, two a block, and the tail.
    convs: Vec<Conv>,
    channels: usize,
}

impl PackedEncoder {
    pub(super) fn new(network: &LocalPolyInr) -> Self {
        let weights = network.weights();
        let body = weights.blocks.iter().flatten().chain([&weights.tail]);
        Self {
            head: pack_head(&weights.head),
            convs: body.map(|c| Conv::new(c, lanes())).collect(),
            channels: padded(network.config().channels),
        }
    }
}

fn pack_head(head: &Conv3x3) -> Vec<f32> {
    let channels = padded(head.outputs);
    let mut packed = vec![0.0; 28 * channels];
    for out in 0..head.outputs {
        for tap in 0..27 {
            let (position, colour) = (tap / 3, tap % 3);
            packed[tap * channels + out] = head.weight[(out * 3 + colour) * 9 + position];
        }
        packed[27 * channels + out] = head.bias[out];
    }
    packed
}

/// A rectangle of tiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region {
    /// Columns of tiles.
    pub(super) tiles: Range<usize>,
    /// Rows of tiles: blocks.
    pub(super) blocks: Range<usize>,
}

impl Region {
    /// The whole of a picture.
    pub(super) fn whole(width: usize, height: usize) -> Self {
        Self { tiles: 0..width.div_ceil(TILE), blocks: 0..height.div_ceil(TILE) }
    }

    /// This region and `by` more tiles on every side, as far as `limit` goes.
    fn grown(&self, by: usize, limit: &Self) -> Self {
        let grow = |r: &Range<usize>, end: usize| r.start.saturating_sub(by)..(r.end + by).min(end);
        Self {
            tiles: grow(&self.tiles, limit.tiles.end),
            blocks: grow(&self.blocks, limit.blocks.end),
        }
    }
}

/// The blocks that a layer has computed and that are still wanted.
#[derive(Debug)]
struct Layer {
    region: Region,
    /// Number of the first block kept.
    first: usize,
    blocks: VecDeque<Buffer>,
}

impl Layer {
    fn new(region: Region) -> Self {
        Self { first: region.blocks.start, region, blocks: VecDeque::new() }
    }

    /// Number of the first block not yet computed.
    fn end(&self) -> usize {
        self.first + self.blocks.len()
    }

    fn block(&self, number: usize) -> Option<&[f32]> {
        let index = number.checked_sub(self.first)?;
        self.blocks.get(index).map(|b| &**b)
    }

    /// Drops blocks before `number`, keeping their memory in `spare`.
    fn release(&mut self, number: usize, spare: &mut Vec<Buffer>) {
        while self.first < number && !self.blocks.is_empty() {
            spare.extend(self.blocks.pop_front());
            self.first += 1;
        }
    }
}

/// Most blocks a layer computes in one go.
pub(super) const BATCH: usize = 16;

/// Blocks that a layer `tiles` tiles wide computes in one go.
fn batch(tiles: usize) -> usize {
    (16 * GROUP).div_ceil(tiles).clamp(1, BATCH)
}

/// Features of a region of a picture.
pub(super) struct Encoder<'a> {
    packed: &'a PackedEncoder,
    picture: &'a PictureImage,
    /// Head, then every convolution of the body, then the tail.
    layers: Vec<Layer>,
    spare: Vec<Buffer>,
    /// Working memory that no thread is using.
    scratch: Mutex<Vec<Scratch>>,
    /// Blocks a layer computes in one go.
    batch: usize,
}

impl<'a> Encoder<'a> {
    /// An encoder for `region`, which has not computed anything yet.
    pub(super) fn new(
        packed: &'a PackedEncoder,
        picture: &'a PictureImage,
        region: &Region,
    ) -> Self {
        let whole = Region::whole(picture.width(), picture.height());
        let last = packed.convs.len();
        let layers: Vec<Layer> =
            (0..=last).map(|l| Layer::new(region.grown(last - l, &whole))).collect();
        let batch = batch(layers[0].region.tiles.len());
        Self { packed, picture, layers, spare: Vec::new(), scratch: Mutex::default(), batch }
    }

    /// Most bytes held for `convs` convolutions of `channels` channels on a picture of `tiles`
    /// tiles across and `blocks` down that streams through.
    pub(super) fn memory(convs: usize, channels: usize, tiles: usize, blocks: usize) -> u64 {
        let batch = batch(tiles);
        // The head's wait for the tail, other layers' for the next one or two, those of layers that
        // are at work; the last layer's for a band.
        let layers = convs.min(blocks) * (2 * batch + 3) / 2;
        let kept = blocks.min(convs + batch) + layers + blocks.min(BATCH);
        (kept * tiles * TILE_PIXELS * padded(channels) * size_of::<f32>()) as u64
    }

    /// Most rows of the picture that features above or below a row may take, whether computed at
    /// once or going on from earlier ones.
    pub(super) fn reach(packed: &PackedEncoder) -> usize {
        (packed.convs.len() + BATCH + 2) * TILE
    }

    /// Whether `region` is inside the one this encoder was made for, and not yet released.
    pub(super) fn holds(&self, region: &Region) -> bool {
        let features = &self.layers[self.layers.len() - 1];
        let inside = |a: &Range<usize>, b: &Range<usize>| a.start >= b.start && a.end <= b.end;
        inside(&region.tiles, &features.region.tiles)
            && inside(&region.blocks, &features.region.blocks)
            && region.blocks.start >= features.first
    }

    /// Inputs for a convolution of block `number` of the features.
    pub(super) fn features(&self, number: usize) -> Inputs<'_> {
        inputs(&self.layers[self.layers.len() - 1], number)
    }

    /// Computes features up to block `end`. Call from inside a thread pool.
    pub(super) fn advance(&mut self, end: usize, control: &Control<'_>) -> Result<()> {
        let last = self.layers.len() - 1;
        let end = end.min(self.layers[last].region.blocks.end);
        while self.layers[last].end() < end {
            control.check()?;
            for layer in 0..=last {
                self.step(layer);
            }
            self.release_inner();
        }
        Ok(())
    }

    /// Forgets features before block `number`.
    pub(super) fn release(&mut self, number: usize) {
        let last = self.layers.len() - 1;
        self.layers[last].release(number, &mut self.spare);
    }

    /// Computes what a layer can, at most a batch.
    fn step(&mut self, layer: usize) {
        let range = {
            let this = &self.layers[layer];
            let possible = match layer {
                0 => usize::MAX,
                _ => {
                    let below = &self.layers[layer - 1];
                    let complete = below.end() == below.region.blocks.end;
                    if complete { usize::MAX } else { below.end().saturating_sub(1) }
                }
            };
            let start = this.end();
            start..possible.min(start + self.batch).min(this.region.blocks.end)
        };
        if range.is_empty() {
            return;
        }
        let size = self.layers[layer].region.tiles.len() * TILE_PIXELS * self.packed.channels;
        let mut fresh: Vec<Buffer> =
            range.clone().map(|_| self.spare.pop().unwrap_or_default()).collect();
        fresh.iter_mut().for_each(|b| b.resize(size));
        let piece = GROUP * TILE_PIXELS * self.packed.channels;
        fresh
            .par_iter_mut()
            .zip(range)
            .flat_map(|(block, number)| {
                block.par_chunks_mut(piece).enumerate().map(move |(i, out)| (number, i, out))
            })
            .for_each(|(number, i, out)| {
                let mut scratch = self.scratch.lock().pop().unwrap_or_default();
                self.compute(layer, number, i * GROUP, out, &mut scratch);
                self.scratch.lock().push(scratch);
            });
        self.layers[layer].blocks.extend(fresh);
    }

    /// Computes tiles of one block of a layer; `skip` counts from the layer's first tile.
    fn compute(
        &self,
        layer: usize,
        number: usize,
        skip: usize,
        out: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let first = self.layers[layer].region.tiles.start + skip;
        match layer {
            0 => self.head(number, first, out),
            _ => arch().dispatch(Convolve {
                conv: &self.packed.convs[layer - 1],
                inputs: inputs(&self.layers[layer - 1], number),
                first,
                then: self.then(layer, number, first, out.len()),
                out,
                scratch,
            }),
        }
        self.clear_outside(number, first, out);
    }

    /// What is done to a layer's products: the first of a residual block is cut at zero, the second
    /// added to the block's input, the tail added to the head.
    fn then(&self, layer: usize, number: usize, first: usize, len: usize) -> Then<'_> {
        let last = self.layers.len() - 1;
        let skip = match layer {
            l if l == last => 0,
            l if l % 2 == 1 => return Then::Relu,
            l => l - 2,
        };
        let from = &self.layers[skip];
        let start = (first - from.region.tiles.start) * TILE_PIXELS * self.packed.channels;
        match from.block(number) {
            Some(values) => Then::Add(&values[start..start + len]),
            None => Then::Keep,
        }
    }

    /// Zeroes what lies outside the picture: every layer is zero-padded there.
    fn clear_outside(&self, number: usize, first: usize, out: &mut [f32]) {
        let channels = self.packed.channels;
        let (width, height) = (self.picture.width(), self.picture.height());
        let tiles = out.len() / (TILE_PIXELS * channels);
        if (first + tiles) * TILE <= width && (number + 1) * TILE <= height {
            return;
        }
        for (i, pixel) in out.chunks_exact_mut(channels).enumerate() {
            let (tile, at) = (first + i / TILE_PIXELS, i % TILE_PIXELS);
            let outside = tile * TILE + at % TILE >= width || number * TILE + at / TILE >= height;
            if outside {
                pixel.fill(0.0);
            }
        }
    }

    /// The head: RGB minus 0.5, zero outside the picture, to features.
    fn head(&self, number: usize, first: usize, out: &mut [f32]) {
        let channels = self.packed.channels;
        let tiles = out.len() / (TILE_PIXELS * channels);
        let width = tiles * TILE + 2;
        let mut rgb = vec![0.0f32; (TILE + 2) * width * 3];
        for (y, row) in rgb.chunks_exact_mut(width * 3).enumerate() {
            self.read_centred(first * TILE, number * TILE + y, row);
        }
        arch().dispatch(Head { weights: &self.packed.head, rgb: &rgb, width, channels, out });
    }

    /// Reads pixels `x - 1 ..` of row `y - 1` as RGB minus 0.5, leaving zeros outside the picture.
    fn read_centred(&self, x: usize, y: usize, row: &mut [f32]) {
        let (width, height) = (self.picture.width(), self.picture.height());
        let Some(y) = y.checked_sub(1).filter(|y| *y < height) else { return };
        let skip = usize::from(x == 0);
        let start = x + skip - 1;
        let count = (row.len() / 3 - skip).min(width.saturating_sub(start));
        let row = &mut row[skip * 3..(skip + count) * 3];
        self.picture.rgb(start, y, row);
        row.iter_mut().for_each(|v| *v -= 0.5);
    }

    /// Drops inner layers' blocks that no later layer wants any more.
    fn release_inner(&mut self) {
        let last = self.layers.len() - 1;
        for layer in 0..last {
            // The next layer wants one block above; a residual's input and the head wait longer.
            let next = |l: usize| {
                let layer = &self.layers[l];
                let complete = layer.end() == layer.region.blocks.end;
                if complete { usize::MAX } else { layer.end() }
            };
            let mut wanted = match next(layer + 1) {
                usize::MAX => usize::MAX,
                number => number.saturating_sub(1),
            };
            if layer == 0 {
                wanted = wanted.min(next(last));
            }
            if layer % 2 == 0 && layer + 2 <= last {
                wanted = wanted.min(next(layer + 2));
            }
            self.layers[layer].release(wanted, &mut self.spare);
        }
    }
}

/// The head's products: 27 inputs to every feature.
struct Head<'a> {
    weights: &'a [f32],
    /// Rows of RGB around the tiles, `width` pixels each.
    rgb: &'a [f32],
    width: usize,
    channels: usize,
    out: &'a mut [f32],
}

impl WithSimd for Head<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { weights, rgb, width, channels, out } = self;
        for (i, pixel) in out.chunks_exact_mut(channels).enumerate() {
            let (x, y) = (i / TILE_PIXELS * TILE + i % TILE, i % TILE_PIXELS / TILE);
            let mut taps = [0.0f32; 27];
            for (row, taps) in taps.chunks_exact_mut(9).enumerate() {
                taps.copy_from_slice(&rgb[((y + row) * width + x) * 3..][..9]);
            }
            let (pixel, _) = S::as_mut_simd_f32s(pixel);
            for (v, out) in pixel.iter_mut().enumerate() {
                let mut sum = S::as_simd_f32s(&weights[27 * channels..]).0[v];
                for (tap, value) in taps.into_iter().enumerate() {
                    let column = S::as_simd_f32s(&weights[tap * channels..]).0[v];
                    sum = simd.mul_add_e_f32s(simd.splat_f32s(value), column, sum);
                }
                *out = sum;
            }
        }
    }
}

/// Block `number` of a layer and its neighbours.
fn inputs(layer: &Layer, number: usize) -> Inputs<'_> {
    let above = number.checked_sub(1).and_then(|n| layer.block(n));
    Inputs {
        rows: [above, layer.block(number), layer.block(number + 1)],
        first: layer.region.tiles.start,
        tiles: layer.region.tiles.len(),
    }
}
