//! 3x3 convolutions of maps, and their derivatives by the input, which are convolutions too: with the
//! channels exchanged and the taps in the opposite order.

use std::ops::Range;

use parking_lot::Mutex;
use rayon::prelude::*;

use super::map::Map;
use crate::engine::cpu::buffer::Buffer;
use crate::engine::cpu::simd::{arch, lanes, padded};
use crate::engine::cpu::winograd::{self, Convolve, Inputs, TILE, TILE_PIXELS, Then};
use crate::network::Conv3x3;

/// Output channels that are computed together, so that threads share maps of few rows.
const CHANNELS: usize = 128;
const TAPS: usize = 9;

/// Working memory of one thread.
#[derive(Default)]
pub(super) struct Work {
    conv: winograd::Scratch,
    /// A row of tiles of the result, `[tile, 16, channels]`.
    tiles: Buffer,
}

/// Working memory that no thread is using.
pub(super) type Scratch = Mutex<Vec<Work>>;

/// A convolution and its derivative.
#[derive(Debug)]
pub(super) struct Conv {
    forward: Kernel,
    backward: Kernel,
}

impl Conv {
    pub fn new(conv: &Conv3x3) -> Self {
        let Conv3x3 { inputs, outputs, weight, bias } = conv;
        let kernel = |o: usize, i: usize| &weight[(o * inputs + i) * TAPS..][..TAPS];
        let forward =
            |o: usize| ((0..*inputs).flat_map(|i| kernel(o, i)).copied().collect(), bias[o]);
        let backward = |i: usize| {
            let kernels = (0..*outputs).flat_map(|o| kernel(o, i).iter().rev());
            (kernels.copied().collect(), 0.0)
        };
        Self {
            forward: Kernel::new(*inputs, *outputs, forward),
            backward: Kernel::new(*outputs, *inputs, backward),
        }
    }

    /// The convolution of `map` and ReLU.
    pub fn forward(&self, map: &Map, scratch: &Scratch) -> Map {
        self.forward.apply(map, Then::Relu, scratch)
    }

    /// From the derivatives by the output before ReLU those by the input.
    pub fn backward(&self, slope: &Map, scratch: &Scratch) -> Map {
        self.backward.apply(slope, Then::Keep, scratch)
    }
}

/// A convolution's weights, packed for at most [`CHANNELS`] outputs each.
#[derive(Debug)]
struct Kernel {
    outputs: usize,
    blocks: Vec<winograd::Conv>,
}

impl Kernel {
    /// `channel` gives an output's weights `[inputs, 3, 3]` and its bias.
    fn new(
        inputs: usize,
        outputs: usize,
        channel: impl Fn(usize) -> (Vec<f32>, f32) + Sync,
    ) -> Self {
        let block = |first: usize| {
            let count = CHANNELS.min(outputs - first);
            winograd::Conv::from_fn(inputs, padded(count), lanes(), |o| {
                (o < count).then(|| channel(first + o))
            })
        };
        let firsts: Vec<usize> = (0..outputs).step_by(CHANNELS).collect();
        Self { outputs, blocks: firsts.into_par_iter().map(block).collect() }
    }

    fn apply(&self, map: &Map, then: Then<'_>, scratch: &Scratch) -> Map {
        let height = map.height.div_ceil(TILE);
        let rows: Vec<Buffer> = (0..height).into_par_iter().map(|row| tiles_of(map, row)).collect();
        let mut out = Map::zeroed(map.width, map.height, self.outputs);
        let lines = out.values.par_chunks_mut(TILE * map.width * self.outputs).enumerate();
        lines.for_each(|(row, lines)| {
            let above = |down: usize| rows.get((row + down).wrapping_sub(1)).map(|tiles| &**tiles);
            let inputs = Inputs {
                rows: [above(0), above(1), above(2)],
                first: 0,
                tiles: map.width.div_ceil(TILE),
            };
            let blocks =
                self.blocks.par_iter().map(|block| convolved(block, inputs, then, scratch));
            let blocks: Vec<Work> = blocks.collect();
            for (work, first) in blocks.iter().zip((0..).step_by(CHANNELS)) {
                let channels = first..(first + CHANNELS).min(self.outputs);
                for (line, y) in lines.chunks_exact_mut(map.width * self.outputs).zip(0..) {
                    line_of(&work.tiles, y, channels.clone(), self.outputs, line);
                }
            }
            scratch.lock().extend(blocks);
        });
        out
    }
}

/// A row of tiles of a convolution's result.
fn convolved(conv: &winograd::Conv, inputs: Inputs<'_>, then: Then<'_>, scratch: &Scratch) -> Work {
    let mut work = scratch.lock().pop().unwrap_or_default();
    let Work { conv: scratch, tiles: out } = &mut work;
    out.resize(inputs.tiles * TILE_PIXELS * conv.outputs);
    arch().dispatch(Convolve { conv, inputs, first: 0, then, out, scratch });
    work
}

/// Row `row` of the tiles of `map`, `[tile, 16, padded channels]`, zero where there is no pixel.
fn tiles_of(map: &Map, row: usize) -> Buffer {
    let channels = padded(map.channels);
    let mut tiles = Buffer::zeroed(map.width.div_ceil(TILE) * TILE_PIXELS * channels);
    let lines = map.values.chunks_exact(map.width * map.channels).skip(row * TILE).take(TILE);
    for (y, line) in lines.enumerate() {
        for (x, pixel) in line.chunks_exact(map.channels).enumerate() {
            let at = place(x, y) * channels;
            tiles[at..at + map.channels].copy_from_slice(pixel);
        }
    }
    tiles
}

/// Puts line `y` of a row of `tiles` into `channels` of the `count` that pixels of `line` have.
fn line_of(tiles: &[f32], y: usize, channels: Range<usize>, count: usize, line: &mut [f32]) {
    let stored = padded(channels.len());
    for (x, pixel) in line.chunks_exact_mut(count).enumerate() {
        let at = place(x, y) * stored;
        pixel[channels.clone()].copy_from_slice(&tiles[at..at + channels.len()]);
    }
}

/// Number of the pixel (x, y) in a row of tiles.
fn place(x: usize, y: usize) -> usize {
    x / TILE * TILE_PIXELS + y * TILE + x % TILE
}
