//! `polyinr measure`: super-resolution in figures, against plain resampling.

mod extend;
mod table;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::ValueEnum;
use polyinr::metrics::{self, Chroma, Filter};
use polyinr::model::{DEFAULT_UPSCALER, Upscaler};
use polyinr::ops::{Refine, Size, SuperResolveOptions, super_resolve_raster};
use polyinr::{CancelToken, Control, Engine, Raster, Result};

use crate::common::{RunArgs, SuperResolveArgs};
use crate::failure::{Failure, Outcome};
use crate::inputs::model;
use crate::sets::{self, Set};
use crate::signals::interruptible;
use table::{Row, Scores};

const AFTER_HELP: &str = "\
Examples:
  polyinr measure set5.zip set14.zip
  POLYINR_DATA=~/data polyinr measure --scale 2,3,4,8 --method bicubic,lanczos
  polyinr measure set14.zip --method model --refine
  polyinr measure set5.zip set14.zip --model photo,clean --jpeg 80
  polyinr measure my-photos/ --model my.safetensors --json
  polyinr measure --extend my-photos/

Each picture is taken as 8-bit RGB, cropped from its top left corner to a multiple of the factor, and
reduced with an antialiased bicubic filter (a = -0.5), rounded to 8 bits. Results are rounded to 8
bits and compared on the BT.601 luma with `factor` pixels cut from each border. PSNR in dB and SSIM
(11x11 Gaussian of sigma 1.5) are means over the pictures of a set. \"reduced\" is how near the
result, reduced again in the same way, is to the picture that it was made from: PSNR over all
samples, the lowest of the set. \"s/MP\" are seconds for a million pixels of the result. --refine
measures upscalers both without and with it. With --jpeg, reduced pictures are compressed at that
quality, with colour differences at half the resolution, before they are enlarged.

With --extend, the middle 80 % of each picture are extended to the picture again: the margins, an
eighth of the middle on each side, are compared with the truth on the same luma, by PSNR over their
pixels and SSIM over the windows around them. Every method of `polyinr extend` is measured, what it
chooses by itself (auto), and repeating the border pixels (replicate). \"won\" is how many sides of
all pictures it chose the method for, \"best\" for how many it had the highest PSNR of the three.

JSON lines (--json): one object for each set, factor and method, and with --refine its steps:
  {\"set\":…,\"factor\":…,\"method\":…,\"refine\":…,\"pictures\":…,\"psnr\":…,\"ssim\":…,\"reduced\":…,
  \"seconds_per_megapixel\":…}
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
    /// Upscalers, with commas between, or a generator with --extend: built-in names, model files, or
    /// names in POLYINR_MODELS [default: photo, flowers]
    #[arg(long, value_name = "NAME|PATH", value_delimiter = ',')]
    model: Vec<String>,
    /// Compress reduced pictures as JPEG at this quality
    #[arg(long, value_name = "QUALITY", value_parser = clap::value_parser!(u8).range(1..=100))]
    jpeg: Option<u8>,
    /// Measure extending instead
    #[arg(long, conflicts_with_all = ["scale", "method", "refine", "jpeg", "denoise", "deblur", "tta"])]
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
    /// Upscalers
    Model,
}

/// A way to make a picture larger, with all that it needs.
#[derive(Clone, Copy)]
enum Way<'a> {
    Plain(&'static str, Filter),
    Model(&'a Arc<Upscaler>, SuperResolveOptions),
}

impl Args {
    /// The upscalers that are measured.
    fn upscalers(&self) -> Result<Vec<Arc<Upscaler>>> {
        let open = |name: &str| model(name)?.upscaler();
        match (self.method.contains(&Method::Model), self.model.as_slice()) {
            (false, _) => Ok(Vec::new()),
            (true, []) => Ok(vec![open(DEFAULT_UPSCALER)?]),
            (true, names) => names.iter().map(|name| open(name)).collect(),
        }
    }

    /// Every method; upscalers plainly, and refined where that is wanted.
    fn ways<'a>(&self, upscalers: &'a [Arc<Upscaler>]) -> Vec<Way<'a>> {
        let asked = self.how.options();
        let refined = asked.refine.map(|_| asked);
        let plain = SuperResolveOptions { refine: None, ..asked };
        let asked: Vec<_> = std::iter::once(plain).chain(refined).collect();
        let of = |method: &Method| match method {
            Method::Bicubic => vec![Way::Plain("bicubic", Filter::Bicubic)],
            Method::Lanczos => vec![Way::Plain("lanczos", Filter::Lanczos)],
            Method::Model => {
                let each =
                    |upscaler| asked.iter().map(move |options| Way::Model(upscaler, *options));
                upscalers.iter().flat_map(each).collect()
            }
        };
        self.method.iter().flat_map(of).collect()
    }

    /// Checks what needs no look at any picture.
    fn check(&self) -> Outcome {
        if self.extend && self.model.len() > 1 {
            return Err(Failure::usage("model: --extend measures one generator"));
        }
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
    let upscalers = args.upscalers()?;
    let sets = sets::open(&args.sets, "SET", &args.run.limits.limits())?;
    let bench = Bench { engine: args.run.engine()?, jpeg: args.jpeg, cancel: &cancel };
    let reporter = args.run.reporter();
    let pixels = |s: &Set| s.pictures.iter().map(sets::pixels).sum::<u64>();
    let ways = args.ways(&upscalers);
    let rounds = (args.scale.len() * ways.len()) as u64;
    let count: usize = sets.iter().map(|s| s.pictures.len()).sum();
    let total = sets.iter().map(pixels).sum::<u64>() * rounds;
    let progress = reporter.start(count * rounds as usize, total);
    let mut rows = Vec::new();
    for set in &sets {
        for (factor, way) in args.scale.iter().flat_map(|f| ways.iter().map(move |way| (*f, way))) {
            let mut scores = Vec::with_capacity(set.pictures.len());
            for picture in &set.pictures {
                let _bar = progress.as_ref().map(|p| p.picture(&set.name, sets::pixels(picture)));
                scores.push(bench.score(picture, factor, way)?);
            }
            rows.push(Row::mean(&set.name, factor, way.name(), way.refine(), &scores));
        }
    }
    reporter.clear();
    table::print(&rows, args.run.json)?;
    sets::outcome(&sets)
}

impl Way<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Plain(name, _) => name,
            Self::Model(upscaler, _) => &upscaler.about.name,
        }
    }

    fn refine(&self) -> Option<Refine> {
        match self {
            Self::Plain(..) => None,
            Self::Model(_, options) => options.refine,
        }
    }
}

/// Makes pictures larger in each of the ways.
struct Bench<'a> {
    engine: Box<dyn Engine>,
    jpeg: Option<u8>,
    cancel: &'a CancelToken,
}

impl Bench<'_> {
    /// The scores of a picture that was reduced by `factor` and made larger again.
    fn score(&self, picture: &Raster, factor: u32, way: &Way<'_>) -> Result<Scores> {
        let control = Control::with_cancel(self.cancel.clone());
        control.check()?;
        let whole = metrics::crop(picture, factor)?;
        let (width, height) = (whole.width(), whole.height());
        let reduce =
            |r: &Raster| metrics::resize(r, width / factor, height / factor, Filter::Bicubic);
        let small = reduce(&whole)?;
        let small = match self.jpeg {
            Some(quality) => metrics::compress(&small, quality, Chroma::Half)?,
            None => small,
        };
        let small = Arc::new(small);
        let start = Instant::now();
        let large = match way {
            Way::Plain(_, filter) => metrics::resize(&small, width, height, *filter)?,
            Way::Model(upscaler, options) => {
                let size = Size::Exact(width, height);
                super_resolve_raster(&*self.engine, upscaler, &small, size, options, &control)?
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        let reduced = metrics::psnr(&small, &reduce(&large)?)?;
        let score = metrics::compare(&whole, &large, factor)?;
        Ok(Scores { score, reduced, seconds, pixels: sets::pixels(&whole) })
    }
}
