//! `polyinr heatmap`: what each level of a generator attends to.

mod gallery;

use std::time::Instant;

use clap::ValueEnum;
use polyinr::Error;
use polyinr::ops::{ColourMap, Size};
use serde_json::json;

use crate::common::{OutputArgs, RunArgs};
use crate::failure::{Failure, Outcome};
use crate::parse::{self, Levels, Pixels};
use crate::passing::Passing;
use crate::shown::Shown;
use crate::signals::interruptible;
use crate::source::{Opened, Source, SourceArgs};
use crate::view::ViewArgs;
use gallery::Gallery;

const AFTER_HELP: &str = "\
Examples:
  polyinr heatmap 7:daisy --size 256 -o levels/
  polyinr heatmap 7:daisy --size 128 --sheet -o levels.png
  polyinr heatmap 7:daisy --levels 0,3,5-7 --colours gray -o levels/

The heat of a level at a position is the sum over its features, each times its own mean over the
picture. Every map is normalised: its least heat is 0, its most 1. Levels count from 0; each becomes
level00.png, ..., or a cell of one sheet, from left to right and downwards.

JSON lines (--json):
  {\"event\":\"picture\",\"status\":\"finished\",\"level\":…,\"output\":…,\"width\":…,\"height\":…,\"seconds\":…}
  with \"levels\":[…] for a sheet, and `failed` and `skipped` and the summary as in `polyinr upscale`";

/// Show what each level of a generator attends to
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// A generator's field file, or seed and class as 7:roses
    #[arg(value_name = "SOURCE")]
    source: Source,
    /// Levels: numbers and ranges, as 0,3,5-7, or `all`
    #[arg(long, value_name = "LIST", default_value = "all")]
    levels: Levels,
    /// Size in pixels: N for a square, or WxH; of Wx and xH the other side follows [default: as the
    /// model was trained]
    #[arg(long, value_name = "N|WxH", value_parser = parse::square_or_size)]
    size: Option<Size>,
    /// How heat is shown
    #[arg(long, value_name = "MAP", default_value = "viridis")]
    colours: Colours,
    /// Put all levels on one contact sheet
    #[arg(long)]
    sheet: bool,
    /// Do not record in the file how it was made
    #[arg(long)]
    strip: bool,
    #[command(flatten)]
    sources: SourceArgs,
    #[command(flatten)]
    view: ViewArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    run: RunArgs,
}

/// Colour maps as the option names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colours {
    /// Dark violet over green to yellow
    Viridis,
    /// Black to white
    Gray,
}

impl From<Colours> for ColourMap {
    fn from(colours: Colours) -> Self {
        match colours {
            Colours::Viridis => Self::Viridis,
            Colours::Gray => Self::Gray,
        }
    }
}

/// Runs `polyinr heatmap`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    let (_, Opened { field, .. }) = args.sources.open_one(&args.source)?;
    let shown = Shown::Generated(field.clone());
    let size = Pixels::of(args.size, field.size())?;
    let view = args.view.of(shown.grid(), shown.frame(), size)?;
    let levels = levels(args, field.affine().levels())?;
    let passing = args.output.passing(args.run.json)?;
    let reporter = args.run.reporter();
    let gallery = Gallery { args, field: &field, view: &view, reporter: &reporter };
    let files = gallery.plan(&levels, passing.as_ref().map(Passing::output))?;
    if !files.is_empty() {
        let engine = args.run.engine()?;
        let start = Instant::now();
        let wanted: Vec<usize> = files.iter().flat_map(|f| f.levels.clone()).collect();
        match gallery.look(&*engine, &wanted, &cancel) {
            Ok(maps) => files.iter().for_each(|file| gallery.write(file, &maps, start)),
            // The maps are made together, so they fail together.
            Err(error @ Error::Parameter { .. }) => return Err(error.into()),
            Err(Error::Cancelled) => (),
            Err(error) => reporter.failed(&error.to_string(), json!({"levels": wanted})),
        }
    }
    reporter.end(&cancel)?;
    Ok(passing.map_or(Ok(()), |p| p.to_stdout())?)
}

/// Numbers of the levels asked for, of `count`.
fn levels(args: &Args, count: usize) -> Outcome<Vec<usize>> {
    match &args.levels {
        Levels::All => Ok((0..count).collect()),
        Levels::These(levels) => match levels.iter().find(|l| **l >= count) {
            Some(level) => Err(Failure::usage(format!(
                "levels: there is no level {level}, only 0 to {}",
                count.saturating_sub(1)
            ))),
            None => Ok(levels.clone()),
        },
    }
}
