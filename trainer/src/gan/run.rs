//! A run: stage after stage, step after step, and what is written on the way.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::embedding;
use super::game::{Game, Verdict};
use super::grid::Samples;
use super::log::{Log, Tick};
use super::means::Means;
use super::measure::Measure;
use super::measured::Measured;
use super::meta::{Meta, about};
use super::plan::Plan;
use super::schedule::{Schedule, Stage};
use super::settings::Settings;
use super::state::State;
use super::step::{At, DiscriminatorOutcome, Trainer};
use crate::data::{Dataset, Loader};
use crate::device;
use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::metrics::Figure;
use crate::nn::store;
use crate::random::{Stream, key};
use crate::run::checkpoint::Checkpoint;
use crate::run::interrupt::Interrupt;
use crate::run::report::{duration, memory_mib, write_run};
use crate::run::shelf::Shelf;

/// Folder of sample sheets in a run's folder.
const SAMPLES: &str = "samples";
/// File in it that names the classes of their rows, one a line.
const ROWS: &str = "rows.txt";

/// A run in work.
pub struct Run<'a> {
    settings: Settings,
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
    best: Option<Measured>,
    game: Game,
    /// The step of the last checkpoint.
    saved: Option<u64>,
    /// The step that this program began with.
    first_step: u64,
    means: Means,
    dataset: Arc<Dataset>,
    interrupt: &'a Interrupt,
    begun: Instant,
    /// When its first step began.
    begun_training: Instant,
    seconds_before: f64,
    /// Whether the checkpoint that it goes on from says something else than the settings do, or lies
    /// elsewhere.
    unsaved: bool,
}

impl<'a> Run<'a> {
    /// A run with these settings in `folder`, from its beginning or from a
    /// checkpoint.
    ///
    /// # Errors
    /// [`Error::Parameter`] when settings cannot be followed, [`Error::Data`] when the data cannot be
    /// used, [`Error::Weights`] when the checkpoint does not fit, [`Error::Io`].
    pub fn new(
        settings: Settings,
        folder: &Path,
        from: Option<(PathBuf, Checkpoint<Meta>)>,
        interrupt: &'a Interrupt,
    ) -> Result<Self> {
        let schedule = Schedule::new(&settings.schedule)?;
        let device = device::open(&settings.machine.device)?;
        let (step, stage) = from.as_ref().map_or((0, 0), |(_, c)| (c.meta.step, c.meta.stage));
        let first = &schedule.stages()[stage];
        let dataset = Arc::new(settings.data.open(first.resolution)?);
        if from.is_none() {
            settings.check_used(!dataset.class_names().is_empty())?;
        }
        let stored = from.as_ref().map(|(_, checkpoint)| &checkpoint.tensors);
        let embedding = embedding::embedding(&settings, &dataset, stored, device)?;
        let plan = Plan::new(&settings, dataset.class_names(), embedding, device);
        let mut state = State::new(&plan, first)?;
        match (&from, &settings.networks.from) {
            (Some((path, checkpoint)), _) => {
                checkpoint.meta.check_data(path, &dataset)?;
                state.load(&checkpoint.tensors).map_err(|problem| Error::weights(path, problem))?;
            }
            (None, Some(model)) => state.take_generator(&plan, model)?,
            (None, None) => (),
        }
        // All that can be refused is, before anything is written or moved.
        let measure = Measure::new(&settings, folder, &dataset, device)?;
        let trainer = Trainer::new(plan, dataset.labels())?;
        let shelf = Shelf::of_run(folder);
        shelf.prepare()?;
        let unsaved = from.as_ref().is_some_and(|(path, checkpoint)| {
            checkpoint.meta.settings != settings || !shelf.holds(path)
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
        write_run(folder, &about(&settings, &schedule, &dataset, &state, step))?;
        let (columns, seed) = (settings.output.snapshot_columns, settings.machine.seed);
        let sheets = Samples::new(&state.average, columns, seed);
        name_rows(&samples, &sheets, dataset.class_names())?;
        if let Some(caution) = measure.as_ref().and_then(|measure| measure.caution(&dataset)) {
            log.say(&format!("warning: {caution}"));
        }
        log.say(&introduction(&settings, &schedule, &state, step == 0));
        Ok(Self {
            samples: sheets,
            first_step: step,
            measure,
            best: Measured::best_of_run(folder, |step| shelf.path(step).exists()),
            saved: from.is_some().then_some(step),
            game: from.as_ref().map_or_else(Game::default, |(_, c)| c.meta.game.clone()),
            trainer,
            seconds_before: from.map_or(0.0, |(_, c)| c.meta.seconds),
            begun: Instant::now(),
            begun_training: Instant::now(),
            means: Means::default(),
            folder: folder.to_owned(),
            settings,
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
    /// finite ones, both naming the checkpoint to go on with; [`Error::Saturated`] when the discriminator
    /// was always right for too long; [`Error::Data`], [`Error::Io`].
    pub fn train(mut self) -> Result<()> {
        if self.step == 0 {
            self.snapshot()?;
            let _ = self.measure()?;
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
        let (kimg, folder) = (self.images() as f64 / 1000.0, self.folder.display());
        self.log.say(&format!(
            "trained for {kimg:.1} kimg; the result: polyinr-train export {folder} -o MODEL"
        ));
        if let Some(best) = &self.best {
            let Measured { step, figure: Figure { metric, value, .. }, .. } = best;
            self.log.say(&format!(
                "the best {metric}, {value:.4}, is that of step {step}: polyinr-train export {folder} --best -o MODEL"
            ));
        }
        Ok(())
    }

    /// Brings networks and data to the size of the next stage.
    fn enter(&mut self, index: usize, stage: &Stage) -> Result<()> {
        let side = stage.resolution;
        if side != self.dataset.resolution() {
            self.dataset = Arc::new(self.settings.data.open(side)?);
        }
        self.state.advance(self.trainer.plan(), stage)?;
        let levels = self.state.generator.levels();
        self.log.say(&format!("stage {}: {side}x{side}, {levels} levels", index + 1));
        self.stage = index;
        Ok(())
    }

    fn train_stage(&mut self, stage: &Stage) -> Result<()> {
        let seed = key(self.settings.machine.seed, self.stage as u64, Stream::Data);
        let position = self.step - stage.first_step;
        let loader = Loader::new(self.dataset.clone(), seed, stage.batch, position)?;
        self.begun_training = Instant::now();
        for batch in loader.take((stage.steps - position) as usize) {
            let (images, resolution) = (self.images(), stage.resolution);
            let stage_images = images - self.schedule.images(stage.first_step);
            let at = At { step: self.step, images, stage_images, resolution };
            let made = self.trainer.discriminator_step(&mut self.state, at, &batch?);
            let (d, fakes) = made.map_err(|e| self.advise(e))?;
            let g = match self.trainer.generator_waits(at) {
                true => None,
                false => {
                    let made =
                        self.trainer.generator_step(&mut self.state, at, stage.batch as i64, fakes);
                    Some(made.map_err(|e| self.advise(e))?)
                }
            };
            self.step += 1;
            self.state.ema.update(stage.batch as u64, self.images());
            self.means.add(&d, g.as_ref());
            // Checkpoints hold what the game has come to.
            let verdict = match g.is_some() {
                true => self.look(&d, stage.batch as u64),
                false => Verdict::Open,
            };
            self.after_step(stage, images)?;
            self.heed(verdict)?;
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
        let output = self.settings.output.clone();
        if self.step == self.first_step + 1 {
            let seconds = self.begun_training.elapsed().as_secs_f64();
            let left = (self.schedule.end() - self.step) as f64 * seconds;
            self.log.say(&format!(
                "the first step took {seconds:.1} s; at that rate {} are left",
                duration(left)
            ));
        }
        let stopped = self.interrupt.requested() && !end;
        if end || stopped || self.step.is_multiple_of(output.log_steps) {
            let tick = self.tick(stage);
            self.log.tick(images, tick)?;
        }
        if due(output.snapshot_kimg) {
            self.snapshot()?;
        }
        let improved = self.measure.is_some() && due(output.metrics_kimg) && self.measure()?;
        if stopped || improved || due(output.checkpoint_kimg) {
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
            levels: self.state.generator.levels(),
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
        let kind = self.settings.machine.precision.kind();
        let sheet = self.samples.sheet(&self.state.average, side.into(), kind)?;
        let name = format!("step-{:09}.png", self.step);
        write_whole(&self.folder.join(SAMPLES).join(name), &sheet.bytes)?;
        self.log.samples(self.step, &sheet)?;
        self.log.leave_out(begun.elapsed());
        Ok(())
    }

    /// Measures the average, where that is asked for. Gives whether it is the best one yet of this stage.
    fn measure(&mut self) -> Result<bool> {
        let Some(measure) = &self.measure else { return Ok(false) };
        let begun = Instant::now();
        let (figures, metric) =
            (measure.figures(&self.state.average, &self.dataset)?, measure.deciding());
        let (step, kimg) = (self.step, self.images() as f64 / 1000.0);
        let resolution = self.dataset.resolution();
        let line = |figure| Measured { step, kimg, resolution, figure, best: false };
        let mut lines: Vec<Measured> = figures.into_iter().map(line).collect();
        let Some(first) = lines.first_mut() else { return Ok(false) };
        let rival = self.best.as_ref().filter(|best| best.compares_with(first));
        let best =
            rival.is_none_or(|rival| metric.is_better(first.figure.value, rival.figure.value));
        first.best = best;
        if best {
            self.best = Some(first.clone());
        }
        self.log.figures(&lines)?;
        self.log.leave_out(begun.elapsed());
        Ok(best)
    }

    /// Looks at how right the discriminator was in a step of `batch` pictures.
    fn look(&mut self, outcome: &DiscriminatorOutcome, batch: u64) -> Verdict {
        let kimg = self.settings.output.saturated_kimg;
        let limit = (kimg > 0.0).then_some((kimg * 1000.0) as u64);
        self.game.look(outcome, batch, self.saved, limit)
    }

    /// Warns of a discriminator that is always right, and stops in the end.
    fn heed(&mut self, verdict: Verdict) -> Result<()> {
        match verdict {
            Verdict::Open => (),
            Verdict::Warning => self.log.say(&format!(
                "warning: the discriminator has been right about nearly all pictures for {:.0} thousand of them; \
                 a generator learns little from one. {}",
                self.game.certain_kimg(),
                self.remedy()
            )),
            // What has come to its end is whole.
            Verdict::Lost if self.step == self.schedule.end() => (),
            Verdict::Lost => {
                self.save()?;
                let advice = format!(
                    "training has stopped. {}. To go on as it is: --resume {} --saturated-kimg 0",
                    self.remedy(),
                    self.folder.display()
                );
                let (step, kimg) = (self.step, self.game.certain_kimg());
                return Err(Error::Saturated { step, kimg, advice });
            }
        }
        Ok(())
    }

    /// What helps against a discriminator that is always right.
    fn remedy(&self) -> String {
        let rate = self.settings.balance.lr_d / 4.0;
        match self.game.before() {
            Some(step) => {
                let path = self.shelf.path(step);
                format!("To go back to before: --resume {} --lr-d {rate:e}", path.display())
            }
            None => format!("A new run may fare better with --lr-d {rate:e} or more pictures"),
        }
    }

    /// Writes a checkpoint and gives its path.
    fn save(&mut self) -> Result<PathBuf> {
        let begun = Instant::now();
        let meta = Meta {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            settings: self.settings.clone(),
            step: self.step,
            stage: self.stage,
            seconds: self.seconds(),
            pictures: self.dataset.len(),
            classes: self.dataset.class_names().to_vec(),
            game: self.game.clone(),
        };
        let mut tensors = self.state.tensors();
        tensors.extend(embedding::stored(self.trainer.plan().embedding.as_ref()));
        let path = self.shelf.write(self.step, &meta, &tensors)?;
        self.saved = Some(self.step);
        let held: Vec<u64> =
            self.best.iter().map(|best| best.step).chain(self.game.checkpoints()).collect();
        self.shelf.tidy(self.settings.output.keep, &held);
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

/// What is trained, and what to expect of it, in a line.
fn introduction(settings: &Settings, schedule: &Schedule, state: &State, begins: bool) -> String {
    let millions = |store| {
        let sizes = store::trainable(store).into_iter().map(|(_, tensor)| tensor.numel());
        sizes.sum::<usize>() as f64 / 1e6
    };
    let expect = match (begins, &settings.networks.from) {
        (false, _) => "pictures so far",
        (true, Some(_)) => "pictures begin as those of the model",
        (true, None) => {
            "pictures begin as smooth colours and take shape over tens to hundreds of kimg"
        }
    };
    format!(
        "generator of {:.2} million parameters, discriminator of {:.2}; {} steps, {:.0} kimg; {expect}: see {SAMPLES}",
        millions(state.generator.store()),
        millions(state.discriminator.get().store()),
        schedule.end(),
        schedule.images(schedule.end()) as f64 / 1000.0,
    )
}

/// Writes which classes the rows of the sheets in `folder` show, where there are classes.
fn name_rows(folder: &Path, sheets: &Samples, classes: &[String]) -> Result<()> {
    if sheets.rows().is_empty() {
        return Ok(());
    }
    let name = |&class: &usize| format!("{}\n", classes.get(class).map_or("", String::as_str));
    let names: String = sheets.rows().iter().map(name).collect();
    write_whole(&folder.join(ROWS), names.as_bytes())
}
