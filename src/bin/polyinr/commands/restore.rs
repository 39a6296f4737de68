//! `polyinr restore`: pictures become cleaner and sharper at their own size.

use polyinr::model::DEFAULT_RESTORER;
use polyinr::ops::Size;

use super::upscale::{Batch, BatchArgs, RESTORE};
use crate::common::ProcessingArgs;
use crate::failure::Outcome;

const AFTER_HELP: &str = "\
Examples:
  polyinr restore photo.jpg -o clean.png
  polyinr restore night.jpg -o clean.jpg --denoise 0.8 --deblur 0       # noise only, and strongly
  polyinr restore old/ -o restored/ --recursive --format jpeg --quality 90

Of each picture is said how much was taken as --denoise and --deblur. JSON lines, what is kept of a
picture, and what --save-field, --compare and --skip-existing do are as with `polyinr upscale`.";

/// Clean and sharpen pictures without making them larger
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    #[command(flatten)]
    processing: ProcessingArgs,
    #[command(flatten)]
    batch: BatchArgs,
}

/// Runs `polyinr restore`.
pub fn run(args: &Args) -> Outcome {
    let (size, options) = (Size::Factor(1.0), args.processing.options());
    let (command, default_model) = (RESTORE, DEFAULT_RESTORER);
    Batch { command, default_model, args: &args.batch, size, options }.run()
}
