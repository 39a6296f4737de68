//! Shapes of the networks, as the command line says them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, Enlargement, Form};
use super::widths::Widths;

/// Channels of a CREPS's lines where nothing is said.
const LINE_CHANNELS: usize = 16;

/// Shapes of the networks.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Networks")]
pub struct NetworkArgs {
    /// Begin with the generator of this model file, which then says its shape; classes it does not
    /// know begin with random embeddings
    #[arg(long, value_name = "MODEL")]
    pub from: Option<PathBuf>,
    /// What draws: a polynomial of the position, products of lines along rows and columns, or layers
    /// at growing resolutions
    #[arg(long, value_enum, default_value_t = Architecture::PolyInr)]
    #[serde(default)]
    pub network: Architecture,
    /// Features a level or block; creps, inr-gan: or one number for each block of 4, 8, 16, ...
    /// pixels, the last for all further ones
    #[arg(long, value_name = "N[,N...]", default_value = "128")]
    pub features: Widths,
    /// creps: blocks, each of which adds a map; the same at every stage [default: as many as lead from
    /// 4 pixels to the last stage's resolution by doubling]
    #[arg(long, value_name = "N")]
    #[serde(default)]
    pub blocks: Option<usize>,
    /// creps: channels of lines and maps
    #[arg(long, value_name = "N", default_value_t = LINE_CHANNELS)]
    #[serde(default = "line_channels")]
    pub line_channels: usize,
    /// creps: lines of a row and of a column; inr-gan: rank of the matrices that modulate weights
    /// [default: 8; inr-gan: 10]
    #[arg(long, value_name = "N")]
    #[serde(default)]
    pub rank: Option<usize>,
    /// inr-gan: side of the grid that the first blocks share, a power of two [default: a quarter of the
    /// first stage's resolution]
    #[arg(long, value_name = "PIXELS")]
    #[serde(default)]
    pub input_resolution: Option<u32>,
    /// inr-gan: how features become those of the next resolution; bilinear ones are also divided by
    /// their deviations over the picture
    #[arg(long, value_enum, default_value_t = Enlargement::Nearest)]
    #[serde(default)]
    pub upsampling: Enlargement,
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
    /// poly-inr: as the published checkpoints have it, or as equation 3 of the paper
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

/// An option, whether its value can be trained with, and what is wrong where not.
pub type Rule = (&'static str, bool, &'static str);

impl NetworkArgs {
    /// Whether every number is one that can be trained with, in a run whose first stage has this
    /// resolution.
    pub fn rules(&self, first: Option<u32>) -> Vec<Rule> {
        let size = |n: usize| (1..=16_384).contains(&n);
        vec![
            ("--features", self.features.are_sound(), "must be 1 to 8192"),
            (
                "--features",
                self.network != Architecture::PolyInr || self.features.are_alike(),
                "poly-inr has the same number at every level",
            ),
            (
                "--features",
                self.network != Architecture::Creps || self.features.of(0).is_multiple_of(2),
                "creps halves those of its first block: an even number is needed",
            ),
            ("--blocks", self.blocks.is_none_or(|n| (2..=12).contains(&n)), "must be 2 to 12"),
            ("--line-channels", (1..=1024).contains(&self.line_channels), "must be 1 to 1024"),
            ("--rank", self.rank.is_none_or(|n| (1..=256).contains(&n)), "must be 1 to 256"),
            (
                "--input-resolution",
                self.input_resolution.is_none_or(|side| {
                    side.is_power_of_two() && (4..=first.unwrap_or(side)).contains(&side)
                }),
                "must be a power of two, from 4 to the first stage's resolution",
            ),
            ("--z-dim", size(self.z_dim), "must be 1 to 16384"),
            ("--w-dim", size(self.w_dim), "must be 1 to 16384"),
            ("--embed-dim", size(self.embed_dim), "must be 1 to 16384"),
            ("--feature-side", feature_side(self.feature_side), "must be 128, 160, ... to 1024"),
            ("--mixed-channels", (1..=1024).contains(&self.mixed_channels), "must be 1 to 1024"),
            ("--mapping-layers", (1..=16).contains(&self.mapping_layers), "must be 1 to 16"),
        ]
    }
}

/// Whether the projected discriminator's heads have something to see at this side.
fn feature_side(side: u32) -> bool {
    (128..=1024).contains(&side) && side.is_multiple_of(32)
}

fn line_channels() -> usize {
    LINE_CHANNELS
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::gan::options::Options;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn shapes_that_no_network_has_are_refused_by_name() {
        for (line, option) in [
            ("--features 16,8", "--features: poly-inr"),
            ("--network creps --features 7,8", "--features: creps"),
            ("--network creps --features 8,0", "--features: must"),
            ("--network creps --blocks 1", "--blocks"),
            ("--network inr-gan --input-resolution 12", "--input-resolution"),
            ("--network inr-gan --resolution 16,64 --input-resolution 32", "--input-resolution"),
            ("--network inr-gan --rank 0", "--rank"),
            ("--mixing 1.5", "--mixing"),
            ("--augment ada --ada-kimg 0", "--ada-kimg"),
        ] {
            let words = ["train", "--data", "x"].into_iter().chain(line.split_whitespace());
            let options = Line::try_parse_from(words).unwrap().options;
            let error = options.check().unwrap_err().to_string();
            assert!(error.starts_with(option), "{error}");
        }
    }
}
