//! `polyinr consistency`: the same picture at two sizes.

use std::path::PathBuf;

use polyinr::metrics::Score;
use polyinr::model::Generator;
use polyinr::ops::{Consistency, LEAST_REDUCTION, consistency, picture_consistency};
use polyinr::{CancelToken, Control, Engine, Field, default_size};
use serde_json::json;

use crate::common::RunArgs;
use crate::failure::{Failure, Outcome};
use crate::generator::GeneratorArgs;
use crate::print::print_lines;
use crate::report::Reporter;
use crate::sets::{self, Set};
use crate::signals::interruptible;

const AFTER_HELP: &str = "\
Examples:
  polyinr consistency --size 64 --images 100
  polyinr consistency --class roses --truncation 0.7 --pictures my-photos/ --json
  POLYINR_DATA=~/data polyinr consistency --model mine.safetensors

After CREPS (Nguyen et al., CVPR 2023): every image is made at SIZE and at twice SIZE pixels square; the
latter is reduced with an antialiased bicubic filter (a = -0.5) and compared with the former, at 8 bits
on the BT.601 luma. PSNR in dB and SSIM (11x11 Gaussian of sigma 1.5) are means over the images, of
seeds 0, 1, ... in all classes in turn, or in those named by --class.

  edges            pixel centres half a pixel inside: samples of both sizes agree in place
  centres          both ends of the picture are samples, as in the paper; the filter is centred where
                   the samples of the smaller size lie
  centres-resized  the same reduced as any picture is, as CREPS does it: at the border samples are off
                   by a quarter of a pixel, which is measured too

Real pictures tell what to expect of pictures without finer detail than their pixels: the square in
the middle of each is reduced to both sizes. Those smaller than three times SIZE are left out.

JSON lines (--json): one object for each source and grid:
  {\"source\":…,\"grid\":…,\"size\":…,\"images\":…,\"psnr\":…,\"ssim\":…}
  with null for an infinite PSNR";

/// Measure how far a generator's pictures agree between sizes
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Smaller size in pixels, of a square [default: as the model was trained]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(11..=65536))]
    size: Option<u32>,
    /// Number of images
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    images: u32,
    /// Pixels cut from each side before comparing; the filter is cut off there
    #[arg(long, value_name = "PIXELS", default_value_t = 0)]
    border: u32,
    /// Zip file or folder of real pictures to compare with; may be repeated [default: set5.zip and
    /// set14.zip in POLYINR_DATA, if that is set]
    #[arg(long, value_name = "PATH")]
    pictures: Vec<PathBuf>,
    #[command(flatten)]
    generator: GeneratorArgs,
    #[command(flatten)]
    run: RunArgs,
}

/// Runs `polyinr consistency`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    let generator = args.generator.find()?;
    let classes = args.generator.classes_or_all(&generator)?;
    let size = match args.size {
        Some(size) => size,
        // The larger of the two.
        None => default_size([2 * generator.native_resolution(); 2])?[0] / 2,
    };
    if size <= 2 * args.border || size - 2 * args.border < 11 {
        let problem = format!("{} leave less of {size} pixels than the 11 SSIM needs", args.border);
        return Err(Failure::usage(format!("border: {problem}")));
    }
    let bench = Bench { args, size, engine: args.run.engine()?, cancel: &cancel };
    let sets = match args.pictures.is_empty() && sets::usual().is_none() {
        true => Vec::new(),
        false => sets::open(&args.pictures, "pictures", &args.run.limits.limits())?,
    };
    let reporter = args.run.reporter();
    let whole = sets::outcome(&sets);
    let pictures: Vec<Set> = sets.into_iter().map(|s| bench.large_enough(s, &reporter)).collect();
    let mut rows = bench.generated(&generator, &classes, &reporter)?.to_vec();
    for set in pictures.iter().filter(|s| !s.pictures.is_empty()) {
        rows.extend(bench.real(set)?);
    }
    print(&rows, args.run.json)?;
    whole
}

/// Measures at one size.
struct Bench<'a> {
    args: &'a Args,
    size: u32,
    engine: Box<dyn Engine>,
    cancel: &'a CancelToken,
}

impl Bench<'_> {
    /// Means over the generator's images.
    fn generated(
        &self,
        generator: &Generator,
        classes: &[Option<usize>],
        reporter: &Reporter,
    ) -> Outcome<[Row; 3]> {
        let count = self.args.images as usize;
        let progress = reporter.start(count, count as u64);
        let control = Control::with_cancel(self.cancel.clone());
        let mut found = Vec::with_capacity(count);
        for number in 0..count {
            let (seed, class) = (number / classes.len(), classes[number % classes.len()]);
            let image = self.args.generator.image(seed as u32, class);
            let field = Field::Generated(image.field(generator)?);
            let _bar = progress.as_ref().map(|p| p.picture(&generator.about().name, 1));
            found.push(consistency(&*self.engine, &field, self.size, self.args.border, &control)?);
        }
        reporter.clear();
        Ok(self.rows(&generator.about().name, &found))
    }

    /// Means over the pictures of a set.
    fn real(&self, set: &Set) -> Outcome<[Row; 3]> {
        let control = Control::with_cancel(self.cancel.clone());
        let mut found = Vec::with_capacity(set.pictures.len());
        for picture in &set.pictures {
            control.check()?;
            found.push(picture_consistency(picture, self.size, self.args.border)?);
        }
        Ok(self.rows(&set.name, &found))
    }

    /// The set without pictures that are too small, which is said.
    fn large_enough(&self, mut set: Set, reporter: &Reporter) -> Set {
        let before = set.pictures.len();
        let least = LEAST_REDUCTION * self.size;
        set.pictures.retain(|p| p.width().min(p.height()) >= least);
        let left_out = before - set.pictures.len();
        if left_out > 0 {
            let Set { name, .. } = &set;
            reporter
                .say(&format!("{name}: {left_out} of {before} are under {least} pixels, left out"));
        }
        set
    }

    fn rows(&self, source: &str, found: &[Consistency]) -> [Row; 3] {
        let row = |grid, score: fn(&Consistency) -> Score| {
            let mean = |f: fn(&Score) -> f64| {
                found.iter().map(|c| f(&score(c))).sum::<f64>() / found.len() as f64
            };
            Row {
                source: source.to_owned(),
                grid,
                size: self.size,
                images: found.len(),
                psnr: mean(|s| s.psnr),
                ssim: mean(|s| s.ssim),
            }
        };
        [
            row("edges", |c| c.edges),
            row("centres", |c| c.centres),
            row("centres-resized", |c| c.centres_resized),
        ]
    }
}

/// Mean scores of a source on a grid.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    source: String,
    grid: &'static str,
    size: u32,
    images: usize,
    psnr: f64,
    ssim: f64,
}

impl Row {
    fn json(&self) -> String {
        json!({
            "source": self.source, "grid": self.grid, "size": self.size, "images": self.images,
            "psnr": self.psnr, "ssim": self.ssim,
        })
        .to_string()
    }

    fn line(&self) -> String {
        let Self { source, grid, size, images, psnr, ssim } = self;
        format!("{source:<14} {images:>7} {size:>6}  {grid:<16} {psnr:>8.2} {ssim:>8.4}")
    }
}

fn print(rows: &[Row], json: bool) -> Outcome {
    let head = format!(
        "{:<14} {:>7} {:>6}  {:<16} {:>8} {:>8}",
        "source", "images", "size", "grid", "PSNR/dB", "SSIM"
    );
    let lines: Vec<String> = match json {
        true => rows.iter().map(Row::json).collect(),
        false => std::iter::once(head).chain(rows.iter().map(Row::line)).collect(),
    };
    print_lines(&lines, json)
}
