//! A training run: from photographs to a model file, in a folder of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use polyinr::tensors::Storage;
use serde::{Deserialize, Serialize};
use tch::Device;

use super::crops::CropOptions;
use super::input::InputArgs;
use super::log::{Log, RunPosition};
use super::options::{Options, PhotoArgs};
use super::settings::Settings;
use super::step::{Trainer, initial, learning_rate};
use super::validate::{ValidationSet, measure};
use super::{Loader, Network, Photos};
use crate::device;
use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::generator::Card;
use crate::random::{Stream, reseed};
use crate::run::checkpoint::Checkpoint;
use crate::run::interrupt::Interrupt;
use crate::run::report::write_run;
use crate::run::shelf::Shelf;

/// Threads that make batches for a processor, which they keep busy several times over.
pub(crate) const LOADERS: usize = 2;
/// Most threads that make batches for a GPU.
const GPU_LOADERS: usize = 16;
/// Name of the model file in a run's folder.
const MODEL: &str = "model.safetensors";
/// What this program is called where it wrote.
const PROGRAM: &str = concat!("polyinr-train ", env!("CARGO_PKG_VERSION"));

/// What a checkpoint says beside its tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// Version of the program that wrote it.
    pub program: String,
    /// What the run follows.
    #[serde(rename = "options")]
    pub settings: Settings,
    /// Steps that were made.
    pub step: u64,
    /// Seconds of training so far, over all resumptions.
    pub seconds: f64,
    /// Number of photographs, and their pixels.
    pub photos: (usize, u64),
}

/// A run in work.
#[derive(Debug)]
pub struct Run {
    settings: Settings,
    folder: PathBuf,
    photos: Arc<Photos>,
    sets: Vec<ValidationSet>,
    trainer: Trainer,
    shelf: Shelf,
    log: Log,
    /// Seconds of training before this program, and when it began.
    before: f64,
    begun: Instant,
    /// The step of the last checkpoint that is written and says the options.
    saved: Option<u64>,
}

impl Run {
    /// A run with `options` in `folder`, from its beginning or from a checkpoint. The folder gets
    /// `run.json`, `stats.jsonl`, `checkpoints` and `model.safetensors`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for options that make no sense, [`Error::Io`] and [`Error::Data`] for files
    /// that cannot be used, [`Error::Weights`] when the checkpoint does not fit.
    pub fn new(
        options: Options,
        folder: &Path,
        from: Option<(PathBuf, Checkpoint<Meta>)>,
    ) -> Result<Self> {
        options.check()?;
        let settings = options.resolve();
        let photos = open_photos(&settings.photos, &settings.input, &settings.crops())?;
        let (step, seed) = (settings.step_options(), settings.machine.seed);
        let mut trainer = Trainer::new(first_network(&settings)?, step, seed)?;
        let mut before = 0.0;
        if let Some((path, Checkpoint { meta, tensors })) = &from {
            let refused = |problem| Error::weights(path, problem);
            if meta.photos != (photos.len(), photos.pixels()) {
                return Err(refused(
                    "it was trained on other photographs than are there now".into(),
                ));
            }
            trainer.restore(meta.step, tensors).map_err(refused)?;
            before = meta.seconds;
        }
        let sets = ValidationSet::open_all(&settings.output.validate)?;
        let shelf = Shelf::of_run(folder);
        shelf.prepare()?;
        let mut saved = None;
        if let Some((path, checkpoint)) = &from {
            let step = checkpoint.meta.step;
            let says_all = checkpoint.meta.settings == settings && shelf.holds(path);
            saved = says_all.then_some(step);
            if let Some(aside) = shelf.set_aside_after(step)? {
                eprintln!("later checkpoints are in {} now", aside.display());
            }
        }
        write_run(folder, &serde_json::json!({ "program": PROGRAM, "options": settings }))?;
        let log = Log::open(folder, trainer.steps())?;
        let (folder, photos, begun) = (folder.to_owned(), Arc::new(photos), Instant::now());
        Ok(Self { settings, folder, photos, sets, trainer, shelf, log, before, begun, saved })
    }

    /// Trains to the end, or until `interrupt` asks to stop; both leave a checkpoint and the model
    /// file, whose path is returned.
    ///
    /// # Errors
    /// [`Error::Interrupted`] after a request to stop and [`Error::NotFinite`] when training diverged,
    /// the last checkpoint kept; [`Error::Io`].
    pub fn train(mut self, interrupt: &Interrupt) -> Result<PathBuf> {
        let device = device::open(&self.settings.machine.device)?;
        let (step, output) = (self.settings.step.clone(), self.settings.output.clone());
        let crops = self.settings.crops();
        let threads = loaders(device);
        // Changed options stay when nothing else comes of this.
        if self.trainer.steps() > 0 && self.saved.is_none() {
            self.save()?;
        }
        let mut loader = Loader::start(&self.photos, &crops, self.trainer.steps(), threads);
        loop {
            let place = self.place();
            if place.progress >= 1.0 {
                return self.finish();
            }
            if interrupt.requested() {
                let checkpoint = self.save()?;
                return Err(Error::Interrupted { step: place.step, checkpoint });
            }
            let rate = step.lr * learning_rate(place.step, step.warm_up, place.progress);
            let begun = Instant::now();
            let report = self.trainer.step(&loader.batch()?.to_device(device), rate)?;
            self.log.add(report, begun.elapsed());
            let due = |every: u64| (place.step + 1).is_multiple_of(every);
            if due(output.log_steps) {
                self.log.tick(self.place(), rate)?;
            }
            if due(output.checkpoint_steps) {
                self.save()?;
            }
            if due(output.validate_steps) {
                self.validate()?;
            }
        }
    }

    fn place(&self) -> RunPosition {
        let step = self.trainer.steps();
        let seconds = self.before + self.begun.elapsed().as_secs_f64();
        RunPosition { step, seconds, progress: self.settings.length.progress(step, seconds) }
    }

    /// Writes the model file and a checkpoint. Returns the latter.
    fn save(&mut self) -> Result<PathBuf> {
        let meta = Meta {
            program: PROGRAM.into(),
            settings: self.settings.clone(),
            step: self.trainer.steps(),
            seconds: self.place().seconds,
            photos: (self.photos.len(), self.photos.pixels()),
        };
        let card = Card {
            name: self.settings.output.name.clone(),
            licence: self.settings.output.licence.clone(),
            training: self.description(),
        };
        let storage = if self.settings.output.half { Storage::F16 } else { Storage::F32 };
        write_whole(&self.model(), &self.trainer.average().to_bytes(&card, storage)?)?;
        self.saved = Some(meta.step);
        let path = self.shelf.write(meta.step, &meta, &self.trainer.state())?;
        self.shelf.tidy(self.settings.output.keep, &[]);
        Ok(path)
    }

    fn validate(&mut self) -> Result<()> {
        if self.sets.is_empty() {
            return Ok(());
        }
        let (factors, threads) =
            (&self.settings.output.factors, Some(self.settings.machine.threads));
        let found = measure(self.trainer.average(), &self.sets, factors, threads)?;
        self.log.quality(self.place(), &found)
    }

    /// Writes and measures what was not yet.
    fn finish(mut self) -> Result<PathBuf> {
        let steps = self.trainer.steps();
        if self.saved != Some(steps) || !self.model().exists() {
            self.save()?;
        }
        if !steps.is_multiple_of(self.settings.output.validate_steps) {
            self.validate()?;
        }
        Ok(self.model())
    }

    fn model(&self) -> PathBuf {
        self.folder.join(MODEL)
    }

    /// How and on what it was trained, in a sentence.
    fn description(&self) -> String {
        let (photos, step) = (&self.settings.photos, &self.settings.step);
        let name = |path: &PathBuf| {
            path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
        };
        let halved = photos.halve.iter().map(|path| format!("{} (halved)", name(path)));
        let sources = counted(photos.photos.iter().map(name).chain(halved));
        let input = self.settings.input.description();
        let from = self.settings.network.from.as_ref();
        let positions = match self.settings.looks.patch() {
            Some(patch) => format!("squares of {patch}x{patch}"),
            None => format!("{} positions", step.positions),
        };
        format!(
            "{} photographs of {}; {} steps of {} crops of {side}x{side} pixels{input}, {positions} \
             each, factor {} to {}; L1{looks}, {} {:e}{}; {:.0} minutes",
            self.photos.len(),
            sources.join(", "),
            self.trainer.steps(),
            step.batch,
            step.scale[0],
            step.scale[1],
            step.optimizer,
            step.lr,
            from.map_or(String::new(), |path| format!(", beginning with {}", name(path))),
            self.place().seconds / 60.0,
            side = step.crop,
            looks = self.settings.looks.description(),
        )
    }
}

/// Threads that make batches for a device.
fn loaders(device: Device) -> usize {
    let cores = std::thread::available_parallelism().map_or(LOADERS, usize::from);
    match device {
        Device::Cpu => LOADERS,
        _ => cores.clamp(LOADERS, GPU_LOADERS),
    }
}

/// Every name once, with how often it is there.
fn counted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for name in names {
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    let tell = |(name, count)| match count {
        1 => name,
        n => format!("{name} ({n} times)"),
    };
    counts.into_iter().map(tell).collect()
}

/// The photographs that crops can be cut from, with reduced copies where `input` asks for them; what
/// cannot be used is printed.
///
/// # Errors
/// [`Error::Parameter`] when none is large enough for the largest factor; as [`Photos::open`].
pub(crate) fn open_photos(
    sources: &PhotoArgs,
    input: &InputArgs,
    crops: &CropOptions,
) -> Result<Photos> {
    let [smallest, largest] = crops.scale.map(|scale| crops.side_at(scale));
    let photos = Photos::open(&sources.photos, &sources.halve, crops.least_side())?;
    if !photos.reach(largest) {
        let problem = format!(
            "none of the photographs has the {largest} pixels a side that the largest factor takes"
        );
        return Err(Error::parameter("--photos", problem));
    }
    let photos = photos.with_copies(&input.reductions, smallest)?;
    for skipped in photos.skipped() {
        eprintln!("skipped {}: {}", skipped.name, skipped.problem);
    }
    eprintln!("{} photographs, {:.1} megapixels", photos.len(), photos.pixels() as f64 / 1e6);
    Ok(photos)
}

/// The network to begin with.
fn first_network(settings: &Settings) -> Result<Network> {
    let device = device::open(&settings.machine.device)?;
    let branched = |network: Network| match settings.network.branches {
        true => network.rebranched(true),
        false => network,
    };
    let Some(path) = &settings.network.from else {
        return Ok(branched(initial(&settings.config(), settings.machine.seed, device)));
    };
    let network = Network::open(path, device)?;
    reseed(settings.machine.seed, 0, Stream::Initial);
    let reshaped = network.reshaped(&settings.config());
    Ok(branched(reshaped.map_err(|problem| Error::weights(path, problem))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::shelf;
    use crate::upscaler::options::tests::parse;
    use crate::upscaler::photos::tests::save;

    const OPTIONS: &str = "--channels 8 --blocks 1 --levels 2 --features 8 --crop 8 --positions 20 \
                           --batch 2 --steps 12 --checkpoint-steps 5 --validate-steps 6 --factors 2 \
                           --log-steps 3 --threads 1 --name tiny --scale 1-2.5 --same-size 0.2 \
                           --degrade photo --clean-share 0.2 --cutblur 0.5 --reductions 1.5 \
                           --permute-colours 0.5";

    /// What is added for losses on squares.
    const LOOKS: &str = "--patch 16 --adversarial-weight 0.1 --artefact-weight 1 --colour-weight 1";

    fn options(photos: &Path) -> Options {
        options_with(photos, "")
    }

    fn options_with(photos: &Path, more: &str) -> Options {
        // Squares have to fit at the smallest factor.
        let line = match more.is_empty() {
            true => OPTIONS.to_owned(),
            false => {
                let line = OPTIONS.replace("--crop 8", "--crop 18").replace("--positions 20 ", "");
                format!("{line} {more}")
            }
        };
        let mut options = parse(&line).unwrap().options;
        options.photos.photos = vec![photos.to_owned()];
        options.output.validate = vec![photos.to_owned()];
        options
    }

    fn id(model: &Path) -> String {
        polyinr::Model::open(model).unwrap().about().id.clone()
    }

    /// What `kill -9` leaves at any time: no last checkpoint, and one that is half written.
    #[test]
    fn a_run_that_was_killed_ends_at_the_same_weights() {
        ["", LOOKS].iter().for_each(|more| is_killed_and_goes_on(more));
    }

    fn is_killed_and_goes_on(more: &str) {
        let folder = tempfile::tempdir().unwrap();
        let (photos, out) = (folder.path().join("photos"), folder.path().join("run"));
        std::fs::create_dir(&photos).unwrap();
        save(&photos, "a.png", 90, 85);
        let options = || options_with(&photos, more);
        let train = |from| Run::new(options(), &out, from)?.train(&Interrupt::default());
        let model = train(None).unwrap();
        let (whole, stats) =
            (id(&model), std::fs::read_to_string(out.join("stats.jsonl")).unwrap());
        assert_eq!(stats.lines().count(), 4 + 2);
        let checkpoints = Shelf::of_run(&out).list();
        assert_eq!(checkpoints.len(), 3);
        let half = std::fs::read(&checkpoints[1]).unwrap();
        std::fs::write(&checkpoints[1], &half[..half.len() / 2]).unwrap();
        std::fs::remove_file(&checkpoints[2]).unwrap();
        std::fs::remove_file(&model).unwrap();
        let mut passed_over = 0;
        let from = shelf::open::<Meta>(&out, &mut |_| passed_over += 1).unwrap();
        assert_eq!((from.1.meta.step, passed_over), (5, 1));
        assert_eq!(id(&train(Some(from)).unwrap()), whole);
        let again = std::fs::read_to_string(out.join("stats.jsonl")).unwrap();
        assert_eq!(again.lines().count(), 4 + 2);
    }

    #[test]
    fn a_request_to_stop_leaves_a_checkpoint_and_a_model() {
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), "a.png", 60, 70);
        let out = folder.path().join("run");
        let interrupt = Interrupt::default();
        interrupt.stop();
        let run = Run::new(options(folder.path()), &out, None).unwrap();
        let Err(Error::Interrupted { step: 0, checkpoint }) = run.train(&interrupt) else {
            panic!("it stops")
        };
        assert!(polyinr::Model::open(out.join(MODEL)).unwrap().about().training.contains("1 phot"));
        save(folder.path(), "b.png", 60, 70);
        let from = shelf::open::<Meta>(&checkpoint, &mut |e| panic!("{e}")).unwrap();
        let error = Run::new(options(folder.path()), &out, Some(from)).unwrap_err().to_string();
        assert!(error.contains("other photographs"), "{error}");
    }

    /// 8 pixels and twice 7 around them, 2.5 times, are 55.
    #[test]
    fn one_photograph_must_be_large_enough() {
        let folder = tempfile::tempdir().unwrap();
        let open = |side| {
            save(folder.path(), "a.png", side, side);
            let options = options(folder.path());
            open_photos(&options.photos, &options.input, &options.crops())
        };
        let error = open(54).unwrap_err().to_string();
        assert!(error.contains("55 pixels a side"), "{error}");
        assert_eq!(open(55).unwrap().len(), 1);
    }

    #[test]
    fn sources_are_told_once() {
        let names = ["a.zip", "b.zip", "a.zip", "a.zip"].map(String::from);
        assert_eq!(counted(names.into_iter()), ["a.zip (3 times)", "b.zip"]);
    }
}
