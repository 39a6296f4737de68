//! `polyinr-train export`.

use std::path::PathBuf;

use polyinr::tensors::Storage;
use tch::Device;

use crate::error::{Error, Result};
use crate::gan::average::Average;
use crate::generator::Card;

/// Write the averaged generator of a checkpoint as a model file of polyinr
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A checkpoint, or the folder of a run for its latest good one
    checkpoint: PathBuf,
    /// Take the checkpoint with the best figure that was measured (--metrics-kimg), not the latest
    #[arg(long)]
    best: bool,
    /// Model file to write; it appears when it is whole
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Write over an existing file
    #[arg(long)]
    force: bool,
    /// Short name of the model [default: the file's]
    #[arg(long)]
    name: Option<String>,
    /// Licence of the weights and the credit it asks for: that of the pictures, as a rule
    #[arg(long, value_name = "TEXT", default_value = "not stated")]
    licence: String,
    /// How and on what it was trained [default: size of the data and length of the training]
    #[arg(long, value_name = "TEXT")]
    training: Option<String>,
    /// Store 16-bit floats: half the size
    #[arg(long)]
    half: bool,
}

/// Writes the model file.
///
/// # Errors
/// [`Error::Weights`] when the checkpoint is damaged, naming the last good one beside it;
/// [`Error::Library`] when its numbers make no model; [`Error::Io`], also when the model file exists.
pub fn run(args: &Args) -> Result<()> {
    if args.out.exists() && !args.force {
        let exists = std::io::Error::new(
            std::io::ErrorKind::AlreadyExists,
            "the file exists already; --force writes over it",
        );
        return Err(Error::io(&args.out, "write", exists));
    }
    let warn = &mut |error: &Error| eprintln!("polyinr-train: warning: {error}");
    let average = Average::open(&args.checkpoint, args.best, Device::Cpu, warn)?;
    let stem = args.out.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let card = Card {
        name: args.name.clone().or(stem).unwrap_or_default(),
        licence: args.licence.clone(),
        training: args.training.clone().unwrap_or_else(|| average.training()),
    };
    let storage = if args.half { Storage::F16 } else { Storage::F32 };
    average.generator.save(&args.out, &card, storage)?;
    eprintln!("{} from {}", args.out.display(), average.path.display());
    Ok(())
}
