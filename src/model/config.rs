//! What a model file says about itself: the JSON in its safetensors metadata.

use serde::{Deserialize, Serialize};

use crate::network::{NetworkConfig, UpscalerNetworkConfig, out_of_range};

/// Latest version of the file format that this crate reads; files of a later one are refused. A file
/// is written in the first version that has what it says, [`Kind::format_version`].
pub const FORMAT_VERSION: u32 = 3;

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
    /// Picture to field.
    Upscaler(UpscalerConfig),
    /// Latent to field.
    Generator(GeneratorConfig),
}

/// Shape of an upscaler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpscalerConfig {
    /// Shape of its network.
    #[serde(flatten)]
    pub network: UpscalerNetworkConfig,
    /// Smallest and largest factor it was trained for.
    pub scale_range: [f64; 2],
    /// Whether there is a second set of weights, which draws detail ([`Strength::detail`](super::Strength)).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detail: bool,
}

/// Shape of a generator: of its latents, and of its network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GeneratorConfig {
    /// Shape of its latents, and of what makes w of them.
    #[serde(flatten)]
    pub latent: LatentConfig,
    /// Side of the pictures it was trained on, in pixels.
    pub native_resolution: u32,
    /// Shape of its network.
    #[serde(flatten)]
    pub network: NetworkConfig,
}

/// Shape of a generator's latents z and w, and of the mapping network between them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LatentConfig {
    /// Numbers in a latent z.
    pub z_dim: usize,
    /// Numbers in a latent w.
    pub w_dim: usize,
    /// Layers of the mapping network.
    pub mapping_layers: usize,
    /// Class names; empty for a model without classes.
    #[serde(default)]
    pub classes: Vec<String>,
}

impl Kind {
    /// The first version of the file format that has what this says.
    pub fn format_version(&self) -> u32 {
        match self {
            Self::Upscaler(c) if !c.is_first_form() => 2,
            Self::Generator(GeneratorConfig { network: NetworkConfig::PolyInr(_), .. })
            | Self::Upscaler(_) => 1,
            Self::Generator(_) => 3,
        }
    }

    /// What tells models with the same tensors apart, where there is such: the variants of INR-GAN.
    pub(crate) fn told_apart(&self) -> Option<String> {
        match self {
            Self::Generator(GeneratorConfig { network: NetworkConfig::InrGan(shape), .. }) => {
                serde_json::to_string(shape).ok()
            }
            _ => None,
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

impl UpscalerConfig {
    /// An upscaler by these factors, smallest and largest, that draws no detail.
    pub fn new(network: UpscalerNetworkConfig, scale_range: [f64; 2]) -> Self {
        Self { network, scale_range, detail: false }
    }

    fn is_first_form(&self) -> bool {
        let UpscalerNetworkConfig::LocalPolyInr(network) = &self.network;
        network.is_first_form() && !self.detail
    }

    fn problem(&self) -> Option<String> {
        let [from, to] = self.scale_range;
        let scale = (!(from >= 1.0 && to >= from && to <= 1000.0))
            .then(|| format!("its config says scale_range = [{from}, {to}], which is no range"));
        self.network.problem().or(scale)
    }
}

impl GeneratorConfig {
    /// A generator of pictures of `native_resolution` pixels a side.
    pub fn new(latent: LatentConfig, native_resolution: u32, network: NetworkConfig) -> Self {
        Self { latent, native_resolution, network }
    }

    fn problem(&self) -> Option<String> {
        let side = self.native_resolution as usize;
        self.network
            .problem()
            .or_else(|| self.latent.problem())
            .or_else(|| out_of_range("native_resolution", side, 1, 1 << 20))
    }
}

impl LatentConfig {
    /// Latents of `z_dim` and `w_dim` numbers, between which are two layers, and no classes.
    pub fn new(z_dim: usize, w_dim: usize) -> Self {
        Self { z_dim, w_dim, mapping_layers: 2, classes: Vec::new() }
    }

    fn problem(&self) -> Option<String> {
        out_of_range("z_dim", self.z_dim, 1, 8192)
            .or_else(|| out_of_range("w_dim", self.w_dim, 1, 8192))
            .or_else(|| out_of_range("mapping_layers", self.mapping_layers, 1, 64))
            .or_else(|| out_of_range("the number of classes", self.classes.len(), 0, 100_000))
    }
}
