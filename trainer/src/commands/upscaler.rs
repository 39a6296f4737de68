//! `polyinr-train upscaler`: photographs become an upscaler.

use std::path::PathBuf;

use crate::error::Result;
use crate::train::interrupt::Interrupt;
use crate::upscaler::options::{Length, OutputArgs, Recipe};
use crate::upscaler::run::{Plan, run as train};

const AFTER_HELP: &str = "\
Examples:
  polyinr-train upscaler --photos photos_cc0.zip --halve photos_flowers_ccby.zip --minutes 70 \\
      --validate set5.zip --out runs/upscaler
  polyinr-train upscaler --photos photos/ --steps 20000 --out runs/a
  polyinr-train upscaler --photos photos/ --steps 20000 --out runs/a --resume
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
    recipe: Recipe,
    #[command(flatten)]
    length: Length,
    #[command(flatten)]
    output: OutputArgs,
    /// Folder of the run
    #[arg(short, long, value_name = "FOLDER")]
    out: PathBuf,
    /// Go on with the run in the folder, from its last good checkpoint
    #[arg(long)]
    resume: bool,
}

/// Runs `polyinr-train upscaler`.
///
/// # Errors
/// As [`train`].
pub fn run(args: Args) -> Result<()> {
    let Args { recipe, length, output, out, resume } = args;
    let plan = Plan { recipe, length, output, folder: out, resume };
    let model = train(plan, &Interrupt::from_signals()?)?;
    println!("{}", model.display());
    Ok(())
}
