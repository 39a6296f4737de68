//! The options of `polyinr heatmap`.

use clap::ValueEnum;
use polyinr::ops::{ColourMap, Size};

use crate::common::{OutputArgs, RunArgs};
use crate::parse::{self, Levels};
use crate::source::{Source, SourceArgs};
use crate::view::ViewArgs;

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
    pub(super) source: Source,
    /// Levels: numbers and ranges, as 0,3,5-7, or `all`
    #[arg(long, value_name = "LIST", default_value = "all")]
    pub(super) levels: Levels,
    /// Size in pixels: N for a square, or WxH; of Wx and xH the other side follows [default: as the
    /// model was trained]
    #[arg(long, value_name = "N|WxH", value_parser = parse::square_or_size)]
    pub(super) size: Option<Size>,
    /// How heat is shown
    #[arg(long, value_name = "MAP", default_value = "viridis")]
    pub(super) colours: Colours,
    /// Put all levels on one contact sheet
    #[arg(long)]
    pub(super) sheet: bool,
    /// Do not record in the file how it was made
    #[arg(long)]
    pub(super) strip: bool,
    #[command(flatten)]
    pub(super) sources: SourceArgs,
    #[command(flatten)]
    pub(super) view: ViewArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

/// Colour maps as the option names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colours {
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
