//! `polyinr-train detail`: two upscalers become one that draws as much detail as it is told.

use std::path::PathBuf;

use polyinr::tensors::Storage;

use crate::error::Result;
use crate::files::write_whole;
use crate::upscaler::with_detail;

const AFTER_HELP: &str = "\
Example:
  polyinr-train detail runs/restore/model.safetensors runs/vivid/model.safetensors --half \\
      -o models/restore.safetensors

The second must have been trained from the weights of the first: what --detail of polyinr asks for is
drawn by weights that lie between the two.";

/// Write an upscaler that draws as much detail as it is told
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Model file that is as near to the truth as it can be: what --detail 0 shows. It says name, licence
    /// and training; a second set of weights in it is replaced
    model: PathBuf,
    /// Model file of the same shape that draws detail: what --detail 1 shows
    detailed: PathBuf,
    /// Model file to write; it appears when it is whole
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Store 16-bit floats: half the size
    #[arg(long)]
    half: bool,
}

/// Writes the model file.
///
/// # Errors
/// [`Error::Weights`](crate::Error::Weights) when one is no upscaler, or they are not of one shape;
/// [`Error::Library`](crate::Error::Library) when a file is damaged; [`Error::Io`](crate::Error::Io).
pub fn run(args: &Args) -> Result<()> {
    let storage = if args.half { Storage::F16 } else { Storage::F32 };
    write_whole(&args.out, &with_detail(&args.model, &args.detailed, storage)?)
}
