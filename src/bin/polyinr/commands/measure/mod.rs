//! `polyinr measure`: super-resolution in figures, against plain resampling.

mod args;
mod extend;
mod table;

use std::sync::Arc;
use std::time::Instant;

use polyinr::metrics::{self, Chroma, Filter};
use polyinr::model::Upscaler;
use polyinr::ops::{Refine, Size, SuperResolveOptions, super_resolve_raster};
use polyinr::{CancelToken, Control, Engine, Raster, Result};

use crate::failure::Outcome;
use crate::sets::{self, Set};
use crate::signals::interruptible;
pub use args::Args;
use args::Method;
use table::{Row, Scores};

/// A way to make a picture larger, with all that it needs.
#[derive(Clone, Copy)]
enum Way<'a> {
    Plain(&'static str, Filter),
    Model(&'a Arc<Upscaler>, SuperResolveOptions),
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
    let ways = ways(args, &upscalers);
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

/// Every method; upscalers plainly, and refined where that is wanted.
fn ways<'a>(args: &Args, upscalers: &'a [Arc<Upscaler>]) -> Vec<Way<'a>> {
    let asked = args.how.options();
    let refined = asked.refine.map(|_| asked);
    let plain = SuperResolveOptions { refine: None, ..asked };
    let asked: Vec<_> = std::iter::once(plain).chain(refined).collect();
    let of = |method: &Method| match method {
        Method::Bicubic => vec![Way::Plain("bicubic", Filter::Bicubic)],
        Method::Lanczos => vec![Way::Plain("lanczos", Filter::Lanczos)],
        Method::Model => {
            let each = |upscaler| asked.iter().map(move |options| Way::Model(upscaler, *options));
            upscalers.iter().flat_map(each).collect()
        }
    };
    args.method.iter().flat_map(of).collect()
}

impl Way<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Plain(name, _) => name,
            Self::Model(upscaler, _) => &upscaler.about().name,
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
