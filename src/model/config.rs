//! What a model file says about itself: the JSON in its safetensors metadata.

use serde::{Deserialize, Serialize};

/// Latest version of the file format that this crate reads; files of a later one are refused. A file
/// is written in the first version that has what it says, [`Kind::format_version`].
pub const FORMAT_VERSION: u32 = 2;

/// Key of the JSON in the safetensors metadata.
pub(crate) const METADATA_KEY: &str = "config";

/// What a model is for, and its shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Version of the file format.
    pub format_version: u32,
    /// Short name, such as `flowers`.
    pub name: String,
    /// Licence of the weights and the credit it asks for.
    #[serde(default)]
    pub licence: String,
    /// How and on what it was trained, in a sentence.
    #[serde(default)]
    pub training: String,
    /// What it is for.
    #[serde(flatten)]
    pub kind: Kind,
}

/// The two kinds of models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    /// Local Poly-INR: picture to field.
    Upscaler(UpscalerConfig),
    /// Poly-INR with its mapping network: latent to field.
    Generator(GeneratorConfig),
}

/// Shape of an upscaler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpscalerConfig {
    /// Channels of the encoder.
    pub channels: usize,
    /// Residual blocks of the encoder.
    pub residual_blocks: usize,
    /// Levels of the polynomial.
    pub levels: usize,
    /// Features a level, n.
    pub features: usize,
    /// Smallest and largest factor it was trained for.
    pub scale_range: [f64; 2],
    /// What is blended of the four cells around a position.
    #[serde(default, skip_serializing_if = "is_default")]
    pub blend: Blend,
    /// Side of the convolution that gives affine parameters, 1 or 3 pixels.
    #[serde(default = "three", skip_serializing_if = "is_three")]
    pub affine_side: usize,
    /// Whether what a residual block gives is weighted by its own size: `(y + f)(1/2 + sigmoid f)`
    /// in place of `y + f`, where `f` is what the block computes from `y`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attention: bool,
    /// Side of the convolution that every sixth residual block begins with, over the first quarter of
    /// the channels and added to them; 0 for none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub large_side: usize,
    /// Whether it is told how much to clean ([`Strength`](super::Strength)).
    #[serde(default, skip_serializing_if = "is_default")]
    pub strength: bool,
    /// Whether there is a second set of weights, which draws detail ([`Strength::detail`](super::Strength)).
    #[serde(default, skip_serializing_if = "is_default")]
    pub detail: bool,
}

/// What is blended of the four cells around a position; each is weighted by how near it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blend {
    /// Their colours: every cell's polynomial is evaluated.
    #[default]
    Colours,
    /// Their affine terms `A_j X`, before they pass through leaky ReLU: one polynomial is evaluated.
    Terms,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn three() -> usize {
    3
}

fn is_three(side: &usize) -> bool {
    *side == 3
}

/// Shape of a generator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeneratorConfig {
    /// Levels of the polynomial.
    pub levels: usize,
    /// Features a level, n.
    pub features: usize,
    /// Numbers in a latent z.
    pub z_dim: usize,
    /// Numbers in a latent w.
    pub w_dim: usize,
    /// Layers of the mapping network.
    pub mapping_layers: usize,
    /// Class names; empty for a model without classes.
    #[serde(default)]
    pub classes: Vec<String>,
    /// Side of the pictures it was trained on, in pixels.
    pub native_resolution: u32,
    /// What the affine term passes through before it multiplies.
    pub affine_activation: AffineActivation,
    /// Whether coordinates pass through a chain of 2-D affine maps, one a level (the released
    /// form), or reach every level as they are (the paper's equation 3).
    pub coordinate_chain: bool,
    /// Every level's output is clamped to ± this, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clamp: Option<f32>,
}

/// What the affine term `A_j X` passes through before it multiplies, from level 1 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AffineActivation {
    /// Nothing: the paper's equation 3.
    None,
    /// Leaky ReLU: the released networks.
    Lrelu,
}

impl Kind {
    /// The first version of the file format that has what this says.
    pub fn format_version(&self) -> u32 {
        match self {
            Self::Upscaler(c) if !c.is_first_form() => 2,
            _ => 1,
        }
    }
}

impl Config {
    /// What is wrong with the numbers, if anything: every dimension is checked before anything is
    /// allocated for it.
    pub(crate) fn problem(&self) -> Option<String> {
        if self.format_version == 0 || self.format_version > FORMAT_VERSION {
            return Some(format!(
                "format version {} is not known to this program, which reads up to \
                 {FORMAT_VERSION}; update polyinr",
                self.format_version
            ));
        }
        match &self.kind {
            Kind::Upscaler(c) => c.problem(),
            Kind::Generator(c) => c.problem(),
        }
    }
}

fn out_of_range(name: &str, value: usize, from: usize, to: usize) -> Option<String> {
    (value < from || value > to)
        .then(|| format!("its config says {name} = {value}; {from} to {to} are possible"))
}

impl UpscalerConfig {
    /// The shape of a network as the first version of the file format has it: cells' colours are
    /// blended, affine parameters come from 3x3 convolutions, blocks are plain.
    pub fn first_form(
        [channels, residual_blocks]: [usize; 2],
        [levels, features]: [usize; 2],
        scale_range: [f64; 2],
    ) -> Self {
        Self {
            channels,
            residual_blocks,
            levels,
            features,
            scale_range,
            blend: Blend::Colours,
            affine_side: 3,
            attention: false,
            large_side: 0,
            strength: false,
            detail: false,
        }
    }

    /// The shape of the network that draws detail, which has none of its own.
    pub(crate) fn detailed(&self) -> Self {
        Self { detail: false, ..self.clone() }
    }

    fn is_first_form(&self) -> bool {
        let encoder = [self.channels, self.residual_blocks];
        *self == Self::first_form(encoder, [self.levels, self.features], self.scale_range)
    }

    /// Why the engines cannot compute it, if so: the trainer knows more networks than they do.
    pub(crate) fn not_rendered(&self) -> Option<&'static str> {
        if self.attention {
            Some("its residual blocks have attention")
        } else if self.large_side > 0 {
            Some("its residual blocks have large kernels")
        } else {
            None
        }
    }

    fn problem(&self) -> Option<String> {
        let [from, to] = self.scale_range;
        let scale = (!(from >= 1.0 && to >= from && to <= 1000.0))
            .then(|| format!("its config says scale_range = [{from}, {to}], which is no range"));
        out_of_range("channels", self.channels, 1, 1024)
            .or_else(|| out_of_range("residual_blocks", self.residual_blocks, 0, 256))
            .or_else(|| out_of_range("levels", self.levels, 1, 64))
            .or_else(|| out_of_range("features", self.features, 1, 1024))
            .or(scale)
            .or_else(|| out_of_range("affine_side", self.affine_side, 1, 3))
            .or_else(|| out_of_range("large_side", self.large_side, 0, 31))
            .or_else(|| self.even_side())
    }

    /// Convolutions without a middle have no pixel that they are of.
    fn even_side(&self) -> Option<String> {
        let even = |name: &str, side: usize| {
            (side > 0 && side.is_multiple_of(2))
                .then(|| format!("its config says {name} = {side}; an odd number is needed"))
        };
        even("affine_side", self.affine_side).or_else(|| even("large_side", self.large_side))
    }
}

impl GeneratorConfig {
    fn problem(&self) -> Option<String> {
        out_of_range("levels", self.levels, 1, 64)
            .or_else(|| out_of_range("features", self.features, 1, 8192))
            .or_else(|| out_of_range("z_dim", self.z_dim, 1, 8192))
            .or_else(|| out_of_range("w_dim", self.w_dim, 1, 8192))
            .or_else(|| out_of_range("mapping_layers", self.mapping_layers, 1, 64))
            .or_else(|| out_of_range("the number of classes", self.classes.len(), 0, 100_000))
            .or_else(|| {
                out_of_range("native_resolution", self.native_resolution as usize, 1, 1 << 20)
            })
            .or_else(|| match self.clamp {
                Some(c) if c.is_nan() || c <= 0.0 => Some(format!("its config says clamp = {c}")),
                _ => None,
            })
    }
}
