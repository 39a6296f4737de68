//! `polyinr generate`: pictures from seeds.

mod images;
mod sheet;

use polyinr::model::{DEFAULT_GENERATOR, Generator, Model, Truncation};
use polyinr::ops::generated_field;
use polyinr::{Grid, View, Window};

use crate::common::{OutputArgs, RunArgs, interruptible};
use crate::failure::{Failure, Outcome};
use crate::lanes::{self, Budget};
use crate::parse::{self, Pixels, Seeds};
use crate::passing::Passing;
use images::{Image, Studio};

const AFTER_HELP: &str = "\
Examples:
  polyinr generate --seed 7 --class roses --size 512 -o rose.png
  polyinr generate --seed 0-15 --class roses,tulips -o flowers/
  polyinr generate --seed 0-9 --class all --size 64 --grid -o sheet.png
  polyinr generate --seed 7 --class daisy --window=-0.25,1.25,-0.25,1.25 --size 768 -o wide.png
  polyinr generate --seed 7 --class daisy --save-field -o daisy.png
  polyinr generate --seed 7 --class daisy --truncation 0-3:0.7 --size 4096 -o poster.tiff

One seed and class make one file. Several make a folder of seed0000.png ..., with several classes of
seed0000-roses.png ...; --grid makes one sheet of them, a column a seed and a row a class (with one
class, nearly square). A seed means the picture it means in published code.

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
    /// Class by name or number, several with commas, or `all`; needed when the model has classes
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    class: Vec<String>,
    /// How far to stay from the average: 1 is as trained, 0 the average, -2 to 2 are possible
    ///
    /// Either one number for all levels, or levels and their numbers with commas between, as
    /// 0-4:0.5,fine:0.9. Levels are numbers, ranges, or the groups shape, coarse and fine.
    #[arg(short, long, value_name = "PSI", default_value = "1", allow_hyphen_values = true)]
    truncation: Truncation,
    /// Size in pixels: N for a square, or WxH [default: as the model was trained]
    #[arg(long, value_name = "N|WxH", value_parser = parse::square_or_pixels)]
    size: Option<Pixels>,
    /// Which part of the plane is shown; 0,1,0,1 is the picture, more extends the canvas
    #[arg(long, value_name = "X0,X1,Y0,Y1", value_parser = parse::window, allow_hyphen_values = true)]
    window: Option<Window>,
    /// Generator: a built-in name, a model file, or a name in POLYINR_MODELS
    #[arg(long, value_name = "NAME|PATH", default_value = DEFAULT_GENERATOR)]
    model: String,
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
    output: OutputArgs,
    #[command(flatten)]
    run: RunArgs,
}

impl Args {
    /// What is shown of each picture, at what size.
    fn view(&self, generator: &Generator) -> Outcome<View> {
        let native = generator.config.native_resolution;
        let Pixels { width, height } =
            self.size.unwrap_or(Pixels { width: native, height: native });
        let window = self.window.unwrap_or(Window::UNIT);
        Ok(View::new(window, width, height, Grid::Centres)?)
    }
}

/// Runs `polyinr generate`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    let generator = Model::find(&args.model)?.generator()?;
    let images = Image::list(args, &generator)?;
    let view = args.view(&generator)?;
    // What is wrong with an option is wrong with it for all pictures.
    generated_field(&generator, &images[0].options)?;
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
        engine: &engine,
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
    let budget = Budget::new(lanes::MEMORY);
    let lanes = lanes::beside(studio.engine);
    lanes::run(jobs.len(), lanes, studio.cancel, |i| {
        let _share = budget.take(studio.memory(&jobs[i]));
        studio.run(&jobs[i], progress.as_ref());
    });
    Ok(())
}
