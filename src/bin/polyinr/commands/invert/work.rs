//! One picture becomes one field file.

use std::path::{Path, PathBuf};
use std::time::Instant;

use polyinr::file::check_name;
use polyinr::model::Generator;
use polyinr::ops::{Inversion, InvertOptions, invert, invert_memory, render_to_vec};
use polyinr::picture::Info;
use polyinr::{
    CancelToken, Channels, Control, Engine, Error, Existing, Extent, Field, GeneratedField, Limits,
    Notes, PictureReader, Raster, Result, RowSource as _, Samples, metrics,
};
use serde_json::{Value, json};

use super::args::Args;
use super::curve::Curve;
use crate::failure::{Failure, Outcome};
use crate::inputs::{Input, Inputs};
use crate::limits::LimitArgs;
use crate::outputs::{Claims, make_parent, refuse_existing, with_ending};
use crate::passing::renamed;
use crate::progress::{PictureProgress, Progress};
use crate::report::{Reporter, merged, rounded};
use crate::source::{ENDING, is_field_file};

/// A picture and its field file.
#[derive(Debug)]
pub struct Job {
    input: Input,
    output: PathBuf,
}

impl Job {
    /// A job for each input whose field is not there yet.
    pub fn plan(args: &Args, inputs: &Inputs, reporter: &Reporter) -> Outcome<Vec<Self>> {
        let out = &args.out;
        let folder = inputs.many
            || out.is_dir()
            || out.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
        if !folder && !is_field_file(out) {
            let problem = "a field file's name must end in .field (end it in / for a folder)";
            return Err(Failure::usage(format!("out: {}: {problem}", out.display())));
        }
        let mut claims = Claims::protecting(inputs.files.iter().map(|f| f.path.as_path()));
        let mut jobs = Vec::new();
        for file in &inputs.files {
            let output = match folder {
                true => out.join(with_ending(&file.relative, ENDING)),
                false => out.clone(),
            };
            claims.claim(&output, &file.name)?;
            match check_name(&output) {
                Ok(()) => jobs.push(Self { input: file.clone(), output }),
                Err(error) => reporter.failed(&error.to_string(), json!({"input": file.name})),
            }
        }
        let is_there = |job: &Self| args.existing().keeps(&job.output);
        let (existing, jobs): (Vec<Self>, Vec<Self>) = jobs.into_iter().partition(is_there);
        if !args.skip_existing {
            refuse_existing(&existing.iter().map(|j| j.output.clone()).collect::<Vec<_>>())?;
        }
        for job in &existing {
            reporter.skipped(&job.name(), "it is already there", job.about());
        }
        Ok(jobs)
    }

    fn name(&self) -> String {
        self.output.display().to_string()
    }

    fn about(&self) -> Value {
        json!({"input": self.input.name, "output": self.name()})
    }
}

/// Sums of the figures of all pictures.
#[derive(Debug, Default)]
pub struct Means {
    sums: [f64; 4],
    count: u32,
    with_ssim: u32,
}

/// SSIM of a field, and before its weights were tuned.
type Ssim = [f64; 2];

impl Means {
    fn add(&mut self, found: &Inversion, ssim: Option<Ssim>) {
        let [tuned, pivot] = ssim.unwrap_or_default();
        let figures = [found.psnr, found.pivot_psnr, tuned, pivot];
        self.sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
        self.count += 1;
        self.with_ssim += u32::from(ssim.is_some());
    }

    /// Tells the means of several pictures.
    pub fn tell(&self, reporter: &Reporter) {
        if self.count < 2 {
            return;
        }
        let [psnr, pivot, tuned, untuned] = self.sums.map(|s| s / f64::from(self.count));
        let ssim = (self.with_ssim == self.count).then_some([tuned, untuned]);
        let event = json!({
            "event": "means", "pictures": self.count, "psnr": rounded(psnr),
            "pivot_psnr": rounded(pivot),
        });
        reporter.event(merged(event, named(ssim)));
        let [after, before] = match ssim {
            Some(ssim) => ssim.map(|s| format!(", SSIM {s:.3}")),
            None => Default::default(),
        };
        let count = self.count;
        let text = format!("{psnr:.2} dB{after} (before tuning {pivot:.2} dB{before})");
        reporter.say(&format!("mean of {count}: {text}"));
    }
}

/// What all pictures of a run share.
pub struct Inverter<'a> {
    pub engine: &'a dyn Engine,
    pub generator: &'a Generator,
    pub options: &'a InvertOptions,
    pub existing: Existing,
    pub limits: LimitArgs,
    pub reporter: &'a Reporter,
    pub progress: Option<&'a Progress>,
    pub cancel: &'a CancelToken,
}

impl Inverter<'_> {
    /// Does one job and tells how it went.
    pub fn run(&self, job: &Job, curve: Option<&mut Curve>, means: &mut Means) {
        let start = Instant::now();
        match self.invert(job, curve) {
            Ok((found, ssim, notes)) => {
                let name = &job.input.name;
                let notes = self.reporter.notes(name, &notes.list());
                means.add(&found, ssim);
                let figures = json!({
                    "psnr": rounded(found.psnr), "pivot_psnr": rounded(found.pivot_psnr),
                    "stopped": found.stopped, "seconds": rounded(start.elapsed().as_secs_f64()),
                });
                let figures = merged(figures, named(ssim));
                let line = format!("{}: {:.2} dB", job.name(), found.psnr);
                self.reporter.finished(&line, merged(merged(job.about(), figures), notes));
            }
            Err(Error::Cancelled) => (),
            Err(error) => {
                let error = renamed(error, &job.input.path, &job.input.name);
                self.reporter.unwritten(self.existing, &job.name(), &error, job.about());
            }
        }
    }

    fn invert(
        &self,
        job: &Job,
        mut curve: Option<&mut Curve>,
    ) -> Result<(Inversion, Option<Ssim>, Notes)> {
        let limits = Limits { strip: true, ..self.limits.limits() };
        let reader = PictureReader::open(&job.input.path, &limits)?;
        let Info { width, height, channels, depth, .. } = *reader.info();
        let memory = {
            let picture = Extent { width, height, channels, depth };
            invert_memory(self.generator, picture, self.options)
        };
        let name = job.input.name.clone();
        self.limits.check(&name, (width, height), memory.max(reader.memory()))?;
        let notes = reader.notes().clone();
        let options = InvertOptions { nodata: reader.nodata(), ..self.options.clone() };
        let picture = reader.into_raster()?;
        let steps = u64::from(self.options.steps + self.options.tuning);
        let bar = self.progress.map(|p| p.picture("", steps));
        let control = PictureProgress::follow(bar.as_ref(), self.cancel);
        let mut watch = |step: &polyinr::ops::InvertStep| {
            if let Some(progress) = self.progress {
                progress.say(&format!("{:.1} dB", step.psnr));
            }
            if let Some(curve) = &mut curve {
                curve.add(&name, step);
            }
            true
        };
        let Self { engine, generator, .. } = *self;
        let found = invert(engine, generator, &picture, &options, &control, &mut watch)?;
        let origin = self.origin(Path::new(&job.input.name), &found);
        make_parent(&job.output)?;
        let field = Field::Generated(found.field.clone().with_origin(origin));
        field.save(&job.output, self.existing)?;
        let ssim = self.ssim(&picture, &found)?;
        Ok((found, ssim, notes))
    }

    fn origin(&self, input: &Path, found: &Inversion) -> String {
        let name = input.file_name().unwrap_or_default().to_string_lossy();
        let tuned = if found.field.is_tuned() { ", weights tuned" } else { "" };
        format!("inverted from {name}: {:.2} dB{tuned}", found.psnr)
    }

    /// SSIM at the picture's own size, if that is the size of the comparison.
    fn ssim(&self, picture: &Raster, found: &Inversion) -> Result<Option<Ssim>> {
        let [width, height] = found.field.size();
        if found.compared != [width, height] || width.min(height) < LEAST_SSIM {
            return Ok(None);
        }
        let of = |field: GeneratedField| {
            let field = Field::Generated(field);
            let view = field.view(width, height)?;
            let rgb = render_to_vec(self.engine, &field, &view, &Control::default())?;
            let shown = Raster::new(width, height, Channels::Rgb, Samples::F32(rgb))?;
            Ok(metrics::compare(picture, &shown, 0)?.ssim)
        };
        let ssim = of(found.field.clone())?;
        if !found.field.is_tuned() {
            return Ok(Some([ssim; 2]));
        }
        // Tuning leaves the code alone.
        let pivot = GeneratedField::new(self.generator, found.field.code().as_ref().clone())?;
        Ok(Some([ssim, of(pivot)?]))
    }
}

/// How figures of SSIM are called in what programs read.
fn named(ssim: Option<Ssim>) -> Value {
    let [ssim, pivot] = [0, 1].map(|i| ssim.map(|both| rounded(both[i])));
    json!({ "ssim": ssim, "pivot_ssim": pivot })
}

/// Least side of a picture of which SSIM is defined.
const LEAST_SSIM: u32 = 11;
