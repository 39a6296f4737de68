//! The weights of a local Poly-INR.

use super::config::LocalPolyInrConfig;
use crate::error::Result;
use crate::network::layers::{Conv3x3, Linear};
use crate::tensors::Tensors;

/// Affine components a feature and level: dx, dy, 1, 1/s.
pub const COMPONENTS: usize = 4;

/// How many numbers say how much to clean: noise, and blur.
pub(super) const STRENGTH: usize = 2;

/// Features to affine parameters, channels in the order `[levels, n, 4]`.
#[derive(Clone, Debug, PartialEq)]
pub enum AffineLayer {
    /// From the features of a pixel and its neighbours.
    Conv(Conv3x3),
    /// From the features of a pixel.
    Point(Linear),
}

impl AffineLayer {
    /// Length of the features.
    pub fn inputs(&self) -> usize {
        match self {
            Self::Conv(conv) => conv.inputs,
            Self::Point(linear) => linear.inputs,
        }
    }

    /// Weights of output `channel`, `[inputs, 3, 3]` or `[inputs]`, and its bias.
    pub(crate) fn channel(&self, channel: usize) -> (&[f32], f32) {
        let (weight, bias, size) = match self {
            Self::Conv(conv) => (&conv.weight, &conv.bias, conv.inputs * 9),
            Self::Point(linear) => (&linear.weight, &linear.bias, linear.inputs),
        };
        (&weight[channel * size..][..size], bias[channel])
    }
}

/// The weights of a local Poly-INR.
#[derive(Clone, Debug)]
pub struct LocalPolyInrWeights {
    /// First convolution, RGB to features.
    pub head: Conv3x3,
    /// Residual blocks: `y + conv1(relu(conv0(y)))`.
    pub blocks: Vec<[Conv3x3; 2]>,
    /// Last convolution of the body; the head's output is added to its own.
    pub tail: Conv3x3,
    /// Features to affine parameters, channels in the order `[levels, n, 4]`.
    pub affine: AffineLayer,
    /// Shared `W_j`, one a level.
    pub levels: Vec<Linear>,
    /// Features to the RGB residual.
    pub rgb: Linear,
    /// What the numbers of a [strength](crate::model::Strength) at 1 add to the biases of the head
    /// and of every block's first convolution, `[(1 + residual_blocks) * channels, 2]`; nothing
    /// where it is not told.
    pub strength: Option<Vec<f32>>,
}

impl LocalPolyInrWeights {
    /// The weights of a network of this shape whose tensors' names begin with `prefix`.
    pub(super) fn load(
        config: &LocalPolyInrConfig,
        tensors: &Tensors<'_>,
        prefix: &str,
    ) -> Result<Self> {
        let LocalPolyInrConfig { channels, residual_blocks, levels, features, .. } = *config;
        let named = |name: &str| format!("{prefix}{name}");
        let conv = |name: &str, inputs| Conv3x3::load(tensors, &named(name), inputs, channels);
        let linear = |name: &str, outputs| Linear::load(tensors, &named(name), features, outputs);
        let block = |i: usize| -> Result<[Conv3x3; 2]> {
            let conv = |j| conv(&format!("encoder.block.{i}.conv{j}"), channels);
            Ok([conv(0)?, conv(1)?])
        };
        let (affine, outputs) = (named("encoder.affine"), levels * features * COMPONENTS);
        let told = [(1 + residual_blocks) * channels, STRENGTH];
        let told = || tensors.tensor(&named("encoder.strength"), &told);
        let level = |j: usize| linear(&format!("level.{j}"), features);
        Ok(Self {
            head: conv("encoder.head", 3)?,
            blocks: (0..residual_blocks).map(block).collect::<Result<_>>()?,
            tail: conv("encoder.tail", channels)?,
            affine: match config.affine_side {
                1 => AffineLayer::Point(Linear::load_point(tensors, &affine, channels, outputs)?),
                _ => AffineLayer::Conv(Conv3x3::load(tensors, &affine, channels, outputs)?),
            },
            levels: (0..levels).map(level).collect::<Result<_>>()?,
            rgb: linear("rgb", 3)?,
            strength: config.strength.then(told).transpose()?,
        })
    }

    /// Takes every weight a part of the way to that of `other`, weights of the same shape.
    pub(super) fn approach(&mut self, other: &Self, part: f32) {
        let sets = self.all_mut().into_iter().zip(other.all());
        for (to, from) in sets.flat_map(|(to, from)| to.iter_mut().zip(from)) {
            *to += (from - *to) * part;
        }
    }

    /// Adds what cleaning so much, noise and blur, adds to biases; it cannot be told anything else then.
    pub(super) fn clean(&mut self, [noise, blur]: [f32; STRENGTH]) {
        let Some(added) = self.strength.take() else { return };
        let blocks = self.blocks.iter_mut().map(|[conv, _]| &mut conv.bias);
        let biases = std::iter::once(&mut self.head.bias).chain(blocks).flatten();
        for (bias, [denoise, deblur]) in biases.zip(added.as_chunks().0) {
            *bias += denoise * noise + deblur * blur;
        }
    }

    /// Whether they are of this shape.
    pub(super) fn fit(&self, config: &LocalPolyInrConfig) -> bool {
        let LocalPolyInrConfig { channels, levels, features, .. } = *config;
        let linear = |l: &Linear, inputs, outputs| {
            (l.inputs, l.outputs) == (inputs, outputs)
                && (l.weight.len(), l.bias.len()) == (inputs * outputs, outputs)
        };
        let conv = |c: &Conv3x3, inputs, outputs| {
            (c.inputs, c.outputs) == (inputs, outputs)
                && (c.weight.len(), c.bias.len()) == (inputs * outputs * 9, outputs)
        };
        let outputs = levels * features * COMPONENTS;
        let affine = match (&self.affine, config.affine_side) {
            (AffineLayer::Point(l), 1) => linear(l, channels, outputs),
            (AffineLayer::Conv(c), 3) => conv(c, channels, outputs),
            _ => false,
        };
        let told = (1 + config.residual_blocks) * channels * STRENGTH;
        affine
            && conv(&self.head, 3, channels)
            && self.blocks.len() == config.residual_blocks
            && self.blocks.iter().flatten().chain([&self.tail]).all(|c| conv(c, channels, channels))
            && self.levels.len() == levels
            && self.levels.iter().all(|l| linear(l, features, features))
            && linear(&self.rgb, features, 3)
            && self.strength.as_ref().map(Vec::len) == config.strength.then_some(told)
    }

    /// All weights and biases, in an order of their own.
    fn all(&self) -> Vec<&[f32]> {
        let affine = match &self.affine {
            AffineLayer::Conv(conv) => [&conv.weight, &conv.bias],
            AffineLayer::Point(linear) => [&linear.weight, &linear.bias],
        };
        let convs = [&self.head, &self.tail].into_iter().chain(self.blocks.iter().flatten());
        let linears = self.levels.iter().chain([&self.rgb]);
        let convs = convs.flat_map(|conv| [&conv.weight, &conv.bias]);
        let linears = linears.flat_map(|linear| [&linear.weight, &linear.bias]);
        let all = convs.chain(linears).chain(affine).chain(&self.strength);
        all.map(|values| values.as_slice()).collect()
    }

    /// The same, to be changed.
    fn all_mut(&mut self) -> Vec<&mut [f32]> {
        let affine = match &mut self.affine {
            AffineLayer::Conv(conv) => [&mut conv.weight, &mut conv.bias],
            AffineLayer::Point(linear) => [&mut linear.weight, &mut linear.bias],
        };
        let blocks = self.blocks.iter_mut().flatten();
        let convs = [&mut self.head, &mut self.tail].into_iter().chain(blocks);
        let linears = self.levels.iter_mut().chain([&mut self.rgb]);
        let convs = convs.flat_map(|conv| [&mut conv.weight, &mut conv.bias]);
        let linears = linears.flat_map(|linear| [&mut linear.weight, &mut linear.bias]);
        let all = convs.chain(linears).chain(affine).chain(&mut self.strength);
        all.map(|values| values.as_mut_slice()).collect()
    }
}
