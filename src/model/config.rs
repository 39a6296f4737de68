//! What a model file says about itself: the JSON in its safetensors metadata.

use serde::{Deserialize, Serialize};

/// Version of the file format written by this crate; files of a later one are refused.
pub const FORMAT_VERSION: u32 = 1;

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
    fn problem(&self) -> Option<String> {
        let [from, to] = self.scale_range;
        let scale = (!(from >= 1.0 && to >= from && to <= 1000.0))
            .then(|| format!("its config says scale_range = [{from}, {to}], which is no range"));
        out_of_range("channels", self.channels, 1, 1024)
            .or_else(|| out_of_range("residual_blocks", self.residual_blocks, 0, 256))
            .or_else(|| out_of_range("levels", self.levels, 1, 64))
            .or_else(|| out_of_range("features", self.features, 1, 1024))
            .or(scale)
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
