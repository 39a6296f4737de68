//! `polyinr-train estimator`: photographs become an estimator of how much there is to clean.

use crate::error::Result;
use crate::estimator::{Options, train};
use crate::memory;

const AFTER_HELP: &str = "\
Examples:
  polyinr-train estimator --photos photos_cc0.zip --degrade photo --clean-share 0.35 \\
      --out models/estimator.safetensors

It is shown crops of 96x96 pixels that went through the same chain as those of an upscaler that is
trained with --strength, and learns what that one was told of them: noise with compression, and blur,
each from 0 to 1. The library's own is models/estimator.safetensors.";

/// Train what estimates how much a picture needs to be cleaned
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    #[command(flatten)]
    options: Options,
}

/// Trains, and prints how far estimates are off.
///
/// # Errors
/// As [`train`].
pub fn run(args: &Args) -> Result<()> {
    memory::keep_freed();
    let errors = train(&args.options)?;
    println!(
        "mean errors: noise and compression {:.3}, blur {:.3}; of clean crops {:.3}",
        errors.each[0], errors.each[1], errors.clean
    );
    Ok(())
}
