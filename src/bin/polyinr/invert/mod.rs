//! `polyinr invert`: pictures become fields of a generator.

mod curve;
mod work;

use std::path::PathBuf;
use std::sync::Arc;

use polyinr::model::{DEFAULT_GENERATOR, Vgg16};
use polyinr::ops::InvertOptions;
use polyinr::{Existing, PictureReader};

use crate::common::RunArgs;
use crate::failure::{Failure, Outcome};
use crate::inputs::{self, model};
use crate::outputs::{Claims, existing};
use crate::passing::regular;
use crate::signals::interruptible;
use curve::Curve;
use work::{Inverter, Job, Means};

const AFTER_HELP: &str = "\
Examples:
  polyinr invert rose.png -o rose.field
  polyinr invert rose.png -o rose.field --tune               # nearer, with weights of its own
  polyinr invert torn.png -o whole.field --mask known.png    # light in known.png: known
  polyinr invert flowers/ -o fields/ --tune --json
  polyinr invert rose.png -o rose.field --vgg vgg16.safetensors
  polyinr render rose.field --size 1024 -o large.png
  polyinr mix rose.field 7:roses --levels fine -o tinted.png

The picture is embedded in a generator: affine parameters are sought whose field shows it. Such a field
can be rendered at any size and through any window, mixed with others and interpolated. It shows what the
generator can show; the built-in one knows five kinds of flowers. --tune then fits the generator's weights around what
was found (pivotal tuning); they are kept in the field file, which becomes larger.

Several pictures make a folder of NAME.field files. Transparent pixels count as unknown. Ctrl-C writes
the best field so far and ends.

JSON lines (--json):
  {\"event\":\"picture\",\"status\":\"finished\",\"input\":…,\"output\":…,\"psnr\":…,\"pivot_psnr\":…,\"ssim\":…,
   \"pivot_ssim\":…,\"stopped\":…,\"seconds\":…}   (PSNR over RGB at the resolution of the comparison, in
   dB; SSIM on luma, null for pictures larger than that; pivot: before --tune)
  and `failed` and `skipped` and the summary as in `polyinr upscale`, with the means of the figures";

/// Embed pictures in a generator
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Files, folders, or patterns as '*.jpg'
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Field file to write, or folder for several
    #[arg(short, long, value_name = "PATH")]
    out: PathBuf,
    /// Pass over what is already there
    #[arg(long, conflicts_with = "overwrite")]
    skip_existing: bool,
    /// Replace files that are already there
    #[arg(long)]
    overwrite: bool,
    /// Generator: a built-in name, a model file, or a name in POLYINR_MODELS
    #[arg(long, value_name = "NAME|PATH", default_value = DEFAULT_GENERATOR)]
    model: String,
    /// Class to start from, by name or number [default: the nearest]
    #[arg(short, long, value_name = "NAME")]
    class: Option<String>,
    /// What is known of the picture: light where it is, dark where not; of the picture's size
    #[arg(long, value_name = "PICTURE")]
    mask: Option<PathBuf>,
    #[command(flatten)]
    fit: FitArgs,
    /// Write the PSNR of every step as a CSV file
    #[arg(long, value_name = "FILE.csv")]
    curve: Option<PathBuf>,
    #[command(flatten)]
    run: RunArgs,
}

/// How the field is sought.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Fit")]
struct FitArgs {
    /// Steps on the affine parameters
    #[arg(long, value_name = "N", default_value_t = InvertOptions::default().steps)]
    steps: u32,
    /// Fit the weights too, in as many steps [default: 0, or 500 without a number]
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_value_t = 0,
          default_missing_value = "500")]
    tune: u32,
    /// End fitting the weights at this PSNR in dB
    #[arg(long, value_name = "DB", requires = "tune")]
    enough: Option<f64>,
    /// Longest side at which pictures are compared, in pixels [default: the picture's, at most 128]
    #[arg(long, value_name = "N")]
    resolution: Option<u32>,
    /// Weight of the distance from what the mapping network gives, at first; it falls to a
    /// ten-thousandth. With more, fields mix better with others; with less, they come nearer to the
    /// picture
    #[arg(long, value_name = "W", default_value_t = InvertOptions::default().manifold)]
    manifold: f32,
    /// Weight of the differences between neighbours, against that of the pixels
    #[arg(long, value_name = "W", default_value_t = InvertOptions::default().gradients)]
    gradients: f32,
    /// VGG16's weights as torchvision has them, in safetensors format: adds a perceptual loss
    #[arg(long, value_name = "FILE.safetensors")]
    vgg: Option<PathBuf>,
    /// Weight of the perceptual loss
    #[arg(long, value_name = "W", requires = "vgg",
          default_value_t = InvertOptions::default().perceptual_weight)]
    perceptual: f32,
}

impl Args {
    fn existing(&self) -> Existing {
        existing(self.overwrite, self.skip_existing)
    }

    /// The table of steps, if one is wanted, which takes no other file's place.
    fn curve(&self, inputs: &inputs::Inputs) -> Outcome<Option<Curve>> {
        let Some(path) = &self.curve else { return Ok(None) };
        let files = inputs.files.iter().map(|file| file.path.as_path());
        Claims::protecting(files).claim(path, "the curve")?;
        if path.exists() && !self.overwrite {
            let problem = "is already there; choose another name, or --overwrite replaces it";
            return Err(Failure::usage(format!("curve: {} {problem}", path.display())));
        }
        Ok(Some(Curve::create(path)?))
    }

    fn options(&self, class: Option<usize>) -> Outcome<InvertOptions> {
        let FitArgs { steps, tune, enough, resolution, manifold, gradients, .. } = self.fit;
        let vgg = self
            .fit
            .vgg
            .as_ref()
            .map(|path| Vgg16::open(regular(path)?).map(Arc::new))
            .transpose()?;
        let limits = self.run.limits.limits();
        let open = |path: &PathBuf| {
            PictureReader::open(regular(path)?, &limits)?.into_raster().map(Arc::new)
        };
        Ok(InvertOptions {
            class,
            steps,
            tuning: tune,
            resolution,
            manifold,
            gradients,
            perceptual: vgg,
            perceptual_weight: self.fit.perceptual,
            enough,
            mask: self.mask.as_ref().map(open).transpose()?,
            nodata: None,
        })
    }
}

/// Runs `polyinr invert`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    let generator = model(&args.model)?.generator()?;
    let class = args.class.as_ref().map(|name| generator.class(name)).transpose()?;
    let options = args.options(class)?;
    // What is wrong with an option is wrong with it for all pictures.
    options.check(&generator)?;
    let found = inputs::find(&args.inputs, false, &args.out)?;
    let reporter = args.run.reporter();
    found.tell(&reporter);
    let jobs = Job::plan(args, &found, &reporter)?;
    if jobs.len() > 1 && args.mask.is_some() {
        return Err(Failure::usage("mask: it belongs to one picture; give one input"));
    }
    let mut curve = args.curve(&found)?;
    let engine = args.run.engine()?;
    let steps = u64::from(options.steps + options.tuning);
    let progress = reporter.start(jobs.len(), jobs.len() as u64 * steps);
    let inverter = Inverter {
        engine: &*engine,
        generator: &generator,
        options: &options,
        existing: args.existing(),
        limits: args.run.limits,
        reporter: &reporter,
        progress: progress.as_ref(),
        cancel: &cancel,
    };
    let mut means = Means::default();
    for job in &jobs {
        if cancel.is_cancelled() {
            break;
        }
        inverter.run(job, curve.as_mut(), &mut means);
    }
    curve.map_or(Ok(()), Curve::finish)?;
    reporter.clear();
    means.tell(&reporter);
    reporter.end(&cancel)
}
