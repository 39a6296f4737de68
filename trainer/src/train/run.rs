//! A run: stage after stage, step after step, and what is written on the way.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::checkpoint::Checkpoint;
use super::grid::Samples;
use super::interrupt::Interrupt;
use super::log::{Log, Tick, memory_mib, write_run};
use super::means::Means;
use super::measure::Measure;
use super::meta::{Meta, about};
use super::options::Options;
use super::schedule::{Schedule, Stage};
use super::shelf::Shelf;
use super::state::{Plan, State};
use super::step::{At, Trainer};
use crate::data::{Dataset, Loader};
use crate::device;
use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::random::{Stream, key};

/// Folder of sample sheets in a run's folder.
const SAMPLES: &str = "samples";

/// A run in work.
pub struct Run<'a> {
    options: Options,
    schedule: Schedule,
    stage: usize,
    step: u64,
    folder: PathBuf,
    shelf: Shelf,
    log: Log,
    trainer: Trainer,
    state: State,
    samples: Samples,
    measure: Option<Measure>,
    means: Means,
    dataset: Arc<Dataset>,
    interrupt: &'a Interrupt,
    begun: Instant,
    seconds_before: f64,
    /// Whether the checkpoint that it goes on from says something else than the options do, or lies
    /// elsewhere.
    unsaved: bool,
}

impl<'a> Run<'a> {
    /// A run with `options` (resolved and checked) in `folder`, from its beginning or from a
    /// checkpoint.
    ///
    /// # Errors
    /// [`Error::Parameter`] when options cannot be followed, [`Error::Data`] when the data cannot be
    /// used, [`Error::Weights`] when the checkpoint does not fit, [`Error::Io`].
    pub fn new(
        options: Options,
        folder: &Path,
        from: Option<(PathBuf, Checkpoint<Meta>)>,
        interrupt: &'a Interrupt,
    ) -> Result<Self> {
        let schedule = Schedule::new(&options.schedule)?;
        let device = device::open(&options.machine.device)?;
        device::set_threads(options.machine.threads);
        let (step, stage) = from.as_ref().map_or((0, 0), |(_, c)| (c.meta.step, c.meta.stage));
        let first = &schedule.stages()[stage];
        let dataset = Arc::new(options.data.open(first.resolution)?);
        let plan = Plan::new(&options, dataset.class_names(), device)?;
        let mut state = State::new(&plan, first)?;
        match (&from, &options.networks.from) {
            (Some((path, checkpoint)), _) => {
                checkpoint.meta.check_data(path, &dataset)?;
                state.load(&checkpoint.tensors).map_err(|problem| Error::weights(path, problem))?;
            }
            (None, Some(model)) => state.take_generator(&plan, model)?,
            (None, None) => (),
        }
        let shelf = Shelf::of_run(folder);
        shelf.prepare()?;
        let unsaved = from.as_ref().is_some_and(|(path, checkpoint)| {
            checkpoint.meta.options != options || !shelf.holds(path)
        });
        let aside = from.as_ref().map_or(Ok(None), |_| shelf.set_aside_after(step))?;
        let samples = folder.join(SAMPLES);
        std::fs::create_dir_all(&samples).map_err(|e| Error::io(&samples, "make the folder", e))?;
        let total = schedule.images(schedule.end());
        let log = Log::open(folder, step, schedule.images(step), total)?;
        log.say(&dataset.report().to_string());
        if let Some(aside) = aside {
            log.say(&format!("later checkpoints are in {} now", aside.display()));
        }
        write_run(folder, &about(&options, &schedule, &dataset, &state, step))?;
        let (columns, seed) = (options.output.snapshot_columns, options.machine.seed);
        Ok(Self {
            samples: Samples::new(&state.average, columns, seed),
            measure: Measure::new(&options, folder, device)?,
            trainer: Trainer::new(plan, dataset.labels())?,
            seconds_before: from.map_or(0.0, |(_, c)| c.meta.seconds),
            begun: Instant::now(),
            means: Means::default(),
            folder: folder.to_owned(),
            options,
            schedule,
            stage,
            step,
            shelf,
            log,
            state,
            dataset,
            interrupt,
            unsaved,
        })
    }

    /// Trains to the end of the schedule.
    ///
    /// # Errors
    /// [`Error::Interrupted`] after a request to stop and [`Error::NotFinite`] when numbers leave the
    /// finite ones, both naming the checkpoint to go on with; [`Error::Data`], [`Error::Io`].
    pub fn train(mut self) -> Result<()> {
        if self.step == 0 {
            self.snapshot()?;
            self.measure()?;
        }
        if self.step == 0 || self.unsaved {
            self.save()?;
        }
        let stages = self.schedule.stages().to_vec();
        for (index, stage) in stages.iter().enumerate().skip(self.stage) {
            if index > self.stage {
                self.enter(index, stage)?;
            }
            self.train_stage(stage)?;
        }
        self.log.say(&format!("trained for {:.1} kimg", self.images() as f64 / 1000.0));
        Ok(())
    }

    /// Brings networks and data to the size of the next stage.
    fn enter(&mut self, index: usize, stage: &Stage) -> Result<()> {
        let (side, levels) = (stage.resolution, stage.levels);
        self.log.say(&format!("stage {}: {side}x{side}, {levels} levels", index + 1));
        if side != self.dataset.resolution() {
            self.dataset = Arc::new(self.options.data.open(side)?);
        }
        self.state.advance(self.trainer.plan(), stage)?;
        self.stage = index;
        Ok(())
    }

    fn train_stage(&mut self, stage: &Stage) -> Result<()> {
        let seed = key(self.options.machine.seed, self.stage as u64, Stream::Data);
        let position = self.step - stage.first_step;
        let loader = Loader::new(self.dataset.clone(), seed, stage.batch, position)?;
        for batch in loader.take((stage.steps - position) as usize) {
            let (images, resolution) = (self.images(), stage.resolution);
            let at = At { step: self.step, images, resolution };
            let made = self.trainer.discriminator_step(&mut self.state, at, &batch?);
            let d = made.map_err(|e| self.advise(e))?;
            let g = match self.trainer.generator_waits(at) {
                true => None,
                false => {
                    let made = self.trainer.generator_step(&mut self.state, at, stage.batch as i64);
                    Some(made.map_err(|e| self.advise(e))?)
                }
            };
            self.step += 1;
            self.state.ema.update(stage.batch as u64, self.images());
            self.means.add(&d, g.as_ref());
            self.after_step(stage, images)?;
        }
        Ok(())
    }

    /// What is due after the step that began with `before` pictures shown.
    fn after_step(&mut self, stage: &Stage, before: u64) -> Result<()> {
        let (images, end) = (self.images(), self.step == self.schedule.end());
        let due = |kimg: f64| {
            let count = |images: u64| (images as f64 / (kimg * 1000.0)).floor();
            end || count(before) != count(images)
        };
        let output = self.options.output.clone();
        let stopped = self.interrupt.requested() && !end;
        if end || stopped || self.step.is_multiple_of(output.log_steps) {
            let tick = self.tick(stage);
            self.log.tick(images, tick)?;
        }
        if due(output.snapshot_kimg) {
            self.snapshot()?;
        }
        if self.measure.is_some() && due(output.metrics_kimg) {
            self.measure()?;
        }
        if stopped || due(output.checkpoint_kimg) {
            let checkpoint = self.save()?;
            if stopped {
                return Err(Error::Interrupted { step: self.step, checkpoint });
            }
        }
        Ok(())
    }

    fn tick(&mut self, stage: &Stage) -> Tick {
        Tick {
            step: self.step,
            kimg: self.images() as f64 / 1000.0,
            resolution: stage.resolution,
            levels: stage.levels,
            means: self.means.take(),
            images_per_second: 0.0,
            seconds: self.seconds(),
            memory_mib: memory_mib(),
        }
    }

    /// Writes a sheet of samples of the average.
    fn snapshot(&mut self) -> Result<()> {
        let begun = Instant::now();
        let side = self.schedule.stages()[self.stage].resolution;
        let kind = self.options.machine.precision().kind();
        let sheet = self.samples.sheet(&self.state.average, side.into(), kind)?;
        let name = format!("step-{:09}.png", self.step);
        write_whole(&self.folder.join(SAMPLES).join(name), &sheet.bytes)?;
        self.log.samples(self.step, &sheet)?;
        self.log.leave_out(begun.elapsed());
        Ok(())
    }

    /// Measures the average, where that is asked for.
    fn measure(&mut self) -> Result<()> {
        let Some(measure) = &self.measure else { return Ok(()) };
        let begun = Instant::now();
        let figures = measure.figures(&self.state.average, &self.dataset)?;
        self.log.figures(self.step, self.images() as f64 / 1000.0, &figures)?;
        self.log.leave_out(begun.elapsed());
        Ok(())
    }

    /// Writes a checkpoint and gives its path.
    fn save(&mut self) -> Result<PathBuf> {
        let begun = Instant::now();
        let meta = Meta {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            options: self.options.clone(),
            step: self.step,
            stage: self.stage,
            seconds: self.seconds(),
            pictures: self.dataset.len(),
            classes: self.dataset.class_names().to_vec(),
        };
        let path = self.shelf.write(self.step, &meta, &self.state.tensors())?;
        self.log.leave_out(begun.elapsed());
        Ok(path)
    }

    /// Real pictures shown so far.
    fn images(&self) -> u64 {
        self.schedule.images(self.step)
    }

    fn seconds(&self) -> f64 {
        self.seconds_before + self.begun.elapsed().as_secs_f64()
    }

    /// `error` with what to do, if numbers left the finite ones.
    fn advise(&self, error: Error) -> Error {
        let Error::NotFinite { step, what, .. } = error else { return error };
        let last = self.shelf.list().pop();
        let last = last.map_or("there is none".to_owned(), |path| path.display().to_string());
        let advice = format!(
            "training has stopped. The last good checkpoint is {last}; smaller --lr-g and --lr-d, a \
             larger --r1 or --precision f32 keep a new run finite"
        );
        Error::NotFinite { step, what, advice }
    }
}
