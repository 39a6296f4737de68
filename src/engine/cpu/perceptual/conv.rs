//! 3x3 convolutions as matrix products, and their derivatives by the input, which are convolutions
//! too: with the channels exchanged and the taps in the opposite order.

use parking_lot::Mutex;
use rayon::prelude::*;

use crate::engine::cpu::buffer::Buffer;
use crate::matrix::{Matrix, multiply};
use crate::network::Conv3x3;

/// Pixels that are computed together.
pub(super) const PIXELS: usize = 128;
/// Output channels that are computed together.
const CHANNELS: usize = 128;
const TAPS: usize = 9;

/// Values at the pixels of a grid, `[height, width, channels]`.
#[derive(Clone, Debug)]
pub(super) struct Map {
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    pub values: Vec<f32>,
}

impl Map {
    pub fn zeroed(width: usize, height: usize, channels: usize) -> Self {
        Self { width, height, channels, values: vec![0.0; width * height * channels] }
    }

    pub fn pixels(&self) -> usize {
        self.width * self.height
    }
}

/// Working memory that no thread is using.
pub(super) type Scratch = Mutex<Vec<Buffer>>;

/// A convolution and its derivative.
#[derive(Debug)]
pub(super) struct Conv {
    forward: Kernel,
    backward: Kernel,
    bias: Vec<f32>,
}

impl Conv {
    pub fn new(conv: &Conv3x3) -> Self {
        let at = |o: usize, i: usize, tap: usize| conv.weight[(o * conv.inputs + i) * TAPS + tap];
        Self {
            forward: Kernel::new(conv.inputs, conv.outputs, at),
            backward: Kernel::new(conv.outputs, conv.inputs, |o, i, tap| at(i, o, TAPS - 1 - tap)),
            bias: conv.bias.clone(),
        }
    }

    /// The convolution of `map` and ReLU.
    pub fn forward(&self, map: &Map, scratch: &Scratch) -> Map {
        let mut out = self.forward.apply(map, scratch);
        out.values.par_chunks_mut(PIXELS * out.channels).for_each(|values| {
            for pixel in values.chunks_exact_mut(self.bias.len()) {
                pixel.iter_mut().zip(&self.bias).for_each(|(v, b)| *v = (*v + b).max(0.0));
            }
        });
        out
    }

    /// From the derivatives by the output before ReLU those by the input.
    pub fn backward(&self, slope: &Map, scratch: &Scratch) -> Map {
        self.backward.apply(slope, scratch)
    }
}

/// Weights as matrices `[9 inputs, outputs]`, the rows by tap and channel.
#[derive(Debug)]
struct Kernel {
    inputs: usize,
    outputs: usize,
    /// Matrices of at most [`CHANNELS`] outputs.
    blocks: Vec<Vec<f32>>,
}

impl Kernel {
    /// `weight` gives that of an output, an input and a tap.
    fn new(
        inputs: usize,
        outputs: usize,
        weight: impl Fn(usize, usize, usize) -> f32 + Sync,
    ) -> Self {
        let block = |first: usize| -> Vec<f32> {
            let last = (first + CHANNELS).min(outputs);
            let rows = (0..TAPS).flat_map(|tap| (0..inputs).map(move |i| (tap, i)));
            rows.flat_map(|(tap, i)| (first..last).map(move |o| (o, i, tap)))
                .map(|(o, i, tap)| weight(o, i, tap))
                .collect()
        };
        let firsts: Vec<usize> = (0..outputs).step_by(CHANNELS).collect();
        Self { inputs, outputs, blocks: firsts.into_par_iter().map(block).collect() }
    }

    fn apply(&self, map: &Map, scratch: &Scratch) -> Map {
        let mut out = Map::zeroed(map.width, map.height, self.outputs);
        let chunks = out.values.par_chunks_mut(PIXELS * self.outputs).enumerate();
        chunks.for_each(|(chunk, out)| {
            let mut columns = scratch.lock().pop().unwrap_or_default();
            gather(map, chunk * PIXELS, out.len() / self.outputs, &mut columns);
            self.multiply(&columns, out);
            scratch.lock().push(columns);
        });
        out
    }

    /// `out [pixels, outputs]` of `columns [pixels, 9 inputs]`.
    fn multiply(&self, columns: &[f32], out: &mut [f32]) {
        let (pixels, depth) = (out.len() / self.outputs, TAPS * self.inputs);
        if let [block] = &self.blocks[..] {
            return product(pixels, depth, block, columns, out);
        }
        let parts = self.blocks.par_iter().map(|block| {
            let mut part = vec![0.0; pixels * block.len() / depth];
            product(pixels, depth, block, columns, &mut part);
            part
        });
        let parts: Vec<Vec<f32>> = parts.collect();
        for (i, pixel) in out.chunks_exact_mut(self.outputs).enumerate() {
            for (to, part) in pixel.chunks_mut(CHANNELS).zip(&parts) {
                to.copy_from_slice(&part[i * to.len()..(i + 1) * to.len()]);
            }
        }
    }
}

/// What `count` pixels from number `first` on see: the 3x3 pixels around each, zero outside the map.
fn gather(map: &Map, first: usize, count: usize, columns: &mut Buffer) {
    let Map { width, height, channels, values } = map;
    let line = 3 * channels;
    if columns.len() < count * TAPS * channels {
        columns.resize(count * TAPS * channels);
    }
    for (i, rows) in columns.chunks_exact_mut(TAPS * channels).take(count).enumerate() {
        let (x, y) = ((first + i) % width, (first + i) / width);
        for (dy, row) in rows.chunks_exact_mut(line).enumerate() {
            if y + dy == 0 || y + dy > *height {
                row.fill(0.0);
                continue;
            }
            let middle = ((y + dy - 1) * width + x) * channels;
            let from = if x > 0 { 0 } else { *channels };
            let to = if x + 1 < *width { line } else { line - channels };
            row[..from].fill(0.0);
            row[to..].fill(0.0);
            row[from..to]
                .copy_from_slice(&values[middle + from - channels..middle + to - channels]);
        }
    }
}

/// `out [pixels, n] = x [pixels, depth] w [depth, n]`.
fn product(pixels: usize, depth: usize, w: &[f32], x: &[f32], out: &mut [f32]) {
    let n = w.len() / depth;
    assert!(w.len() == depth * n && x.len() >= pixels * depth && out.len() >= pixels * n);
    let (w, x) = (Matrix::by_columns(w, n), Matrix::by_columns(x, depth));
    multiply([n, depth, pixels], w, x, false, out);
}
