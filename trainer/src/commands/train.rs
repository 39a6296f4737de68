//! `polyinr-train train`.

use std::path::{Path, PathBuf};

use super::folder::FolderArgs;
use crate::error::{Error, Result};
use crate::gan::meta::Meta;
use crate::gan::options::Options;
use crate::gan::run::Run;
use crate::gan::schedule::Schedule;
use crate::gan::start;
use crate::memory::keep_freed;
use crate::run::checkpoint::Checkpoint;
use crate::run::given::Given;
use crate::run::interrupt::Interrupt;

/// Train a generator
///
/// The run's folder gets run.json, stats.jsonl, TensorBoard's event files, sheets of samples and the
/// last checkpoints (--keep). Ctrl-C saves and stops; --resume goes on, to the bit on a CPU.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    given: Given<Options>,
    #[command(flatten)]
    folder: FolderArgs,
}

/// Trains, from the beginning or from a checkpoint.
///
/// # Errors
/// As [`FolderArgs::open`], [`Given::over`], [`Run::new`] and [`Run::train`].
pub fn run(args: &Args) -> Result<()> {
    keep_freed();
    let (folder, from) = args.folder.open::<Meta>()?;
    match from {
        Some(from) => resume(args, &folder, from),
        None => begin(args, &folder),
    }
}

fn begin(args: &Args, folder: &Path) -> Result<()> {
    let options = start::options(&args.given)?;
    options.check()?;
    Run::new(options.resolve(), folder, None, &Interrupt::from_signals()?)?.train()
}

fn resume(args: &Args, folder: &Path, from: (PathBuf, Checkpoint<Meta>)) -> Result<()> {
    let meta = &from.1.meta;
    let options = args.given.over(&meta.settings)?;
    options.check()?;
    let (old, new) = (Schedule::new(&meta.settings.schedule)?, Schedule::new(&options.schedule)?);
    if !new.continues(&old, meta.step) {
        let problem = "the stages that were begun cannot be changed any more: --resolution, --kimg, \
                       --levels and --batch must be the same up to the checkpoint";
        return Err(Error::parameter("--resume", problem));
    }
    Run::new(options.resolve(), folder, Some(from), &Interrupt::from_signals()?)?.train()
}
