//! `polyinr generate`: pictures from seeds.

mod images;
mod sheet;

use polyinr::ops::{Size, generated_field};

use crate::common::{OutputArgs, RunArgs};
use crate::failure::{Failure, Outcome};
use crate::generator::GeneratorArgs;
use crate::lanes;
use crate::parse::{self, Pixels, Seeds};
use crate::passing::Passing;
use crate::signals::interruptible;
use crate::view::ViewArgs;
use images::{Image, Studio};

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
    #[arg(short, long, value_name = "LIST", default_value = "0")]
    seed: Seeds,
    /// Size in pixels: N for a square, or WxH [default: as the model was trained]
    #[arg(long, value_name = "N|WxH", value_parser = parse::square_or_size)]
    size: Option<Size>,
    /// Put all pictures on one contact sheet
    #[arg(long)]
    grid: bool,
    /// Write a field file NAME.field beside each picture, for `polyinr mix`, `interpolate` and
    /// `render`
    #[arg(long, conflicts_with = "grid")]
    save_field: bool,
    /// Do not record in the file how it was made
    #[arg(long)]
    strip: bool,
    #[command(flatten)]
    generator: GeneratorArgs,
    #[command(flatten)]
    view: ViewArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    run: RunArgs,
}

/// Runs `polyinr generate`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    let generator = args.generator.find()?;
    let images = Image::list(args, &generator)?;
    // What is wrong with an option is wrong with it for all pictures.
    let field = generated_field(&generator, &images[0].options)?;
    let native = [generator.config.native_resolution; 2];
    let view = args.view.of(field.grid(), None, Pixels::of(args.size, native)?)?;
    let passing = args.output.passing(args.run.json)?;
    if args.save_field && passing.is_some() {
        let problem = "there is no place beside standard output; give a file or folder";
        return Err(Failure::usage(format!("save-field: {problem}")));
    }
    let engine = args.run.engine()?;
    let reporter = args.run.reporter();
    let studio = Studio {
        args,
        generator: &generator,
        engine: &*engine,
        view: &view,
        reporter: &reporter,
        cancel: &cancel,
    };
    let passed = passing.as_ref().map(Passing::output);
    if args.grid {
        sheet::make(&studio, &images, passed)?;
    } else {
        each(&studio, images, passed)?;
    }
    reporter.end(&cancel)?;
    Ok(passing.map_or(Ok(()), |p| p.to_stdout())?)
}

/// Makes a file of each image.
fn each(studio: &Studio<'_>, images: Vec<Image>, passed: Option<std::path::PathBuf>) -> Outcome {
    let jobs = studio.plan(images, passed)?;
    let progress = studio.reporter.start(jobs.len(), jobs.len() as u64 * studio.view.pixels());
    let budget = studio.args.run.limits.budget();
    let lanes = lanes::beside(studio.engine);
    lanes::run(jobs.len(), lanes, studio.cancel, |i| {
        let _share = budget.take(studio.memory(&jobs[i]));
        studio.run(&jobs[i], progress.as_ref());
    });
    Ok(())
}
