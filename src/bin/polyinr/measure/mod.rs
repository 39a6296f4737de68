//! `polyinr measure`: super-resolution in figures, against plain resampling.

mod extend;
mod table;

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use polyinr::metrics::{self, Filter};
use polyinr::model::{DEFAULT_UPSCALER, Model, Upscaler};
use polyinr::ops::{Size, SuperResolveOptions, super_resolve_raster};
use polyinr::{CancelToken, Control, Engine, Raster, Result};

use crate::common::{RunArgs, SuperResolveArgs, interruptible};
use crate::failure::{Failure, Outcome};
use crate::sets::{self, Set};
use table::{Row, Scores};

const AFTER_HELP: &str = "\
Examples:
  polyinr measure set5.zip set14.zip
  POLYINR_DATA=~/data polyinr measure --scale 2,3,4,8 --method bicubic,lanczos
  polyinr measure set14.zip --method model --refine
  polyinr measure my-photos/ --model my.safetensors --json
  polyinr measure --extend my-photos/

Each picture is taken as 8-bit RGB, cropped from its top left corner to a multiple of the factor, and
reduced with an antialiased bicubic filter (a = -0.5), rounded to 8 bits. Results are rounded to 8
bits and compared on the BT.601 luma with `factor` pixels cut from each border. PSNR in dB and SSIM
(11x11 Gaussian of sigma 1.5) are means over the pictures of a set. \"reduced\" is how near the
result, reduced again in the same way, is to the picture that it was made from: PSNR over all
samples, the lowest of the set. --refine measures the upscaler both without and with it.

With --extend, the middle 80 % of each picture are extended to the picture again: the margins, an
eighth of the middle on each side, are compared with the truth on the same luma, by PSNR over their
pixels and SSIM over the windows around them. Every method of `polyinr extend` is measured, what it
chooses by itself (auto), and repeating the border pixels (replicate). \"won\" is how many sides of
all pictures it chose the method for, \"best\" for how many it had the highest PSNR of the three.

JSON lines (--json): one object for each set, factor and method, and with --refine its steps:
  {\"set\":…,\"factor\":…,\"method\":…,\"refine\":…,\"pictures\":…,\"psnr\":…,\"ssim\":…,\"reduced\":…}
with --extend one for each set and method:
  {\"set\":…,\"method\":…,\"pictures\":…,\"psnr\":…,\"ssim\":…,\"won\":…,\"best\":…,\"sides\":…,\"seconds\":…}";

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
    /// Upscaler, or generator with --extend: a built-in name, a model file, or a name in
    /// POLYINR_MODELS [default: local48, flowers32]
    #[arg(long, value_name = "NAME|PATH")]
    model: Option<String>,
    /// Measure extending instead
    #[arg(long, conflicts_with_all = ["scale", "method", "refine"])]
    extend: bool,
    #[command(flatten)]
    how: SuperResolveArgs,
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

impl Args {
    /// Every method, and how the upscaler is asked: plainly, and refined where that is wanted.
    fn ways(&self) -> Vec<(Method, SuperResolveOptions)> {
        let refined = self.how.refine.map(|_| (Method::Model, self.how.options()));
        let plain = |method: &Method| (*method, SuperResolveOptions::default());
        let with = |way: (Method, _)| {
            let refined = refined.filter(|(method, _)| *method == way.0);
            std::iter::once(way).chain(refined)
        };
        self.method.iter().map(plain).flat_map(with).collect()
    }

    /// Checks what needs no look at any picture.
    fn check(&self) -> Outcome {
        if self.how.refine.is_some() && !self.method.contains(&Method::Model) {
            return Err(Failure::usage(
                "refine: it corrects the upscaler; add `model` to --method",
            ));
        }
        Ok(())
    }
}

/// Runs `polyinr measure`.
pub fn run(args: &Args) -> Outcome {
    args.check()?;
    let cancel = interruptible();
    if args.extend {
        return extend::run(args, &cancel);
    }
    let upscaler = match args.method.contains(&Method::Model) {
        true => Some(Model::find(args.model.as_deref().unwrap_or(DEFAULT_UPSCALER))?.upscaler()?),
        false => None,
    };
    let sets = sets::open(&args.sets, "SET")?;
    let bench = Bench { upscaler, engine: args.run.engine()?, cancel: &cancel };
    let reporter = args.run.reporter();
    let pixels = |s: &Set| s.pictures.iter().map(sets::pixels).sum::<u64>();
    let ways = args.ways();
    let rounds = (args.scale.len() * ways.len()) as u64;
    let count: usize = sets.iter().map(|s| s.pictures.len()).sum();
    let total = sets.iter().map(pixels).sum::<u64>() * rounds;
    let progress = reporter.start(count * rounds as usize, total);
    let mut rows = Vec::new();
    for set in &sets {
        for (factor, (method, options)) in
            args.scale.iter().flat_map(|f| ways.iter().map(move |way| (*f, *way)))
        {
            let mut scores = Vec::with_capacity(set.pictures.len());
            for picture in &set.pictures {
                let _bar = progress.as_ref().map(|p| p.picture(&set.name, sets::pixels(picture)));
                scores.push(bench.score(picture, factor, method, &options)?);
            }
            let name = bench.name(method);
            rows.push(Row::mean(&set.name, factor, name, options.refine, &scores));
        }
    }
    reporter.clear();
    table::print(&rows, args.run.json)
}

/// Makes pictures larger in each of the ways.
struct Bench<'a> {
    upscaler: Option<Arc<Upscaler>>,
    engine: Box<dyn Engine>,
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

    /// The scores of a picture that was reduced by `factor` and made larger again.
    fn score(
        &self,
        picture: &Raster,
        factor: u32,
        method: Method,
        options: &SuperResolveOptions,
    ) -> Result<Scores> {
        let control = Control::with_cancel(self.cancel.clone());
        control.check()?;
        let whole = metrics::crop(picture, factor)?;
        let (width, height) = (whole.width(), whole.height());
        let reduce =
            |r: &Raster| metrics::resize(r, width / factor, height / factor, Filter::Bicubic);
        let small = Arc::new(reduce(&whole)?);
        let large = match (method, &self.upscaler) {
            (Method::Model, Some(upscaler)) => {
                let size = Size::Exact(width, height);
                super_resolve_raster(&*self.engine, upscaler, &small, size, options, &control)?
            }
            (Method::Lanczos, _) => metrics::resize(&small, width, height, Filter::Lanczos)?,
            _ => metrics::resize(&small, width, height, Filter::Bicubic)?,
        };
        let reduced = metrics::psnr(&small, &reduce(&large)?)?;
        Ok(Scores { score: metrics::compare(&whole, &large, factor)?, reduced })
    }
}
