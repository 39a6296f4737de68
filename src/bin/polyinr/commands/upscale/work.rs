//! One picture of the batch: read, computed, written.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use polyinr::model::{Strength, Upscaler};
use polyinr::ops::{SuperResolveOptions, picture_memory, render};
use polyinr::picture::{Existing, Format, Metadata, NoteKind, PictureReader, Spec};
use polyinr::raster::all_rows;
use polyinr::{CancelToken, Control, Depth, Engine, Error, Field, Result, RowSink, RowSource as _};
use serde_json::{Value, json};

use super::compare::Compared;
use super::job::{Job, report_failure};
use super::opened::{OpenedPicture, extent};
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
            let picture = OpenedPicture::open(job, &self.upscaler, self.batch.args.limits())?;
            let picture = picture.treated(&self.batch, &job.view()?, &control)?;
            let strength = picture.field.strength();
            Ok(self.make(job, &picture, &control)?.then(|| (picture.notes(), strength)))
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

    /// What the upscaler is told, for people and for programs.
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
        let from = extent(reader);
        let SuperResolveOptions { refine, tta, .. } = self.batch.options;
        let picture = (from, reader.nodata());
        let made = picture_memory(self.engine, &self.upscaler, picture, job.to, refine, tta);
        let spec = Spec::new(job.format, job.to.0, job.to.1, from.channels, job.depth);
        let made = made + spec.memory();
        let kept = if job.field.is_some() { 2 * job.held } else { 0 };
        if job.is_held {
            return job.held + kept.max(made).max(reader.memory());
        }
        let kept = if job.field.is_some() { job.held + kept } else { 0 };
        // Colour and alpha are read apart.
        let readers = if from.channels.has_alpha() { 2 } else { 1 };
        let compared = if self.batch.args.compare { 2 * job.held } else { 0 };
        kept.max(made + readers * reader.memory() + compared)
    }

    /// Makes those files of a job that are missing; not where another run was first with all of them.
    fn make(&self, job: &Job, picture: &OpenedPicture, control: &Control<'_>) -> Result<bool> {
        let existing = self.batch.args.output.existing();
        let missing = |path: &&PathBuf| existing == Existing::Refuse || !existing.keeps(path);
        let mut made = false;
        if let Some(path) = job.field.as_ref().filter(missing) {
            make_parent(path)?;
            let field = Field::Picture(picture.field.clone());
            made = written(existing, field.save(path, existing))?;
        }
        let comparison = job.comparison.as_ref().filter(missing);
        let result = Some(&job.output).filter(missing);
        if result.is_some() || comparison.is_some() {
            made |= self.enlarge(job, picture, [result, comparison], control)?;
        }
        Ok(made)
    }

    /// Writes the result, the comparison or both, unless they are there by now and are passed over.
    fn enlarge(
        &self,
        job: &Job,
        picture: &OpenedPicture,
        [result, comparison]: [Option<&PathBuf>; 2],
        control: &Control<'_>,
    ) -> Result<bool> {
        let existing = self.batch.args.output.existing();
        let OpenedPicture { field, metadata, depth, .. } = picture;
        let notes = picture.notes();
        let clipping = Clipping::between(*depth, job.depth);
        let mut metadata = metadata.clone();
        metadata.converted(*depth, job.depth);
        let spec = self.spec(job, field.strength(), metadata);
        if !self.batch.args.strip {
            spec.losses().into_iter().for_each(|note| notes.add(note.kind, note.text));
        }
        let result = result.map(|path| create(path, spec, existing)).transpose()?;
        let (shown, view) = (Field::Picture(field.clone()), job.view()?);
        let show = |sink: &mut dyn RowSink| match &clipping {
            Some(clipping) => {
                render(self.engine, &shown, &view, control, &mut clipping.watch(sink))
            }
            None => render(self.engine, &shown, &view, control, sink),
        };
        let saved = match comparison {
            None => save(result, show),
            Some(comparison) => {
                let source = match field.raster() {
                    Some(raster) => raster.clone(),
                    None => Arc::new(all_rows(field.rows()?)?),
                };
                let spec = Spec::new(Format::Png, 2 * job.to.0, job.to.1, job.channels, Depth::U8);
                let beside = create(comparison, spec, existing)?;
                save(Compared::new(result, beside, &source, job.to, existing)?, show)
            }
        };
        let made = written(existing, saved)?;
        let text = clipping.as_ref().and_then(Clipping::text).filter(|_| made);
        text.into_iter().for_each(|text| notes.add(NoteKind::Clipped, text));
        Ok(made)
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
