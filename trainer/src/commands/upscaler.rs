//! `polyinr-train upscaler`: photographs become an upscaler.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::train::given::Given;
use crate::train::interrupt::Interrupt;
use crate::train::shelf;
use crate::upscaler::options::Options;
use crate::upscaler::run::{Meta, Run};

const AFTER_HELP: &str = "\
Examples:
  polyinr-train upscaler --photos photos_cc0.zip --halve photos_flowers_ccby.zip --minutes 70 \\
      --validate set5.zip --out runs/upscaler
  polyinr-train upscaler --photos photos/ --steps 20000 --out runs/a
  polyinr-train upscaler --resume runs/a
  polyinr-train upscaler --photos photos/ --jpeg 60-95 --from local48.safetensors --steps 8000 \\
      --lr 3e-4 --out runs/jpeg

The folder of a run gets run.json (all options), stats.jsonl (loss, speed and PSNR by step),
checkpoints/ (the last three) and model.safetensors, the average of weights so far, which
`polyinr upscale --model` takes. Ctrl-C saves and stops. A run limited by --steps ends at the same
bits on the same machine, interrupted or not, with the same number of threads.

Pictures under the largest factor times --crop pixels a side are skipped and named. PSNR is measured
on the BT.601 luma of 8-bit results, the factor's number of pixels cut from each border, after a
reduction by the antialiased bicubic filter (a = -0.5).

With --jpeg half of the crops have their colour differences compressed at half the resolution (4:2:0),
as cameras do, the others at the full one; blocks begin anywhere in a crop.";

/// Train an upscaler on photographs
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    #[command(flatten)]
    given: Given<Options>,
    /// Folder of the run [default when resumed: the one of the checkpoint]
    #[arg(short, long, value_name = "DIR", required_unless_present = "resume")]
    out: Option<PathBuf>,
    /// Go on with a run: its folder, for the latest good checkpoint, or a checkpoint
    ///
    /// Options are those of the run. Where photographs lie, its length and what is written may be
    /// given anew; others that differ are refused.
    #[arg(long, value_name = "PATH")]
    resume: Option<PathBuf>,
}

/// Trains, from the beginning or from a checkpoint.
///
/// # Errors
/// As [`Run::new`] and [`Run::train`].
pub fn run(args: &Args) -> Result<()> {
    let needed = "is needed: the checkpoint lies in no run's folder";
    let run = match &args.resume {
        None => {
            let folder = args.out.as_deref().ok_or_else(|| Error::parameter("--out", "is needed"))?;
            if folder.join("run.json").exists() {
                let shown = folder.display();
                let problem = format!("{shown} holds a run; use --resume {shown} or another folder");
                return Err(Error::parameter("--out", problem));
            }
            Run::new(args.given.options.clone(), folder, None)?
        }
        Some(from) => {
            let warn = &mut |error: &Error| eprintln!("polyinr-train: warning: {error}");
            let (path, checkpoint) = shelf::open::<Meta>(from, warn)?;
            let options = args.given.over(&checkpoint.meta.options)?;
            let folder = args.out.clone().or_else(|| shelf::run_folder(&path));
            let folder = folder.ok_or_else(|| Error::parameter("--out", needed))?;
            Run::new(options, &folder, Some((path, checkpoint)))?
        }
    };
    println!("{}", run.train(&Interrupt::from_signals()?)?.display());
    Ok(())
}
