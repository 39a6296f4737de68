//! `polyinr mix`: some levels of one image, the others of another.

use polyinr::Field;
use polyinr::network::LevelSet;
use polyinr::ops::{Space, mix};

use crate::canvas::CanvasArgs;
use crate::common::{OutputArgs, RunArgs};
use crate::failure::{Failure, Outcome};
use crate::signals::interruptible;
use crate::single::{Made, Wish};
use crate::source::{Source, SourceArgs};

const AFTER_HELP: &str = "\
Examples:
  polyinr mix 1:daisy 7:roses --levels fine --size 256 -o tinted.png
  polyinr mix a.field b.field --levels coarse,fine -o mixed.field
  polyinr mix photo.field 7:roses --levels 8-9 --space a -o mixed.png

A source is a field file, as rose.field, or a seed with the name or number of a class, as 7:roses
(or the seed alone: its own class). `polyinr generate --save-field` makes field files.

The result is A with some levels of B. Of a model with ten levels, `shape` is 0-4, `coarse` 5-7 (how
large parts look), `fine` 8-9 (colours and texture); of others in proportion. In space w the latents of
the levels are exchanged, which only fields from seeds have; in space a the levels of their codes, which
inverted pictures have too. The two give different pictures.

JSON lines (--json): as in `polyinr generate`";

/// Mix two images level by level
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// A generator's field file, or seed and class as 7:roses: what the result is but for some levels
    #[arg(value_name = "A")]
    base: Source,
    /// A generator's field file or seed that gives those levels
    #[arg(value_name = "B")]
    other: Source,
    /// Levels taken from B: shape, coarse, fine, all, numbers and ranges, as 0-4,8
    #[arg(short, long, value_name = "LEVELS")]
    levels: LevelSet,
    /// What is exchanged: w or a [default: w where both have it, else a]
    #[arg(long, value_name = "SPACE", value_parser = space)]
    space: Option<Space>,
    #[command(flatten)]
    sources: SourceArgs,
    #[command(flatten)]
    canvas: CanvasArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    run: RunArgs,
}

fn space(text: &str) -> Result<Space, String> {
    match text.parse() {
        Ok(Space::Z | Space::Rgb) | Err(_) => Err(format!("{text:?} is not mixed in; give w or a")),
        Ok(space) => Ok(space),
    }
}

/// Runs `polyinr mix`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    let wish = Wish { canvas: &args.canvas, output: &args.output, run: &args.run };
    let for_field = wish.is_for_field()?;
    let inputs: Vec<_> = [&args.base, &args.other].iter().filter_map(|s| s.file()).collect();
    let made = mixed(args)?;
    match for_field {
        true => wish.field(&made, &inputs, &cancel),
        false => wish.picture(made, &inputs, &cancel),
    }
}

fn mixed(args: &Args) -> Outcome<Made> {
    let Args { base, other, levels, .. } = args;
    let (generator, fields) = args.sources.open(&[base, other])?;
    let [a, b] = fields.as_slice() else {
        return Err(Failure::usage("sources: two are mixed"));
    };
    let space = args.space.unwrap_or_else(|| Space::common([a, b]));
    let field = mix(&generator, a, b, levels, space)?;
    let (from, with) = (a.origin(), b.origin());
    let origin = format!("mixed in {space}: ({from}) with levels {levels} of ({with})");
    let recorded = args.sources.recorded();
    Ok(Made {
        field: Field::Generated(field.with_origin(origin)),
        command: format!("mix {base} {other} --levels {levels} --space {space}{recorded}"),
        stem: format!("{}-{}", base.stem(), other.stem()),
    })
}
