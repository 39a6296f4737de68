//! The upscaler: local Poly-INR, picture to field.

use std::sync::Arc;

use parking_lot::Mutex;

use super::builtin::DEFAULT_RESTORER;
use super::config::UpscalerConfig;
use super::layers::{Conv3x3, Linear};
use super::strength::Strength;
use super::tensors::Tensors;
use super::{About, Config, ModelId};
use crate::error::{Error, Result};

/// Affine components a feature and level: dx, dy, 1, 1/s.
pub const COMPONENTS: usize = 4;

/// What the names of the tensors of the network that draws detail begin with.
pub const DETAIL_PREFIX: &str = "detail.";

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

/// Weights of a local Poly-INR. An encoder of 3x3 convolutions gives every pixel its own affine
/// parameters `[levels, n, 4]`; shared linear levels turn them into colour near that pixel, as a
/// residual over bicubic interpolation.
#[derive(Clone, Debug)]
pub struct Upscaler {
    /// What the file says about itself.
    pub about: About,
    /// Shape.
    pub config: UpscalerConfig,
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
    /// What the numbers of a [`Strength`] at 1 add to the biases of the head and of every block's
    /// first convolution, `[(1 + residual_blocks) * channels, 2]`; nothing where it is not told.
    pub strength: Option<Vec<f32>>,
    /// The network that draws detail, which it becomes as [`Strength::detail`] goes to 1: every weight
    /// goes straight from one to the other (Wang et al., ESRGAN, 2018, network interpolation).
    pub detailed: Option<Arc<Upscaler>>,
    /// The same network with a strength, the last ones. Empty at first.
    pub variants: Variants,
}

/// Networks that were made of one, by their strength. A clone of it is empty: it may belong to another.
#[derive(Debug, Default)]
pub struct Variants(Mutex<Vec<(Strength, Arc<Upscaler>)>>);

/// How many of them are kept, so that engines need not prepare them again.
const VARIANTS: usize = 2;

impl Clone for Variants {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Variants {
    /// The one with `strength`, made by `make` unless it is kept; it will be forgotten last.
    fn get(&self, strength: Strength, make: impl FnOnce() -> Upscaler) -> Arc<Upscaler> {
        let mut kept = self.0.lock();
        let found = kept.iter().position(|(s, _)| *s == strength).map(|at| kept.remove(at).1);
        let variant = found.unwrap_or_else(|| Arc::new(make()));
        kept.truncate(VARIANTS - 1);
        kept.insert(0, (strength, variant.clone()));
        variant
    }
}

impl Upscaler {
    pub(crate) fn load(
        about: About,
        config: UpscalerConfig,
        tensors: &Tensors<'_>,
    ) -> Result<Self> {
        let detailed = match config.detail {
            true => {
                let (about, config) = (about.clone(), config.detailed());
                Some(Arc::new(Self::load_set(about, config, tensors, DETAIL_PREFIX)?))
            }
            false => None,
        };
        Ok(Self { detailed, ..Self::load_set(about, config, tensors, "")? })
    }

    /// The network whose tensors' names begin with `prefix`.
    fn load_set(
        about: About,
        config: UpscalerConfig,
        tensors: &Tensors<'_>,
        prefix: &str,
    ) -> Result<Self> {
        let UpscalerConfig { channels, residual_blocks, levels, features, .. } = config;
        let named = |name: &str| format!("{prefix}{name}");
        let conv = |name: &str, inputs, outputs| tensors.conv(&named(name), inputs, outputs);
        let linear = |name: &str, outputs| tensors.linear(&named(name), features, outputs);
        let block = |i: usize| -> Result<[Conv3x3; 2]> {
            let conv = |j| conv(&format!("encoder.block.{i}.conv{j}"), channels, channels);
            Ok([conv(0)?, conv(1)?])
        };
        let (affine, outputs) = ("encoder.affine", levels * features * COMPONENTS);
        let told = [(1 + residual_blocks) * channels, Strength::NUMBERS];
        let told = || tensors.tensor(&named("encoder.strength"), &told);
        Ok(Self {
            about,
            head: conv("encoder.head", 3, channels)?,
            blocks: (0..residual_blocks).map(block).collect::<Result<_>>()?,
            tail: conv("encoder.tail", channels, channels)?,
            affine: match config.affine_side {
                1 => AffineLayer::Point(tensors.point(&named(affine), channels, outputs)?),
                _ => AffineLayer::Conv(conv(affine, channels, outputs)?),
            },
            levels: (0..levels)
                .map(|j| linear(&format!("level.{j}"), features))
                .collect::<Result<_>>()?,
            rgb: linear("rgb", 3)?,
            strength: config.strength.then(told).transpose()?,
            detailed: None,
            variants: Variants::default(),
            config,
        })
    }

    /// The network that cleans so much and draws so much detail. What it is told becomes a part of its
    /// weights and biases, so that it is computed like any other, and cannot be told anything else.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a number is not from 0 to 1, or is over 0 for a network that was not
    /// trained to be told.
    pub fn with_strength(self: &Arc<Self>, strength: Strength) -> Result<Arc<Self>> {
        strength.check()?;
        if strength.is_none() {
            return Ok(self.clone());
        }
        if let Some(name) = strength.asked().filter(|_| !self.can_be_told()) {
            return Err(self.cannot(name, "how much to clean"));
        }
        if strength.detail > 0.0 && !self.draws_detail() {
            return Err(self.cannot("detail", "how much detail to draw"));
        }
        Ok(self.variants.get(strength, || self.told(strength)))
    }

    fn cannot(&self, name: &'static str, what: &str) -> Error {
        let problem = format!(
            "{} cannot be told {what}; leave it out, or take a model that can, such as \
             {DEFAULT_RESTORER}",
            self.about.name
        );
        Error::parameter(name, problem)
    }

    /// The network with `strength` in its weights and biases; it cannot be told anything else.
    fn told(&self, strength: Strength) -> Self {
        let mut told = Self { detailed: None, ..self.clone() };
        if let Some(detailed) = &self.detailed {
            told.approach(detailed, strength.detail);
        }
        if let Some(added) = told.strength.take() {
            told.clean(&added, strength);
        }
        told
    }

    /// Takes every weight a part of the way to that of `other`, a network of the same shape.
    fn approach(&mut self, other: &Self, part: f32) {
        let sets = self.weights_mut().into_iter().zip(other.weights());
        for (to, from) in sets.flat_map(|(to, from)| to.iter_mut().zip(from)) {
            *to += (from - *to) * part;
        }
    }

    /// Adds what `strength` makes of `added` to the biases.
    fn clean(&mut self, added: &[f32], strength: Strength) {
        let blocks = self.blocks.iter_mut().map(|[conv, _]| &mut conv.bias);
        let biases = std::iter::once(&mut self.head.bias).chain(blocks).flatten();
        for (bias, [denoise, deblur]) in biases.zip(added.as_chunks().0) {
            *bias += denoise * strength.denoise + deblur * strength.deblur;
        }
    }

    /// All weights and biases, in an order of their own.
    fn weights(&self) -> Vec<&[f32]> {
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
    fn weights_mut(&mut self) -> Vec<&mut [f32]> {
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

    /// About how many bytes of memory an engine and the network itself take for each of the two
    /// strengths that are kept: weights as they are, and as they are multiplied.
    pub(crate) fn variants_memory(&self) -> u64 {
        const BYTES: u64 = 20;
        let kept = if self.can_be_told() || self.draws_detail() { VARIANTS as u64 } else { 0 };
        kept * self.about.parameters as u64 * BYTES
    }

    /// Whether it can be told how much detail to draw.
    pub fn draws_detail(&self) -> bool {
        self.detailed.is_some()
    }

    /// Whether it can be told how much to clean.
    pub fn can_be_told(&self) -> bool {
        self.strength.is_some()
    }

    /// What a field file calls it.
    pub fn id(&self) -> ModelId {
        ModelId { name: self.about.name.clone(), id: self.about.id.clone() }
    }

    /// What the file says about itself, whole.
    pub fn describe(&self) -> Config {
        self.about.config(super::Kind::Upscaler(self.config.clone()))
    }
}
