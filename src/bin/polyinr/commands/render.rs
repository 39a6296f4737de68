//! `polyinr render`: a field file, or a seed, as a picture file.

use crate::canvas::CanvasArgs;
use crate::common::{OutputArgs, RunArgs};
use crate::failure::Outcome;
use crate::signals::interruptible;
use crate::single::{Made, Wish};
use crate::source::{Source, SourceArgs};

const AFTER_HELP: &str = "\
Examples:
  polyinr render rose.field -o rose.png
  polyinr render rose.field --size 2048 -o poster.tiff
  polyinr render rose.field --window=-0.25,1.25,-0.25,1.25 --size 768 -o wide.png
  polyinr render photo.field --size 3840x2160 -o wall.png
  polyinr render photo.field --window=0.4,0.6,0.4,0.6 --size 1024 -o part.png
  polyinr render 7:roses --truncation fine:0.5 --size 256 -o rose.png

A source is a field file, as rose.field, or a seed with the name or number of a class, as 7:roses
(or the seed alone: its own class). `polyinr generate --save-field`, `polyinr mix` and
`polyinr invert` make field files of a generator, `polyinr upscale --save-field` of pictures.

A picture's field keeps depth, alpha and colour profile. At its own size or larger, whole and not
moved, it gives what `polyinr upscale` gives, refined if the file says so. A part of it, a turned,
shifted or warped view, and a smaller one cannot be refined, since refining compares the whole result
with the whole picture; they show what the upscaler makes of it, and a line says so.

JSON lines (--json): as in `polyinr generate`; with \"origin\", how the field was made (of a
seed with its class), and \"refine\", its steps, where it is refined, or \"unrefined\", why not";

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
    let field = args.sources.open_field(&args.source)?;
    let command = format!("render {}{}", args.source, args.sources.recorded());
    let made = Made { field, command, stem: args.source.stem() };
    let inputs: Vec<_> = args.source.file().into_iter().collect();
    let wish = Wish { canvas: &args.canvas, output: &args.output, run: &args.run };
    wish.picture(made, &inputs, &cancel)
}
