//! `polyinr measure --extend`: margins against the truth.

use std::time::Instant;

use polyinr::metrics::{self, Score};
use polyinr::model::{DEFAULT_GENERATOR, Generator};
use polyinr::ops::{ExtendMethod, ExtendOptions, Extended, Margin, Margins, extend};
use polyinr::{CancelToken, Channels, Control, Engine, Raster, Result, Samples};
use serde_json::json;

use super::args::Args;
use crate::failure::{Failure, Outcome};
use crate::inputs::model;
use crate::print::print_lines;
use crate::report::rounded;
use crate::sets::{self, Set};

/// Part of a picture's width and height that is hidden on each side: an eighth of what is left.
const HIDDEN: u32 = 10;

/// Least width and height in pixels: a margin then holds the centres of windows of SSIM.
const LEAST: u32 = 60;

/// What is measured: repeated pixels, every method, and the choice.
const NAMES: [&str; 5] = ["replicate", "reflection", "smooth", "field", "auto"];

/// Runs the measurement.
pub fn run(args: &Args, cancel: &CancelToken) -> Outcome {
    let name = args.model.first().map_or(DEFAULT_GENERATOR, String::as_str);
    let bench =
        Bench { engine: args.run.engine()?, generator: &*model(name)?.generator()?, cancel };
    let sets = sets::open(&args.sets, "SET", &args.run.limits.limits())?;
    let small = |p: &&Raster| p.width().min(p.height()) < LEAST;
    if let Some(small) = sets.iter().flat_map(|s| &s.pictures).find(small) {
        let (width, height) = (small.width(), small.height());
        let problem = format!("a picture of {width}x{height}; {LEAST} pixels a side are needed");
        return Err(Failure::usage(format!("SET: {problem}, leave it out")));
    }
    let reporter = args.run.reporter();
    let count = sets.iter().map(|s| s.pictures.len()).sum();
    let progress = reporter.start(count, count as u64);
    let mut rows = Vec::new();
    for set in &sets {
        let mut found = Vec::with_capacity(set.pictures.len());
        for picture in &set.pictures {
            let _bar = progress.as_ref().map(|p| p.picture(&set.name, 1));
            found.push(bench.measure(picture)?);
        }
        rows.extend((0..NAMES.len()).map(|i| Row::mean(set, i, &found)));
    }
    reporter.clear();
    print(&rows, args.run.json)?;
    sets::outcome(&sets)
}

/// What was found for one picture, in the order of [`NAMES`].
struct Found {
    scores: [Score; 5],
    seconds: [f64; 5],
    /// Sides for which each was chosen, and for which each was the best of the methods.
    won: [usize; 5],
    best: [usize; 5],
}

struct Bench<'a> {
    engine: Box<dyn Engine>,
    generator: &'a Generator,
    cancel: &'a CancelToken,
}

impl Bench<'_> {
    fn measure(&self, truth: &Raster) -> Result<Found> {
        let (width, height) = (truth.width(), truth.height());
        let (across, down) = (width / HIDDEN, height / HIDDEN);
        let columns = across..width - across;
        let rows = down..height - down;
        let middle = |x: u32, y: u32| columns.contains(&x) && rows.contains(&y);
        let inner =
            repeated(truth, [0, 0], [across, down], [width - 2 * across, height - 2 * down])?;
        let (high, wide) = (Margin::Pixels(down), Margin::Pixels(across));
        let margins = Margins { top: high, right: wide, bottom: high, left: wide };
        let mut made = vec![(repeated(&inner, [across, down], [0, 0], [width, height])?, 0.0)];
        let mut won = [0; 5];
        for name in &NAMES[1..] {
            let method = name.parse().ok();
            let start = Instant::now();
            let Extended { raster, sides } = self.extended(&inner, margins, method)?;
            made.push((raster, start.elapsed().as_secs_f64()));
            for side in sides.iter().filter(|_| method.is_none()) {
                NAMES
                    .iter()
                    .position(|n| *n == side.method.name())
                    .into_iter()
                    .for_each(|i| won[i] += 1);
            }
        }
        let score = |(raster, _): &(Raster, f64)| {
            metrics::compare_where(truth, raster, |x, y| !middle(x, y))
        };
        let scores = made.iter().map(score).collect::<Result<Vec<_>>>()?;
        let mut best = [0; 5];
        for side in 0..4 {
            let at = |x: u32, y: u32| match side {
                0 => columns.contains(&x) && y < rows.start,
                1 => rows.contains(&y) && x >= columns.end,
                2 => columns.contains(&x) && y >= rows.end,
                _ => rows.contains(&y) && x < columns.start,
            };
            let psnr = made[1..4].iter().map(|(raster, _)| {
                metrics::compare_where(truth, raster, at).map(|score| score.psnr)
            });
            let psnr = psnr.collect::<Result<Vec<f64>>>()?;
            let first = (0..3).fold(0, |b, i| if psnr[i] > psnr[b] { i } else { b });
            best[first + 1] += 1;
        }
        let (scores, seconds) =
            (std::array::from_fn(|i| scores[i]), std::array::from_fn(|i| made[i].1));
        Ok(Found { scores, seconds, won, best })
    }

    fn extended(
        &self,
        inner: &Raster,
        margins: Margins,
        method: Option<ExtendMethod>,
    ) -> Result<Extended> {
        let control = Control::with_cancel(self.cancel.clone());
        control.check()?;
        let options = ExtendOptions { margins, method, nodata: None };
        extend(&*self.engine, self.generator, inner, &options, &control)
    }
}

/// A picture of `size` whose pixel `before` is pixel `first` of `picture`, an 8-bit RGB one; beyond
/// its border the border is repeated.
fn repeated(picture: &Raster, before: [u32; 2], first: [u32; 2], size: [u32; 2]) -> Result<Raster> {
    let place = |i: u32, axis: usize, length: u32| {
        ((i + first[axis]).saturating_sub(before[axis])).min(length - 1) as usize
    };
    let mut samples = Vec::with_capacity(size[0] as usize * size[1] as usize * 3);
    for (y, x) in (0..size[1]).flat_map(|y| (0..size[0]).map(move |x| (y, x))) {
        let (x, y) = (place(x, 0, picture.width()), place(y, 1, picture.height()));
        let at = (y * picture.width() as usize + x) * 3;
        samples.extend((at..at + 3).map(|i| polyinr::raster::to_u8(picture.samples().get(i))));
    }
    Raster::new(size[0], size[1], Channels::Rgb, Samples::U8(samples))
}

/// Means of a method on a set.
struct Row {
    set: String,
    method: &'static str,
    pictures: usize,
    score: Score,
    won: usize,
    best: usize,
    seconds: f64,
}

impl Row {
    fn mean(set: &Set, index: usize, found: &[Found]) -> Self {
        let mean =
            |f: &dyn Fn(&Found) -> f64| found.iter().map(f).sum::<f64>() / found.len() as f64;
        Self {
            set: set.name.clone(),
            method: NAMES[index],
            pictures: found.len(),
            score: Score {
                psnr: mean(&|f| f.scores[index].psnr),
                ssim: mean(&|f| f.scores[index].ssim),
            },
            won: found.iter().map(|f| f.won[index]).sum(),
            best: found.iter().map(|f| f.best[index]).sum(),
            seconds: mean(&|f| f.seconds[index]),
        }
    }

    fn json(&self) -> String {
        let Self { set, method, pictures, score, won, best, seconds } = self;
        json!({
            "set": set, "method": method, "pictures": pictures, "psnr": score.psnr,
            "ssim": score.ssim, "won": won, "best": best, "sides": 4 * pictures,
            "seconds": rounded(*seconds),
        })
        .to_string()
    }

    fn line(&self) -> String {
        let Self { set, method, pictures, score, won, best, seconds } = self;
        let counts = match *method {
            "replicate" | "auto" => format!("{:>9} {:>9}", "", ""),
            _ => format!(
                "{:>9} {:>9}",
                format!("{won}/{}", 4 * pictures),
                format!("{best}/{}", 4 * pictures)
            ),
        };
        let Score { psnr, ssim } = score;
        format!(
            "{set:<26} {pictures:>8}  {method:<10} {psnr:>8.2} {ssim:>8.4} {counts} {seconds:>8.2}"
        )
    }
}

fn print(rows: &[Row], json: bool) -> Outcome {
    let head = format!(
        "{:<26} {:>8}  {:<10} {:>8} {:>8} {:>9} {:>9} {:>8}",
        "set", "pictures", "method", "PSNR/dB", "SSIM", "won", "best", "seconds"
    );
    let lines: Vec<String> = match json {
        true => rows.iter().map(Row::json).collect(),
        false => std::iter::once(head).chain(rows.iter().map(Row::line)).collect(),
    };
    print_lines(&lines, json)
}
