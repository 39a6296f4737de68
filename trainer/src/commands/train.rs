//! `polyinr-train train`.

use std::path::{Path, PathBuf};

use crate::device::set_threads;
use crate::error::{Error, Result};
use crate::train::given::Given;
use crate::train::interrupt::Interrupt;
use crate::train::meta::Meta;
use crate::train::options::Options;
use crate::train::run::Run;
use crate::train::schedule::Schedule;
use crate::train::shelf;

/// Train a generator
///
/// The run's folder gets run.json, stats.jsonl, TensorBoard's event files, sheets of samples and the
/// last three checkpoints. Ctrl-C saves and stops; --resume goes on, to the bit on a CPU.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    given: Given<Options>,
    /// Folder of the run [default when resumed: the one of the checkpoint]
    #[arg(short, long, value_name = "DIR", required_unless_present = "resume")]
    out: Option<PathBuf>,
    /// Go on with a run: its folder, for the latest good checkpoint, or a checkpoint
    ///
    /// Options are those of the run. Where data lies, the length of stages to come and what is
    /// written may be given anew; others that differ are refused.
    #[arg(long, value_name = "PATH")]
    resume: Option<PathBuf>,
}

/// Trains, from the beginning or from a checkpoint.
///
/// # Errors
/// As [`Run::new`] and [`Run::train`].
pub fn run(args: &Args) -> Result<()> {
    match &args.resume {
        Some(from) => resume(args, from),
        None => begin(args),
    }
}

fn begin(args: &Args) -> Result<()> {
    let folder = args.out.as_deref().ok_or_else(|| Error::parameter("--out", "is needed"))?;
    if folder.join("run.json").exists() {
        let problem =
            format!("{0} holds a run; use --resume {0} or another folder", folder.display());
        return Err(Error::parameter("--out", problem));
    }
    let options = args.given.options.clone();
    let threads = set_threads(options.machine.threads);
    let options = options.resolved(threads);
    options.check()?;
    Run::new(options, folder, None, &Interrupt::from_signals()?)?.train()
}

fn resume(args: &Args, from: &Path) -> Result<()> {
    let warn = &mut |error: &Error| eprintln!("polyinr-train: warning: {error}");
    let (path, checkpoint) = shelf::open::<Meta>(from, warn)?;
    let options = args.given.over(&checkpoint.meta.options)?;
    options.check()?;
    let (old, new) = (&checkpoint.meta.options.schedule, &options.schedule);
    if !Schedule::new(new)?.continues(&Schedule::new(old)?, checkpoint.meta.step) {
        let problem = "the stages that were begun cannot be changed any more: --resolution, --kimg, \
                       --levels and --batch must be the same up to the checkpoint";
        return Err(Error::parameter("--resume", problem));
    }
    let folder = args.out.clone().or_else(|| shelf::run_folder(&path)).ok_or_else(|| {
        Error::parameter("--out", "is needed: the checkpoint lies in no run's folder")
    })?;
    eprintln!("going on with {}", path.display());
    Run::new(options, &folder, Some((path, checkpoint)), &Interrupt::from_signals()?)?.train()
}
