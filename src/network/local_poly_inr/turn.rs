//! Networks that see a picture turned or mirrored.

use super::weights::{AffineLayer, COMPONENTS, LocalPolyInrWeights};
use crate::network::layers::{Conv3x3, Linear};

/// One of the eight ways to turn and mirror a square: perhaps its axes change places, then either may
/// be reversed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    transposed: bool,
    reversed: [bool; 2],
}

impl Turn {
    /// All eight; the first leaves everything where it is.
    pub const ALL: [Self; 8] = {
        let mut all = [Self { transposed: false, reversed: [false; 2] }; 8];
        let mut i = 0;
        while i < 8 {
            all[i] = Self { transposed: i & 4 != 0, reversed: [i & 1 != 0, i & 2 != 0] };
            i += 1;
        }
        all
    };

    /// Where the tap at column `x` and row `y` of a kernel, each from 0 to 2, is taken from.
    fn tap(self, [x, y]: [usize; 2]) -> [usize; 2] {
        let [x, y] = if self.transposed { [y, x] } else { [x, y] };
        let turned = |at: usize, reversed: bool| if reversed { 2 - at } else { at };
        [turned(x, self.reversed[0]), turned(y, self.reversed[1])]
    }

    /// Where the slope along an axis, 0 for x, is taken from, and its sign.
    fn slope(self, axis: usize) -> (usize, f32) {
        let from = if self.transposed { 1 - axis } else { axis };
        (from, if self.reversed[from] { -1.0 } else { 1.0 })
    }

    /// `kernels [n, 3, 3]`, each turned.
    fn kernels(self, kernels: &[f32]) -> Vec<f32> {
        let turned = |kernel: &[f32], tap: usize| {
            let [x, y] = self.tap([tap % 3, tap / 3]);
            kernel[y * 3 + x]
        };
        kernels.chunks_exact(9).flat_map(|kernel| (0..9).map(|tap| turned(kernel, tap))).collect()
    }

    fn conv(self, conv: &Conv3x3) -> Conv3x3 {
        Conv3x3 { weight: self.kernels(&conv.weight), ..conv.clone() }
    }

    /// Rows of a matrix, or a bias, of affine parameters `[..., 4]` whose slopes are turned.
    fn slopes(self, values: &[f32], row: usize) -> Vec<f32> {
        let mut out = values.to_vec();
        for (out, values) in
            out.chunks_exact_mut(COMPONENTS * row).zip(values.chunks_exact(COMPONENTS * row))
        {
            for (axis, out) in out.chunks_exact_mut(row).take(2).enumerate() {
                let (from, sign) = self.slope(axis);
                let from = &values[from * row..][..row];
                out.iter_mut().zip(from).for_each(|(out, value)| *out = sign * value);
            }
        }
        out
    }

    fn affine(self, affine: &AffineLayer) -> AffineLayer {
        match affine {
            AffineLayer::Conv(conv) => AffineLayer::Conv(Conv3x3 {
                weight: self.slopes(&self.kernels(&conv.weight), conv.inputs * 9),
                bias: self.slopes(&conv.bias, 1),
                ..*conv
            }),
            AffineLayer::Point(linear) => AffineLayer::Point(Linear {
                weight: self.slopes(&linear.weight, linear.inputs),
                bias: self.slopes(&linear.bias, 1),
                ..*linear
            }),
        }
    }
}

impl LocalPolyInrWeights {
    /// The weights of the network that makes of a picture what these make of the same picture turned,
    /// turned back.
    pub(super) fn turned(&self, turn: Turn) -> Self {
        let conv = |conv: &Conv3x3| turn.conv(conv);
        Self {
            head: conv(&self.head),
            blocks: self.blocks.iter().map(|[a, b]| [conv(a), conv(b)]).collect(),
            tail: conv(&self.tail),
            affine: turn.affine(&self.affine),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::CpuEngine;
    use crate::model::{Model, Upscaler};
    use crate::ops::{Size, SuperResolveOptions, super_resolve_raster};
    use crate::raster::{Channels, Raster, Samples};
    use crate::{Control, model::Treatment};

    /// A picture with its axes exchanged, or one of them reversed.
    fn turned(picture: &Raster, place: impl Fn(u32, u32) -> (u32, u32)) -> Raster {
        let (width, height) = (picture.width(), picture.height());
        let (far, low) = place(width - 1, height - 1);
        let (right, bottom) = place(0, 0);
        let size = (far.max(right) + 1, low.max(bottom) + 1);
        let mut out = Samples::zeroed(crate::Depth::F32, picture.samples().len());
        for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
            let (to, row) = place(x, y);
            for c in 0..3 {
                let from = ((y * width + x) * 3 + c) as usize;
                out.set(((row * size.0 + to) * 3 + c) as usize, picture.samples().get(from));
            }
        }
        Raster::new(size.0, size.1, Channels::Rgb, out).unwrap()
    }

    #[test]
    fn a_turned_network_sees_a_turned_picture() {
        // Affine parameters by convolutions, and from every pixel alone; the latter draws detail too.
        ["clean", "restore"].iter().for_each(|name| sees_a_turned_picture(name));
        assert_eq!(Turn::ALL[0], Turn::default());
    }

    fn sees_a_turned_picture(name: &str) {
        let upscaler = Model::builtin(name).unwrap().upscaler().unwrap();
        let engine = CpuEngine::new(Some(1)).unwrap();
        let detail = if upscaler.draws_detail() { 0.5 } else { 0.0 };
        let samples = (0..11 * 9 * 3).map(|i| ((i * 37) % 101) as f32 / 100.0).collect();
        let picture = Raster::new(11, 9, Channels::Rgb, Samples::F32(samples)).unwrap();
        let enlarged = |upscaler: Upscaler, picture: &Raster| {
            let options = SuperResolveOptions {
                treatment: Treatment { detail, ..Treatment::NONE },
                ..SuperResolveOptions::default()
            };
            let (size, picture) = (Size::Factor(2.0), Arc::new(picture.clone()));
            let control = Control::default();
            super_resolve_raster(&engine, &Arc::new(upscaler), &picture, size, &options, &control)
                .unwrap()
        };
        for turn in Turn::ALL {
            // What the turn does to a place in a picture of that size.
            let place = |(width, height): (u32, u32)| {
                move |x: u32, y: u32| {
                    let (x, y, width, height) =
                        if turn.transposed { (y, x, height, width) } else { (x, y, width, height) };
                    let turned = |at: u32, side: u32, reversed: bool| {
                        if reversed { side - 1 - at } else { at }
                    };
                    (turned(x, width, turn.reversed[0]), turned(y, height, turn.reversed[1]))
                }
            };
            let here = enlarged(upscaler.turned(turn), &picture);
            let there = enlarged((*upscaler).clone(), &turned(&picture, place((11, 9))));
            let back = turned(&here, place((22, 18)));
            let apart = (0..back.samples().len())
                .map(|i| (back.samples().get(i) - there.samples().get(i)).abs())
                .fold(0.0, f32::max);
            assert!(apart < 1e-5, "{name} {turn:?}: {apart}");
        }
    }
}
