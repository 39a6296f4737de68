//! `polyinr-train upscaler`: photographs become an upscaler.

use super::folder::FolderArgs;
use crate::error::Result;
use crate::memory;
use crate::run::given::Given;
use crate::run::interrupt::Interrupt;
use crate::upscaler::options::Options;
use crate::upscaler::run::{Meta, Run};

const AFTER_HELP: &str = "\
Examples:
  polyinr-train upscaler --photos photos_cc0.zip --halve photos_flowers_ccby.zip --minutes 70 \\
      --validate set5.zip --out runs/upscaler
  polyinr-train upscaler --photos photos/ --steps 20000 --out runs/a
  polyinr-train upscaler --resume runs/a
  polyinr-train upscaler --photos photos/ --jpeg 60-95 --from clean.safetensors --steps 8000 \\
      --lr 3e-4 --out runs/jpeg
  polyinr-train upscaler --photos photos/ drawings.zip --reductions 1.5,2,3 --degrade photo \\
      --clean-share 0.15 --cutblur 0.2 --scale 1-4.3 --same-size 0.1 --steps 20000 --out runs/photo

The folder of a run gets run.json (all options), stats.jsonl (loss, speed and PSNR by step),
checkpoints/ (the last of them) and model.safetensors, the average of weights so far, which
`polyinr upscale --model` takes. Ctrl-C saves and stops. A run limited by --steps ends at the same
bits on the same machine, interrupted or not, with the same number of threads.

Pictures under the largest factor times --crop and 4 pixels a side are skipped and named. Degraded
crops take 10 pixels more, at a batch's factor from pictures large enough for it. PSNR is measured
on the BT.601 luma of 8-bit results, the factor's number of pixels cut from each border, after a
reduction by the antialiased bicubic filter (a = -0.5).

With --jpeg half of the crops have their colour differences compressed at half the resolution (4:2:0),
as cameras do, the others at the full one; blocks begin anywhere in a crop. It is a chain of one
stage; --degrade takes longer ones, which docs/TRAINING.md describes. The crops before it are
what the network shall give. run.json holds the whole chain.";

/// Train an upscaler on photographs
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    #[command(flatten)]
    given: Given<Options>,
    #[command(flatten)]
    folder: FolderArgs,
}

/// Trains, from the beginning or from a checkpoint.
///
/// # Errors
/// As [`Run::new`] and [`Run::train`].
pub fn run(args: &Args) -> Result<()> {
    memory::keep_freed();
    let (folder, from) = args.folder.open::<Meta>()?;
    let options = match &from {
        Some((_, checkpoint)) => args.given.over(&checkpoint.meta.settings)?,
        None => args.given.options.clone(),
    };
    let run = Run::new(options, &folder, from)?;
    println!("{}", run.train(&Interrupt::from_signals()?)?.display());
    Ok(())
}
