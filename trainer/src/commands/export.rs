//! `polyinr-train export`.

use std::path::PathBuf;

use polyinr::model::Storage;

use crate::error::{Error, Result};
use crate::generator::Card;
use crate::train::run::Meta;
use crate::train::schedule::Schedule;
use crate::train::{shelf, state};

/// Write the averaged generator of a checkpoint as a model file of polyinr
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A checkpoint, or the folder of a run for its latest good one
    checkpoint: PathBuf,
    /// Model file to write; it appears when it is whole
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
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
/// [`Error::Library`] when its numbers make no model; [`Error::Io`].
pub fn run(args: &Args) -> Result<()> {
    let warn = &mut |error: &Error| eprintln!("polyinr-train: warning: {error}");
    let (path, checkpoint) = shelf::open::<Meta>(&args.checkpoint, warn)?;
    let schedule = Schedule::new(&checkpoint.meta.options.schedule)?;
    let generator = state::average(&path, &checkpoint, &schedule)?;
    let stem = args.out.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let card = Card {
        name: args.name.clone().or(stem).unwrap_or_default(),
        licence: args.licence.clone(),
        training: args.training.clone().unwrap_or_else(|| training(&checkpoint.meta, &schedule)),
    };
    let storage = if args.half { Storage::F16 } else { Storage::F32 };
    generator.save(&args.out, &card, storage)?;
    eprintln!("{} from {}", args.out.display(), path.display());
    Ok(())
}

/// The training in a sentence.
fn training(meta: &Meta, schedule: &Schedule) -> String {
    let stage = &schedule.stages()[meta.stage];
    let kimg = schedule.images(meta.step) as f64 / 1000.0;
    let classes = match meta.classes.len() {
        0 => String::new(),
        n => format!(" of {n} classes"),
    };
    format!(
        "polyinr-train {}: {} pictures{classes} at up to {} pixels a side, {kimg:.1} thousand shown, \
         {:.1} hours",
        meta.program,
        meta.pictures,
        stage.resolution,
        meta.seconds / 3600.0
    )
}
