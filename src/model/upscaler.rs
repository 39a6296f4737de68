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
        let UpscalerConfig { channels, residual_blocks, levels, features, .. } = config;
        let block = |i: usize| -> Result<[Conv3x3; 2]> {
            Ok([
                tensors.conv(&format!("encoder.block.{i}.conv0"), channels, channels)?,
                tensors.conv(&format!("encoder.block.{i}.conv1"), channels, channels)?,
            ])
        };
        let outputs = levels * features * COMPONENTS;
        Ok(Self {
            about,
            head: tensors.conv("encoder.head", 3, channels)?,
            blocks: (0..residual_blocks).map(block).collect::<Result<_>>()?,
            tail: tensors.conv("encoder.tail", channels, channels)?,
            affine: match config.affine_side {
                1 => AffineLayer::Point(tensors.point("encoder.affine", channels, outputs)?),
                _ => AffineLayer::Conv(tensors.conv("encoder.affine", channels, outputs)?),
            },
            levels: (0..levels)
                .map(|j| tensors.linear(&format!("level.{j}"), features, features))
                .collect::<Result<_>>()?,
            rgb: tensors.linear("rgb", features, 3)?,
            strength: match config.strength {
                true => {
                    let shape = [(1 + residual_blocks) * channels, Strength::NUMBERS];
                    Some(tensors.tensor("encoder.strength", &shape)?)
                }
                false => None,
            },
            variants: Variants::default(),
            config,
        })
    }

    /// The network that cleans so much: what it is told becomes a part of its biases, so that it is
    /// computed like any other, and cannot be told anything else.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a number is not from 0 to 1, or is over 0 for a network that was not
    /// trained to be told.
    pub fn with_strength(self: &Arc<Self>, strength: Strength) -> Result<Arc<Self>> {
        strength.check()?;
        if strength == Strength::default() {
            return Ok(self.clone());
        }
        let Some(added) = &self.strength else {
            let problem = format!(
                "{} cannot be told how much to clean; leave it out, or take a model that can, such as \
                 {DEFAULT_RESTORER}",
                self.about.name
            );
            return Err(Error::parameter(strength.asked(), problem));
        };
        Ok(self.variants.get(strength, || self.with_biases(added, strength)))
    }

    /// The network with `added` in its biases; it cannot be told anything else.
    fn with_biases(&self, added: &[f32], strength: Strength) -> Self {
        let mut told = Self { strength: None, ..self.clone() };
        let blocks = told.blocks.iter_mut().map(|[conv, _]| &mut conv.bias);
        let biases = std::iter::once(&mut told.head.bias).chain(blocks).flatten();
        for (bias, [denoise, deblur]) in biases.zip(added.as_chunks().0) {
            *bias += denoise * strength.denoise + deblur * strength.deblur;
        }
        told
    }

    /// About how many bytes of memory an engine and the network itself take for each of the two
    /// strengths that are kept: weights as they are, and as they are multiplied.
    pub(crate) fn variants_memory(&self) -> u64 {
        const BYTES: u64 = 20;
        let kept = if self.can_be_told() { VARIANTS as u64 } else { 0 };
        kept * self.about.parameters as u64 * BYTES
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
