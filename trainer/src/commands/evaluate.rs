//! `polyinr-train evaluate`: metrics of a generator.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use tch::Device;

use crate::data::{DataOptions, Dataset, Selection};
use crate::device::{self, Precision};
use crate::error::{Error, Result};
use crate::files::user_cache;
use crate::gan::average::Average;
use crate::generator::Generator;
use crate::metrics::{
    Draws, Enlarged, Evaluator, Figure, Filter, Generated, Metric, NetworkArgs, Networks, Source,
    Subset, caution,
};
use crate::random::{Stream, reseed};
use crate::run::shelf::run_folder;

/// Measure a generator's images against real ones
///
/// Every figure is printed with the mode it was computed in: figures of different modes, or of
/// different numbers of images, cannot be compared. The papers take 50000 generated images against
/// all real ones.
///
/// Inception sees 299x299 pixels whatever the resolution, which takes most of the time. Statistics of
/// the real images are kept and made once.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A model file of a generator, or a checkpoint or run folder, whose averaged generator is measured
    model: PathBuf,
    /// Of a run folder, take the checkpoint with the best figure that was measured, not the latest
    #[arg(long)]
    best: bool,
    /// Folders or zip files of real pictures; several are one data set
    #[arg(long, value_name = "PATH", num_args = 1.., required = true)]
    data: Vec<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    /// What to measure
    #[arg(long, value_enum, value_delimiter = ',', default_value = "rfid")]
    metrics: Vec<Metric>,
    /// Number of generated images [default: that of the real ones]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(4..))]
    images: Option<u32>,
    /// Width and height that real and generated images are compared at [default: the model's]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(2..=4096))]
    resolution: Option<u32>,
    /// Truncation of latents; 1 for none
    #[arg(long, value_name = "PSI", default_value_t = 1.0)]
    truncation: f64,
    #[command(flatten)]
    compare: Compare,
    #[command(flatten)]
    networks: NetworkArgs,
    /// What the generator and the feature networks compute in
    #[arg(long, value_enum, default_value_t = Precision::F32)]
    precision: Precision,
    /// cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: String,
    /// Threads that compute [default: all processors]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Where latents, classes and halves are drawn from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Images that pass through the networks at once
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=4096))]
    batch: u32,
    /// Keep resized pictures and their statistics in FOLDER [default: polyinr in the user's cache
    /// folder]
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// Print the figures as JSON, one a line
    #[arg(long)]
    json: bool,
}

/// What else is measured beside the model.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Comparisons")]
struct Compare {
    /// Also enlarge images of the model's own resolution to --resolution by nearest, bilinear and
    /// bicubic (a = -0.75) filters, to be compared with the denser grid (table 3 of the paper)
    #[arg(long)]
    upsampling: bool,
    /// Compare with one half of the real pictures only, and also measure the other half: the figure
    /// that a perfect generator would have with as many images
    #[arg(long)]
    reference_split: bool,
    /// Also measure an untrained generator of the same shape
    #[arg(long)]
    untrained: bool,
}

/// Prints the figures.
///
/// # Errors
/// [`Error::Parameter`] when options do not fit each other, otherwise whatever the model, the data
/// and the feature networks refuse.
pub fn run(args: &Args) -> Result<()> {
    evaluate(args, &|line| println!("{line}"))
}

/// Measures, and hands each line to `print` as soon as it is known.
fn evaluate(args: &Args, print: &dyn Fn(String)) -> Result<()> {
    if !args.truncation.is_finite() {
        return Err(Error::parameter("--truncation", "it must be a number; 1 is none"));
    }
    device::set_threads(args.threads);
    let device = device::open(&args.device)?;
    let generator = open_generator(&args.model, args.best, device)?;
    let native = i64::from(generator.config().native_resolution);
    let side = args.resolution.map_or(native, i64::from);
    if args.compare.upsampling && side <= native {
        let problem = format!("--upsampling takes one above the model's own of {native}");
        return Err(Error::parameter("--resolution", problem));
    }
    let networks = Networks::open(&args.networks, &args.metrics, args.precision, device)?;
    let dataset = open_data(args, side)?;
    eprintln!("{}", dataset.report());
    let (mut reference, other) = references(&dataset, args);
    let images = args.images.map_or(reference.len(), |n| n as usize);
    let labels = dataset.labels();
    let draws = Draws { images, seed: args.seed, labels, truncation: args.truncation };
    let cache = args.cache.as_ref().map(|f| f.join("metrics")).or_else(|| user_cache("metrics"));
    if let Some(caution) = caution(&args.metrics, images, reference.len()) {
        eprintln!("warning: {caution}");
    }
    let evaluator = Evaluator::new(&networks, &mut reference, cache, args.batch as usize);
    let mut session = Session { args, draws, evaluator, side, print };
    session.model(&generator, native)?;
    if args.compare.untrained {
        let untrained = untrained(&generator, args.seed, device);
        session.generator("untrained", &untrained)?;
    }
    match other {
        Some(mut other) => session.measure("other half", &mut other),
        None => Ok(()),
    }
}

/// The generator of a model file, or the averaged one of a checkpoint or of a run's latest.
fn open_generator(path: &Path, best: bool, device: Device) -> Result<Generator> {
    let mut warn = |problem: &Error| eprintln!("polyinr-train: {problem}");
    let mut average =
        || Average::open(path, best, device, &mut warn).map(|average| average.generator);
    if best || path.is_dir() || run_folder(path).is_some() {
        return average();
    }
    Generator::open(path, device).or_else(|problem| average().map_err(|_| problem))
}

fn open_data(args: &Args, side: i64) -> Result<Dataset> {
    let options = DataOptions {
        selection: args.selection.clone(),
        data_cache: args.cache.as_ref().map(|folder| folder.join("data")),
        ..DataOptions::default()
    };
    Dataset::open(&args.data, u32::try_from(side).unwrap_or(u32::MAX), &options)
}

/// What images are compared with, and the other half where that is a half.
fn references<'a>(dataset: &'a Dataset, args: &Args) -> (Subset<'a>, Option<Subset<'a>>) {
    if !args.compare.reference_split {
        return (Subset::all(dataset), None);
    }
    let [reference, other] = Subset::halves(dataset, args.seed);
    (reference, Some(other))
}

/// A generator of the same shape with initial weights.
fn untrained(model: &Generator, seed: u64, device: Device) -> Generator {
    reseed(seed, 0, Stream::Initial);
    let untrained = Generator::new(model.config(), model.embed_width(), device);
    untrained.normalise_scale();
    untrained
}

/// One call of the command.
struct Session<'a> {
    args: &'a Args,
    draws: Draws<'a>,
    evaluator: Evaluator<'a>,
    side: i64,
    print: &'a dyn Fn(String),
}

impl Session<'_> {
    /// The model, by its grid and, if asked for, by filters.
    fn model(&mut self, model: &Generator, native: i64) -> Result<()> {
        if !self.args.compare.upsampling {
            return self.generator("model", model);
        }
        self.generator("denser grid", model)?;
        for filter in Filter::ALL {
            let mut source = self.images(model, native)?;
            let mut enlarged = Enlarged { source: &mut source, filter, side: self.side };
            self.measure(filter.name(), &mut enlarged)?;
        }
        Ok(())
    }

    fn generator(&mut self, subject: &str, generator: &Generator) -> Result<()> {
        let mut images = self.images(generator, self.side)?;
        self.measure(subject, &mut images)
    }

    fn images<'g>(&self, generator: &'g Generator, side: i64) -> Result<Generated<'g>> {
        Generated::new(generator, &self.draws, side, self.args.precision.kind())
    }

    fn measure(&mut self, subject: &str, source: &mut dyn Source) -> Result<()> {
        let bar = progress_bar(subject);
        let mut progress = |done: usize, total: usize| {
            if done == 0 {
                bar.set_length(total as u64);
                bar.reset();
            }
            bar.set_position(done as u64);
        };
        let figures = self.evaluator.measure(subject, &self.args.metrics, source, &mut progress)?;
        bar.finish_and_clear();
        figures.iter().for_each(|figure| (self.print)(self.line(figure)));
        Ok(())
    }

    fn line(&self, figure: &Figure) -> String {
        if !self.args.json {
            return format!("{figure} at {side}x{side}", side = self.side);
        }
        let mut line = serde_json::json!(figure);
        line["model"] = serde_json::json!(self.args.model);
        line["resolution"] = self.side.into();
        line["truncation"] = self.args.truncation.into();
        line["seed"] = self.args.seed.into();
        line.to_string()
    }
}

fn progress_bar(subject: &str) -> ProgressBar {
    let template = "{msg} {wide_bar} {pos}/{len} images, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style).with_message(subject.to_owned())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use clap::Parser as _;
    use polyinr::tensors::Storage;

    use super::*;
    use crate::generator::Card;
    use crate::metrics::tests::generator;

    #[derive(clap::Parser)]
    struct Program {
        #[command(flatten)]
        args: Args,
    }

    /// A folder with an untrained model of 8x8 pixels and 24 pictures of 16x16.
    fn prepare(folder: &Path) {
        let model = folder.join("model.safetensors");
        generator(0).save(&model, &Card::default(), Storage::F32).unwrap();
        std::fs::create_dir(folder.join("data")).unwrap();
        for i in 0..24u8 {
            let pixel = |x, y| image::Rgb([i * 10, (x * 16) as u8, (y * 16) as u8]);
            let picture = image::RgbImage::from_fn(16, 16, pixel);
            picture.save(folder.join(format!("data/{i}.png"))).unwrap();
        }
    }

    /// The lines of the command with a small network in place of Inception.
    fn lines(folder: &Path, options: &str) -> Result<Vec<serde_json::Value>> {
        let folder = folder.display();
        let network = format!("{}/golden/script.pt", env!("CARGO_MANIFEST_DIR"));
        let words = format!(
            "evaluate {folder}/model.safetensors --data {folder}/data --cache {folder}/cache \
             --random-inception {network} --threads 1 --json {options}"
        );
        let program = Program::try_parse_from(words.split_whitespace()).unwrap();
        let lines = RefCell::new(Vec::new());
        evaluate(&program.args, &|line| lines.borrow_mut().push(line))?;
        Ok(lines.into_inner().iter().map(|l| serde_json::from_str(l).unwrap()).collect())
    }

    #[test]
    fn table_3_untrained_and_halves_are_measured() {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let options =
            "--metrics rfid,recall --resolution 16 --upsampling --untrained --reference-split";
        let lines = lines(folder.path(), options).unwrap();
        let subjects: Vec<_> = lines.iter().map(|l| l["subject"].as_str().unwrap()).collect();
        let expected = ["denser grid", "nearest", "bilinear", "bicubic", "untrained"];
        let expected: Vec<_> =
            expected.into_iter().chain(["other half"]).flat_map(|name| [name, name]).collect();
        assert_eq!(subjects, expected);
        assert_eq!(lines[0]["metric"], "rFID");
        assert_eq!(lines[1]["metric"], "recall (random Inception)");
        assert_eq!((&lines[0]["images"], &lines[0]["resolution"]), (&12.into(), &16.into()));
        assert_eq!(
            (&lines[11]["images"], &lines[11]["reference_images"]),
            (&12.into(), &12.into())
        );
        let value = |i: usize| lines[i]["value"].as_f64().unwrap();
        assert!(value(10) < value(0), "halves are nearer than an untrained model: {lines:?}");
        assert_ne!(value(0), value(2));
    }

    #[test]
    fn options_that_do_not_fit_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let refused = |options| lines(folder.path(), options).unwrap_err().to_string();
        assert!(refused("--upsampling").contains("above the model's own of 8"));
        assert!(refused("--metrics fid").contains("--inception"));
        assert!(refused("--truncation inf").contains("must be a number"));
        let counts = lines(folder.path(), "--images 7 --truncation 0.7").unwrap();
        assert_eq!((&counts[0]["images"], &counts[0]["reference_images"]), (&7.into(), &24.into()));
    }
}
