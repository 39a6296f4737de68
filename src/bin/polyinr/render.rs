//! `polyinr render`: a field file, or a seed, as a picture.

use crate::canvas::CanvasArgs;
use crate::common::{OutputArgs, RunArgs, interruptible};
use crate::failure::Outcome;
use crate::single::{Made, Wish};
use crate::source::{Opened, Source, SourceArgs};

const AFTER_HELP: &str = "\
Examples:
  polyinr render rose.field -o rose.png
  polyinr render rose.field --size 2048 -o poster.tiff
  polyinr render rose.field --window=-0.25,1.25,-0.25,1.25 --size 768 -o wide.png
  polyinr render 7:roses --truncation fine:0.5 --size 256 -o rose.png

A source is a field file, as rose.field, or a seed with the name or number of a class, as 7:roses
(for a model without classes the seed alone). `polyinr generate --save-field` and `polyinr mix` make
field files.

JSON lines (--json): as in `polyinr generate`";

/// Render a field file, or a seed
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Field file, or seed and class as 7:roses
    #[arg(value_name = "SOURCE")]
    source: Source,
    #[command(flatten)]
    sources: SourceArgs,
    #[command(flatten)]
    canvas: CanvasArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    run: RunArgs,
}

/// Runs `polyinr render`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    let (_, Opened { field, origin }) = args.sources.open_one(&args.source)?;
    let command = format!("render {}{}", args.source, args.sources.recorded());
    let made = Made { field, origin, command, stem: args.source.stem() };
    let inputs: Vec<_> = args.source.file().into_iter().collect();
    let wish = Wish { canvas: &args.canvas, output: &args.output, run: &args.run };
    wish.picture(made, &inputs, &cancel)
}
