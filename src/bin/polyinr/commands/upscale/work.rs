//! One picture of the batch: read, computed, written.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use polyinr::model::{Strength, Upscaler};
use polyinr::ops::{
    Extent, Size, SuperResolveOptions, gaps_memory, strength, super_resolve, super_resolve_memory,
};
use polyinr::picture::{Existing, Format, Metadata, NoteKind, PictureReader, Spec};
use polyinr::{
    CancelToken, Control, Depth, Engine, Error, Notes, PictureFile, Result, RowSink, RowSource,
};
use serde_json::{Value, json};

use super::compare::Compared;
use super::job::{Job, report_failure};
use super::options::{Batch, RESTORE};
use crate::clipping::Clipping;
use crate::outputs::make_parent;
use crate::passing::renamed;
use crate::progress::{PictureProgress, Progress};
use crate::report::{MEANWHILE, Reporter, is_passed_over, merged, rounded, shortest, written};
use crate::save::{create, save};

/// What all pictures of a batch share.
#[derive(Debug)]
pub struct Worker<'a> {
    /// The pictures, and what becomes of them.
    pub batch: Batch<'a>,
    /// Computes.
    pub engine: &'a dyn Engine,
    /// The weights.
    pub upscaler: Arc<Upscaler>,
    /// Tells.
    pub reporter: &'a Reporter,
    /// Stops.
    pub cancel: &'a CancelToken,
}

impl Worker<'_> {
    /// Does one job and tells how it went.
    pub fn run(&self, job: &Job, progress: Option<&Progress>) {
        let start = Instant::now();
        let bar = progress.map(|p| p.picture(&job.name, job.pixels()));
        let control = PictureProgress::follow(bar.as_ref(), self.cancel);
        let made = || {
            let strength = self.strength(job, &control)?;
            Ok(self.make(job, strength, &control)?.map(|notes| (notes, strength)))
        };
        match made() {
            Ok(None) => {
                self.reporter.skipped(&job.name, MEANWHILE, job.about());
            }
            Ok(Some((notes, strength))) => {
                let notes = self.reporter.notes(&job.name, &notes.list());
                let seconds = json!({"seconds": rounded(start.elapsed().as_secs_f64())});
                let (width, height) = job.to;
                let (amounts, about) = self.amounts(strength);
                let line = format!("{}: {width}x{height}{amounts}", job.shown);
                let about = merged(merged(merged(job.about(), about), seconds), notes);
                self.reporter.finished(&line, about);
            }
            Err(Error::Cancelled) => (),
            Err(error) if is_passed_over(self.batch.args.output.existing(), &error) => {
                self.reporter.skipped(&job.name, MEANWHILE, job.about());
            }
            Err(error) => {
                let error = renamed(error, &job.input, &job.name);
                report_failure(self.reporter, &job.name, &error);
            }
        }
    }

    /// What the upscaler is told to clean in the picture of `job`.
    fn strength(&self, job: &Job, control: &Control<'_>) -> Result<Strength> {
        let open = || -> Result<Box<dyn RowSource>> {
            Ok(Box::new(PictureReader::open(&job.input, &self.batch.args.limits())?))
        };
        let size = Size::Exact(job.to.0, job.to.1);
        strength(&self.upscaler, &open, size, &self.batch.options, control)
    }

    /// The same for people and for programs.
    fn amounts(&self, strength: Strength) -> (String, Value) {
        let amounts = self.told(strength);
        if amounts.is_empty() {
            return (String::new(), Value::Null);
        }
        let number = |amount: f32| json!(shortest(amount));
        let text = amounts.iter().map(|(name, amount)| format!(", {name} {amount}")).collect();
        let about = amounts.into_iter().map(|(name, amount)| (name.to_owned(), number(amount)));
        (text, Value::Object(about.collect()))
    }

    /// What the upscaler is told, by name: nothing that it cannot be told.
    fn told(&self, Strength { denoise, deblur, detail }: Strength) -> Vec<(&'static str, f32)> {
        let cleaning = [("denoise", denoise), ("deblur", deblur)];
        let cleaning = cleaning.into_iter().filter(|_| self.upscaler.can_be_told());
        let detail = Some(("detail", detail)).filter(|_| self.upscaler.draws_detail());
        cleaning.chain(detail).collect()
    }

    /// Most bytes of memory while `job` is in work: what reading, computing and writing hold, and the
    /// comparison and the field file where they are wanted.
    pub fn memory(&self, job: &Job, reader: &PictureReader) -> u64 {
        let ((width, height), info) = (job.from, reader.info());
        let (channels, depth) = (info.channels, info.depth);
        let from = Extent { width, height, channels, depth };
        let options = self.batch.options;
        let made = super_resolve_memory(self.engine, &self.upscaler, from, job.to, &options);
        let gaps = match reader.nodata() {
            Some(_) if depth != Depth::F32 => gaps_memory(from),
            _ => 0,
        };
        // Colour and alpha are read apart.
        let readers = if channels.has_alpha() { 2 } else { 1 };
        let spec = Spec::new(job.format, job.to.0, job.to.1, channels, job.depth);
        let compared = if self.batch.args.compare { 2 * job.held } else { 0 };
        let kept = if job.field.is_some() { 3 * job.held } else { 0 };
        kept.max(made + gaps + readers * reader.memory() + spec.memory() + compared)
    }

    /// Makes those files of a job that are missing; gives what came up on the way, or nothing where
    /// another run was first with all of them.
    fn make(&self, job: &Job, strength: Strength, control: &Control<'_>) -> Result<Option<Notes>> {
        let existing = self.batch.args.output.existing();
        let missing = |path: &&PathBuf| existing == Existing::Refuse || !existing.keeps(path);
        let mut made = None;
        if let Some(path) = job.field.as_ref().filter(missing) {
            made = self.keep(job, strength, path)?;
        }
        let comparison = job.comparison.as_ref().filter(missing);
        let result = Some(&job.output).filter(missing);
        if result.is_some() || comparison.is_some() {
            made = self.enlarge(job, strength, [result, comparison], control)?.or(made);
        }
        Ok(made)
    }

    /// Writes the field file, unless it is there by now and is passed over.
    fn keep(&self, job: &Job, strength: Strength, path: &Path) -> Result<Option<Notes>> {
        let reader = PictureReader::open(&job.input, &self.batch.args.limits())?;
        let (profile, notes) = (reader.info().metadata.icc.clone(), reader.notes().clone());
        let name = Path::new(&job.name).file_name().unwrap_or_default().to_string_lossy();
        let nodata = reader.nodata();
        let raster = Arc::new(reader.into_raster()?);
        make_parent(path)?;
        let existing = self.batch.args.output.existing();
        let saved = PictureFile::new(&self.upscaler, raster, &format!("the picture {name}"))
            .with_refine(job.refine)
            .with_profile(profile)
            .with_nodata(nodata)
            .with_strength(strength)?
            .save(path, existing);
        Ok(written(existing, saved)?.then_some(notes))
    }

    /// Writes the result, the comparison or both, unless they are there by now and are passed over.
    fn enlarge(
        &self,
        job: &Job,
        strength: Strength,
        [result, comparison]: [Option<&PathBuf>; 2],
        control: &Control<'_>,
    ) -> Result<Option<Notes>> {
        let existing = self.batch.args.output.existing();
        let open = || PictureReader::open(&job.input, &self.batch.args.limits());
        let reader = open()?;
        let notes = reader.notes().clone();
        let clipping = Clipping::between(reader.info().depth, job.depth);
        let mut metadata = reader.info().metadata.clone();
        metadata.converted(reader.info().depth, job.depth);
        let spec = self.spec(job, strength, metadata);
        if !self.batch.args.strip {
            spec.losses().into_iter().for_each(|note| notes.add(note.kind, note.text));
        }
        // Where there is alpha, and of floats and grey pictures, the file is read more than once.
        let first = Cell::new(Some(reader));
        let result = result.map(|path| create(path, spec, existing)).transpose()?;
        let render = |sink: &mut dyn RowSink| {
            let rows = || -> Result<Box<dyn RowSource>> {
                Ok(Box::new(first.take().map_or_else(open, Ok)?))
            };
            let size = Size::Exact(job.to.0, job.to.1);
            let options = SuperResolveOptions { treatment: strength.into(), ..self.batch.options };
            let (engine, upscaler) = (self.engine, &self.upscaler);
            let made = |sink: &mut dyn RowSink| {
                super_resolve(engine, upscaler, &rows, size, &options, control, sink)
            };
            match &clipping {
                Some(clipping) => made(&mut clipping.watch(sink)),
                None => made(sink),
            }
        };
        let told = |notes: Notes| {
            let text = clipping.as_ref().and_then(Clipping::text);
            text.into_iter().for_each(|text| notes.add(NoteKind::Clipped, text));
            notes
        };
        let Some(comparison) = comparison else {
            return Ok(written(existing, save(result, render))?.then(|| told(notes)));
        };
        let source = open()?.into_raster()?;
        let spec = Spec::new(Format::Png, 2 * job.to.0, job.to.1, job.channels, Depth::U8);
        let beside = create(comparison, spec, existing)?;
        let both = Compared::new(result, beside, &source, job.to, existing)?;
        Ok(written(existing, save(both, render))?.then(|| told(notes)))
    }

    fn spec(&self, job: &Job, strength: Strength, mut metadata: Metadata) -> Spec {
        if self.batch.args.strip {
            metadata.strip();
        } else {
            metadata.resized(job.from, job.to);
            metadata.parameters = Some(self.parameters(job, strength));
        }
        let (width, height) = job.to;
        let mut spec =
            Spec { metadata, ..Spec::new(job.format, width, height, job.channels, job.depth) };
        if let Some(quality) = self.batch.args.output.quality {
            spec.quality = quality;
        }
        spec
    }

    /// What the result says of how it was made.
    fn parameters(&self, job: &Job, strength: Strength) -> String {
        let about = self.upscaler.about();
        let ((w, h), (width, height)) = (job.from, job.to);
        let refine = job.refine.map(|r| format!(" --refine={}", r.steps())).unwrap_or_default();
        let size = match self.batch.command {
            RESTORE => String::new(),
            _ => format!(" --size {width}x{height}"),
        };
        let tta = if self.batch.options.tta { " --tta" } else { "" };
        let told = self.told(strength).into_iter();
        let told: String = told.map(|(name, amount)| format!(" --{name} {amount}")).collect();
        format!(
            "polyinr {} {} --model {}{size}{refine}{told}{tta} (model id {}, from {w}x{h})",
            env!("CARGO_PKG_VERSION"),
            self.batch.command,
            about.name,
            about.id,
        )
    }
}
