//! The last layer of an upscaler's encoder: features become affine parameters.

use pulp::{Simd, WithSimd};

use super::levels::FOLDED;
use crate::engine::cpu::buffer::Buffer;
use crate::engine::cpu::product::{Packed, ROWS, chunk_columns, multiply};
use crate::engine::cpu::simd::{arch, lanes, load, padded, store};
use crate::engine::cpu::winograd::{Conv, Convolve, Inputs, Scratch, TILE_PIXELS, Then};
use crate::network::LocalPolyInr;
use crate::network::local_poly_inr::{AffineLayer, COMPONENTS};

/// The layer's weights in a view whose pixels are all of one size, packed. It gives every cell
/// `[levels, 3, features]`: constant, dx, dy.
pub(super) enum PackedAffine {
    Conv(Conv),
    Point(Point),
}

/// A layer of one pixel's features.
pub(super) struct Point {
    /// Lengths, padded.
    inputs: usize,
    outputs: usize,
    weights: Packed,
    bias: Buffer,
}

impl PackedAffine {
    /// The layer in a view whose pixels are `inverse_scale` input pixels wide.
    pub(super) fn new(network: &LocalPolyInr, inverse_scale: f32) -> Self {
        let outputs = network.config().levels * FOLDED * padded(network.config().features);
        let channel = |out| channel(network, inverse_scale, out);
        match &network.weights().affine {
            AffineLayer::Conv(conv) => {
                Self::Conv(Conv::from_fn(conv.inputs, outputs, lanes(), channel))
            }
            AffineLayer::Point(linear) => Self::Point(Point::new(linear.inputs, outputs, channel)),
        }
    }

    /// Affine parameters of the tiles `first..` of a row of tiles into `out`, `[tile, 16, outputs]`.
    pub(super) fn compute(
        &self,
        inputs: Inputs<'_>,
        first: usize,
        out: &mut [f32],
        scratch: &mut Scratch,
    ) {
        match self {
            Self::Conv(conv) => {
                arch().dispatch(Convolve { conv, inputs, first, then: Then::Keep, out, scratch });
            }
            Self::Point(point) => {
                let start = (first - inputs.first) * TILE_PIXELS * point.inputs;
                let features = inputs.rows[1].map_or(&[][..], |row| &row[start..]);
                arch().dispatch(Points { point, features, out });
            }
        }
    }
}

/// Weights and bias of output `out`, or nothing where it is only there to fill a vector.
fn channel(network: &LocalPolyInr, inverse_scale: f32, out: usize) -> Option<(Vec<f32>, f32)> {
    let (n, real) = (padded(network.config().features), network.config().features);
    let (level, component, feature) = (out / (FOLDED * n), out / n % FOLDED, out % n);
    if feature >= real {
        return None;
    }
    let source = |component| {
        network.weights().affine.channel((level * real + feature) * COMPONENTS + component)
    };
    // Stored components are dx, dy, 1, 1/s; here they are the constant, dx, dy.
    Some(match component {
        0 => {
            let ((one, bias), (scale, scale_bias)) = (source(2), source(3));
            let fold = |(a, b): (&f32, &f32)| a + inverse_scale * b;
            (one.iter().zip(scale).map(fold).collect(), bias + inverse_scale * scale_bias)
        }
        c => {
            let (weights, bias) = source(c - 1);
            (weights.to_vec(), bias)
        }
    })
}

impl Point {
    /// A layer whose output `i` has the weights `[inputs]` and bias `channel(i)`, or zeros.
    fn new(
        inputs: usize,
        outputs: usize,
        channel: impl Fn(usize) -> Option<(Vec<f32>, f32)>,
    ) -> Self {
        let channels: Vec<_> = (0..outputs).map(channel).collect();
        let weight = |k: usize, out: usize| match &channels[out] {
            Some((weights, _)) if k < inputs => weights[k],
            _ => 0.0,
        };
        let bias = channels.iter().map(|c| c.as_ref().map_or(0.0, |(_, bias)| *bias)).collect();
        let padded = padded(inputs);
        Self {
            inputs: padded,
            outputs,
            weights: Packed::new(padded, outputs, lanes(), weight),
            bias,
        }
    }
}

/// The layer of one pixel after another.
struct Points<'a> {
    point: &'a Point,
    /// `[pixel, inputs]`, at least as many as `out` has.
    features: &'a [f32],
    /// `[pixel, outputs]`, a multiple of [`ROWS`].
    out: &'a mut [f32],
}

impl WithSimd for Points<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match chunk_columns::<S>(self.point.outputs) / S::F32_LANES {
            3 if self.point.inputs == 32 => self.products::<S, 3, 32>(simd),
            3 => self.products::<S, 3, 0>(simd),
            2 => self.products::<S, 2, 0>(simd),
            _ => self.products::<S, 1, 0>(simd),
        }
    }
}

impl Points<'_> {
    #[inline(always)]
    fn products<S: Simd, const VECTORS: usize, const K: usize>(self, simd: S) {
        let Self { point: Point { inputs, outputs, weights, bias }, features, out } = self;
        let (inputs, outputs) = (*inputs, *outputs);
        let pixels = out.len() / outputs;
        assert!(pixels.is_multiple_of(ROWS) && features.len() >= pixels * inputs);
        assert!(out.len() == pixels * outputs && bias.len() == outputs);
        let chunk = VECTORS * S::F32_LANES;
        assert!(outputs.is_multiple_of(chunk));
        for row in (0..pixels).step_by(ROWS) {
            for first in (0..outputs).step_by(chunk) {
                let w = &weights.chunk(first, chunk)[..inputs * chunk];
                // SAFETY: `features` holds ROWS rows of `inputs` from `row` on, and `w` as many
                // rows of the chunk.
                let sums = unsafe {
                    let x = features.as_ptr().add(row * inputs);
                    multiply::<S, VECTORS, K>(simd, inputs, x, inputs, w.as_ptr())
                };
                for (r, sums) in sums.into_iter().enumerate() {
                    for (v, sum) in sums.into_iter().enumerate() {
                        let at = first + v * S::F32_LANES;
                        // SAFETY: `at` starts a vector within `outputs`, the length of `bias` and of
                        // every row of `out`.
                        unsafe {
                            let value = simd.add_f32s(sum, load::<S>(bias.as_ptr().add(at)));
                            store::<S>(out.as_mut_ptr().add((row + r) * outputs + at), value);
                        }
                    }
                }
            }
        }
    }
}
