//! A training run: from photographs to a model file, in a folder of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::log::{Log, Place};
use super::options::{Length, OutputArgs, Recipe};
use super::step::{Trainer, initial, learning_rate};
use super::validate::{ValidationSet, measure};
use super::{Loader, Network, Photos};
use crate::device;
use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::generator::Card;
use crate::train::checkpoint::Checkpoint;
use crate::train::interrupt::Interrupt;
use crate::train::shelf::{self, Shelf};

/// Threads that cut and reduce crops: one keeps two computing threads busy several times over, more
/// are of use with a GPU.
const LOADERS: usize = 2;
/// Name of the model file in a run's folder.
const MODEL: &str = "model.safetensors";

/// Everything that a run is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What is computed.
    pub recipe: Recipe,
    /// For how long.
    pub length: Length,
    /// What is written.
    pub output: OutputArgs,
    /// The run's folder: `run.json`, `stats.jsonl`, `checkpoints`, `model.safetensors`.
    pub folder: PathBuf,
    /// Whether the run in the folder goes on, or a new one begins.
    pub resume: bool,
}

/// What a checkpoint says beside its tensors.
#[derive(Debug, Serialize, Deserialize)]
struct Meta {
    recipe: Recipe,
    step: u64,
    seconds: f64,
    /// Number of photographs and their pixels.
    photos: (usize, u64),
}

/// Trains until the plan's length is reached or `interrupt` asks to stop; both leave a checkpoint and
/// the model file. Returns the model file.
///
/// # Errors
/// [`Error::Interrupted`] after a request to stop,
/// [`Error::Parameter`] for options that make no sense or differ from those of the run that is to go
/// on, [`Error::Io`] and [`Error::Data`] for files, [`Error::Weights`] when there is no good
/// checkpoint, [`Error::NotFinite`] when training diverged: the last checkpoint is kept.
pub fn run(mut plan: Plan, interrupt: &Interrupt) -> Result<PathBuf> {
    plan.recipe.check()?;
    plan.length.check()?;
    let threads = device::set_threads(plan.recipe.machine.threads);
    plan.recipe.machine.threads = Some(threads);
    let checkpoint = plan.checkpoint()?;
    let photos = plan.photos()?;
    let sets = ValidationSet::open_all(&plan.output.validate)?;
    let mut run = Run::begin(plan, photos, sets, checkpoint)?;
    run.train(interrupt)?;
    run.finish()
}

impl Plan {
    /// The checkpoint to go on from, if the run is to be resumed.
    fn checkpoint(&self) -> Result<Option<Checkpoint<Meta>>> {
        let shelf = Shelf::of_run(&self.folder);
        if !self.resume {
            return match shelf.list().is_empty() {
                true => Ok(None),
                false => Err(Error::parameter(
                    "--out",
                    format!(
                        "{} holds a run; give --resume to go on with it, or another folder",
                        self.folder.display()
                    ),
                )),
            };
        }
        let mut warn = |error: &Error| eprintln!("passed over: {error}");
        let (_, checkpoint) = shelf::open::<Meta>(&self.folder, &mut warn)?;
        match self.recipe.differences(&checkpoint.meta.recipe) {
            differences if differences.is_empty() => Ok(Some(checkpoint)),
            differences => {
                let problem = format!("the run was begun otherwise: {}", differences.join(", "));
                Err(Error::parameter("--resume", problem))
            }
        }
    }

    fn photos(&self) -> Result<Photos> {
        let (sources, least) = (&self.recipe.photos, self.recipe.crops().least_side());
        let photos = Photos::open(&sources.photos, &sources.halve, least)?;
        for skipped in photos.skipped() {
            eprintln!("skipped {}: {}", skipped.name, skipped.problem);
        }
        eprintln!("{} photographs, {:.1} megapixels", photos.len(), photos.pixels() as f64 / 1e6);
        Ok(photos)
    }

    /// The network to begin with.
    fn network(&self) -> Result<Network> {
        let device = device::open(&self.recipe.machine.device)?;
        let Some(path) = &self.recipe.network.from else {
            return Ok(initial(&self.recipe.config(), self.recipe.machine.seed, device));
        };
        let network = Network::open(path, device)?;
        let (is, should) = (network.config(), &self.recipe.config());
        match is == should {
            true => Ok(network),
            false => Err(Error::weights(path, format!("it is {is:?}, the options say {should:?}"))),
        }
    }
}

struct Run {
    plan: Plan,
    photos: Arc<Photos>,
    sets: Vec<ValidationSet>,
    trainer: Trainer,
    shelf: Shelf,
    log: Log,
    /// Seconds of training before this program, and when it began.
    before: f64,
    begun: Instant,
    /// The step of the last checkpoint.
    saved: Option<u64>,
}

impl Run {
    fn begin(
        plan: Plan,
        photos: Photos,
        sets: Vec<ValidationSet>,
        checkpoint: Option<Checkpoint<Meta>>,
    ) -> Result<Self> {
        let mut trainer = Trainer::new(plan.network()?, plan.recipe.step_options());
        let shelf = Shelf::of_run(&plan.folder);
        shelf.prepare()?;
        let mut before = 0.0;
        if let Some(Checkpoint { meta, tensors }) = &checkpoint {
            let refused = |problem| Error::weights(&plan.folder, problem);
            if meta.photos != (photos.len(), photos.pixels()) {
                return Err(refused("it was trained on other photographs than are there now".into()));
            }
            trainer.restore(meta.step, tensors).map_err(refused)?;
            before = meta.seconds;
        }
        describe(&plan)?;
        let log = Log::open(&plan.folder, trainer.steps())?;
        let saved = checkpoint.map(|c| c.meta.step);
        let (photos, begun) = (Arc::new(photos), Instant::now());
        Ok(Self { plan, photos, sets, trainer, shelf, log, before, begun, saved })
    }

    /// Trains to the end, or until somebody asks to stop.
    fn train(&mut self, interrupt: &Interrupt) -> Result<()> {
        let device = device::open(&self.plan.recipe.machine.device)?;
        let (step, output) = (self.plan.recipe.step.clone(), self.plan.output.clone());
        let crops = self.plan.recipe.crops();
        let mut loader = Loader::start(&self.photos, &crops, self.trainer.steps(), LOADERS);
        loop {
            let place = self.place();
            if place.progress >= 1.0 {
                return Ok(());
            }
            if interrupt.requested() {
                let checkpoint = self.save()?;
                return Err(Error::Interrupted { step: place.step, checkpoint });
            }
            let rate = step.lr * learning_rate(place.step, step.warm_up, place.progress);
            let begun = Instant::now();
            let report = self.trainer.step(&loader.next()?.to_device(device), rate)?;
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

    fn place(&self) -> Place {
        let step = self.trainer.steps();
        let seconds = self.before + self.begun.elapsed().as_secs_f64();
        Place { step, seconds, progress: self.plan.length.progress(step, seconds) }
    }

    /// Writes the model file and a checkpoint. Returns the latter.
    fn save(&mut self) -> Result<PathBuf> {
        let meta = Meta {
            recipe: self.plan.recipe.clone(),
            step: self.trainer.steps(),
            seconds: self.place().seconds,
            photos: (self.photos.len(), self.photos.pixels()),
        };
        let card = Card {
            name: self.plan.output.name.clone(),
            licence: self.plan.output.licence.clone(),
            training: self.description(),
        };
        write_whole(&self.model(), &self.trainer.average().to_bytes(&card)?)?;
        self.saved = Some(meta.step);
        self.shelf.write(meta.step, &meta, &self.trainer.state())
    }

    fn validate(&mut self) -> Result<()> {
        if self.sets.is_empty() {
            return Ok(());
        }
        let found = measure(self.trainer.average(), &self.sets, &self.plan.output.factors)?;
        self.log.quality(self.place(), &found)
    }

    /// Writes and measures what was not yet.
    fn finish(mut self) -> Result<PathBuf> {
        let steps = self.trainer.steps();
        if self.saved != Some(steps) {
            self.save()?;
        }
        if !steps.is_multiple_of(self.plan.output.validate_steps) {
            self.validate()?;
        }
        Ok(self.model())
    }

    fn model(&self) -> PathBuf {
        self.plan.folder.join(MODEL)
    }

    /// How and on what it was trained, in a sentence.
    fn description(&self) -> String {
        let recipe = &self.plan.recipe;
        let step = &recipe.step;
        let name = |path: &PathBuf| {
            path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
        };
        let halved = recipe.photos.halve.iter().map(|path| format!("{} (halved)", name(path)));
        let sources: Vec<String> = recipe.photos.photos.iter().map(name).chain(halved).collect();
        let jpeg = step.jpeg.as_ref().map_or(String::new(), |q| {
            format!(", compressed as JPEG of quality {} to {}", q.start(), q.end())
        });
        let from = recipe.network.from.as_ref();
        format!(
            "{} photographs of {}; {} steps of {} crops of {side}x{side} pixels{jpeg}, {} positions \
             each, factor {} to {}; L1, Adam {:e}{}; {:.0} minutes",
            self.photos.len(),
            sources.join(", "),
            self.trainer.steps(),
            step.batch,
            step.positions,
            step.scale[0],
            step.scale[1],
            step.lr,
            from.map_or(String::new(), |path| format!(", beginning with {}", name(path))),
            self.place().seconds / 60.0,
            side = step.crop,
        )
    }
}

/// Writes `run.json`: the program's version, all options, and what they are computed on.
fn describe(plan: &Plan) -> Result<()> {
    let run = serde_json::json!({
        "program": concat!("polyinr-train ", env!("CARGO_PKG_VERSION")),
        "recipe": plan.recipe,
        "length": plan.length,
        "output": plan.output,
    });
    write_whole(&plan.folder.join("run.json"), format!("{run:#}\n").as_bytes())
}
