//! `polyinr measure`: super-resolution in figures, against plain resampling.

mod table;

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use polyinr::metrics::{self, Filter, Score};
use polyinr::model::{DEFAULT_UPSCALER, Model, Upscaler};
use polyinr::ops::{Size, super_resolve_raster};
use polyinr::{CancelToken, Control, CpuEngine, Raster, Result};

use crate::common::{RunArgs, interruptible};
use crate::failure::Outcome;
use crate::sets::{self, Set};
use table::Row;

const AFTER_HELP: &str = "\
Examples:
  polyinr measure set5.zip set14.zip
  POLYINR_DATA=~/data polyinr measure --scale 2,3,4,8 --method bicubic,lanczos
  polyinr measure my-photos/ --model my.safetensors --json

Each picture is taken as 8-bit RGB, cropped from its top left corner to a multiple of the factor, and
reduced with an antialiased bicubic filter (a = -0.5), rounded to 8 bits. Results are rounded to 8
bits and compared on the BT.601 luma with `factor` pixels cut from each border. PSNR in dB and SSIM
(11x11 Gaussian of sigma 1.5) are means over the pictures of a set.

JSON lines (--json): one object for each set, factor and method:
  {\"set\":…,\"factor\":…,\"method\":…,\"pictures\":…,\"psnr\":…,\"ssim\":…}";

/// Measure super-resolution against plain resampling
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Zip files or folders of pictures [default: set5.zip and set14.zip in POLYINR_DATA]
    #[arg(value_name = "SET")]
    sets: Vec<PathBuf>,
    /// Whole factors, with commas between
    #[arg(short, long, value_name = "LIST", value_delimiter = ',', default_value = "2,3,4",
        value_parser = clap::value_parser!(u32).range(2..=64))]
    scale: Vec<u32>,
    /// What is measured, with commas between
    #[arg(long, value_delimiter = ',', default_value = "bicubic,lanczos,model")]
    method: Vec<Method>,
    /// Upscaler: a built-in name, a model file, or a name in POLYINR_MODELS
    #[arg(long, value_name = "NAME|PATH", default_value = DEFAULT_UPSCALER)]
    model: String,
    #[command(flatten)]
    run: RunArgs,
}

/// A way to make a picture larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// Cubic interpolation, a = -0.5
    Bicubic,
    /// Windowed sinc of three lobes
    Lanczos,
    /// The upscaler
    Model,
}

/// Runs `polyinr measure`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    let upscaler = match args.method.contains(&Method::Model) {
        true => Some(Model::find(&args.model)?.upscaler()?),
        false => None,
    };
    let sets = sets::open(&args.sets, "SET")?;
    let bench = Bench { upscaler, engine: args.run.engine()?, cancel: &cancel };
    let reporter = args.run.reporter();
    let pixels = |s: &Set| s.pictures.iter().map(sets::pixels).sum::<u64>();
    let rounds = (args.scale.len() * args.method.len()) as u64;
    let count: usize = sets.iter().map(|s| s.pictures.len()).sum();
    let total = sets.iter().map(pixels).sum::<u64>() * rounds;
    let progress = reporter.start(count * rounds as usize, total);
    let mut rows = Vec::new();
    for set in &sets {
        for (factor, method) in
            args.scale.iter().flat_map(|f| args.method.iter().map(move |m| (*f, *m)))
        {
            let mut scores = Vec::with_capacity(set.pictures.len());
            for picture in &set.pictures {
                let _bar = progress.as_ref().map(|p| p.picture(&set.name, sets::pixels(picture)));
                scores.push(bench.score(picture, factor, method)?);
            }
            rows.push(Row::mean(&set.name, factor, bench.name(method), &scores));
        }
    }
    reporter.clear();
    table::print(&rows, args.run.json)
}

/// Makes pictures larger in each of the ways.
struct Bench<'a> {
    upscaler: Option<Arc<Upscaler>>,
    engine: CpuEngine,
    cancel: &'a CancelToken,
}

impl Bench<'_> {
    fn name(&self, method: Method) -> String {
        match (method, &self.upscaler) {
            (Method::Model, Some(upscaler)) => upscaler.about.name.clone(),
            (Method::Lanczos, _) => "lanczos".into(),
            _ => "bicubic".into(),
        }
    }

    /// The score of a picture that was reduced by `factor` and made larger again.
    fn score(&self, picture: &Raster, factor: u32, method: Method) -> Result<Score> {
        let control = Control::with_cancel(self.cancel.clone());
        control.check()?;
        let whole = metrics::crop(picture, factor)?;
        let (width, height) = (whole.width(), whole.height());
        let small = metrics::resize(&whole, width / factor, height / factor, Filter::Bicubic)?;
        let large = match (method, &self.upscaler) {
            (Method::Model, Some(upscaler)) => {
                let size = Size::Exact(width, height);
                super_resolve_raster(&self.engine, upscaler, &Arc::new(small), size, &control)?
            }
            (Method::Lanczos, _) => metrics::resize(&small, width, height, Filter::Lanczos)?,
            _ => metrics::resize(&small, width, height, Filter::Bicubic)?,
        };
        metrics::compare(&whole, &large, factor)
    }
}
