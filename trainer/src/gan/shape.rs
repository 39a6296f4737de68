//! Shapes of the networks, as the command line says them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use polyinr::network::PolyInrConfig;
use serde::{Deserialize, Serialize};

/// Shapes of the networks.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Networks")]
pub struct NetworkArgs {
    /// Begin with the generator of this model file, which then says its shape; classes it does not
    /// know begin with random embeddings
    #[arg(long, value_name = "MODEL")]
    pub from: Option<PathBuf>,
    /// Features a level, n
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub features: usize,
    /// Numbers in a latent z
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub z_dim: usize,
    /// Numbers in a latent w
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub w_dim: usize,
    /// Layers of the mapping network
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub mapping_layers: usize,
    /// Numbers in the learned embedding of a class in the mapping network
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub embed_dim: usize,
    /// The generator as the published checkpoints have it, or as equation 3 of the paper
    #[arg(long, value_enum, default_value_t = Form::Released)]
    pub form: Form,
    /// The discriminator: convolutional, trained from nothing, or projected, on pretrained features
    #[arg(long, value_enum, default_value_t = DiscriminatorKind::Conv)]
    pub discriminator: DiscriminatorKind,
    /// Channels of the convolutional discriminator's activations times their resolution ...
    #[arg(long, value_name = "N", default_value_t = 1536)]
    pub d_channels: u32,
    /// ... but no more channels than this
    #[arg(long, value_name = "N", default_value_t = 192)]
    pub d_channels_max: u32,
    /// timm's tf_efficientnet_lite0 as safetensors, for the projected discriminator, which takes this
    /// network, --deit or both
    #[arg(long, value_name = "FILE")]
    pub efficientnet: Option<PathBuf>,
    /// timm's deit_base_distilled_patch16_224 as safetensors, for the projected discriminator
    #[arg(long, value_name = "FILE")]
    pub deit: Option<PathBuf>,
    /// Side that smaller pictures are enlarged to for --efficientnet, a multiple of 32 from 128; the
    /// less, the faster
    #[arg(long, value_name = "PIXELS", default_value_t = 224)]
    pub feature_side: u32,
    /// Channels that the projected discriminator mixes the shallowest features to, and the deeper ones
    /// to multiples of
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub mixed_channels: u32,
    /// Class embeddings to start from: auto, which makes them of the classes' own pictures by
    /// --efficientnet, or a safetensors file with one tensor embed.weight [classes, numbers] [default:
    /// random ones of --embed-dim numbers]
    #[arg(long, value_name = "auto|FILE")]
    pub embedding: Option<PathBuf>,
}

/// The two forms of Poly-INR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Coordinates pass through a chain of affine maps, affine terms through leaky ReLU, and levels
    /// are clamped.
    Released,
    /// Terms multiply as they are.
    Paper,
}

impl Form {
    /// The form that `network` is of, if it is of one.
    pub fn of(network: &PolyInrConfig) -> Option<Self> {
        let is = |form: &Self| form.network(network.levels, network.features) == *network;
        [Self::Released, Self::Paper].into_iter().find(is)
    }

    /// A network of this form.
    pub fn network(self, levels: usize, features: usize) -> PolyInrConfig {
        let released = PolyInrConfig::new(levels, features);
        match self {
            Self::Released => released,
            Self::Paper => released.paper_form(),
        }
    }
}

/// Which discriminator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DiscriminatorKind {
    /// Residual convolutions, non-saturating loss, R1.
    Conv,
    /// Heads on frozen feature networks, hinge loss.
    Projected,
}
