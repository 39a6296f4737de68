//! The options of `polyinr generate`.

use polyinr::ops::Size;

use crate::common::{OutputArgs, RunArgs};
use crate::generator::GeneratorArgs;
use crate::parse::{self, Seeds};
use crate::table::generate::SEED_DEFAULT;
use crate::view::ViewArgs;

const AFTER_HELP: &str = "\
Examples:
  polyinr generate --seed 7 --class roses --size 512 -o rose.png
  polyinr generate --seed 0-15 --class roses,tulips -o flowers/
  polyinr generate --seed 0-9 --class all --size 64 --grid -o sheet.png
  polyinr generate --seed 7 --class daisy --window=-0.25,1.25,-0.25,1.25 --size 768 -o wide.png
  polyinr generate --seed 7 --class daisy --rotate 30 --zoom 1.5 --size 512 -o turned.png
  polyinr generate --seed 7 --class daisy --elastic 0.05,4 --size 512 -o warped.png
  polyinr generate --seed 7 --class daisy --save-field -o daisy.png
  polyinr generate --seed 7 --class daisy --truncation 0-3:0.7 --size 4096 -o poster.tiff

Without --class a model that has classes makes that of the seed: its remainder by their number.
One seed and class make one file. Several make a folder of seed0000.png ..., with several classes of
seed0000-roses.png ...; --grid makes one sheet of them, a column a seed and a row a class (with one
class, nearly square). A seed means the picture it means in published code.

Whatever the order of the options, what is shown is turned, then zoomed, then shifted, then warped.
Every pixel is computed where it comes to lie; none is interpolated.

JSON lines (--json):
  {\"event\":\"picture\",\"status\":\"finished\",\"seed\":…,\"class\":…,\"output\":…,\"width\":…,\"height\":…,\"seconds\":…}
  and `failed` and `skipped` and the summary as in `polyinr upscale`";

/// Make pictures from seeds
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Seeds: numbers and ranges, as 0-15,20
    #[arg(short, long, value_name = "LIST", default_value = SEED_DEFAULT)]
    pub(super) seed: Seeds,
    /// Size in pixels: N for a square, or WxH [default: as the model was trained]
    #[arg(long, value_name = "N|WxH", value_parser = parse::square_or_size)]
    pub(super) size: Option<Size>,
    /// Put all pictures on one contact sheet
    #[arg(long)]
    pub(super) grid: bool,
    /// Write a field file NAME.field beside each picture, for `polyinr mix`, `interpolate` and
    /// `render`
    #[arg(long, conflicts_with = "grid")]
    pub(super) save_field: bool,
    /// Do not record in the file how it was made
    #[arg(long)]
    pub(super) strip: bool,
    #[command(flatten)]
    pub(super) generator: GeneratorArgs,
    #[command(flatten)]
    pub(super) view: ViewArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) run: RunArgs,
}
