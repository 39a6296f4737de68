//! The images asked for, each in a file of its own.

use std::path::{Path, PathBuf};
use std::time::Instant;

use polyinr::file::check_name;
use polyinr::model::Generator;
use polyinr::ops::{GenerateOptions, generated_memory, render};
use polyinr::picture::{Format, Spec};
use polyinr::{
    CancelToken, Channels, Control, Depth, Engine, Error, Existing, Field, Result, View,
};
use serde_json::{Value, json};

use super::args::Args;
use crate::failure::Outcome;
use crate::outputs::{Claims, Frame, Target, make_parent, refuse_existing, with_ending};
use crate::progress::{PictureProgress, Progress};
use crate::report::{Reporter, merged, rounded, written};
use crate::save::{create, save};
use crate::source::ENDING;

/// One image of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Which image.
    pub options: GenerateOptions,
    /// Name of its class, for a model with classes.
    pub class: Option<String>,
}

impl Image {
    /// Every seed of every class asked for; classes change slowest.
    pub fn list(args: &Args, generator: &Generator) -> Outcome<Vec<Self>> {
        let image = |class: Option<usize>, seed: u32| {
            let options = args.generator.image(seed, class);
            let class = options.class_in(generator).map(|c| generator.classes()[c].clone());
            Self { options, class }
        };
        let classes = args.generator.classes(generator)?;
        let of_class = |c: &Option<usize>| args.seed.0.iter().map(|s| image(*c, *s)).collect();
        Ok(classes.iter().flat_map(|c| -> Vec<Self> { of_class(c) }).collect())
    }

    /// Name of its file, without ending, among others of several classes or of one.
    fn stem(&self, classes: bool) -> String {
        let seed = self.options.seed;
        match &self.class {
            Some(class) if classes => format!("seed{seed:04}-{}", safe(class)),
            _ => format!("seed{seed:04}"),
        }
    }

    /// Whether its class is the seed's, and was not asked for.
    fn chose_class(&self) -> bool {
        self.class.is_some() && self.options.class.is_none()
    }

    /// What lines for people say of it besides its file and size.
    fn remark(&self) -> String {
        match &self.class {
            Some(class) if self.chose_class() => format!(", class {class}, by the seed"),
            _ => String::new(),
        }
    }

    /// What JSON lines say of it.
    fn about(&self) -> Value {
        match &self.class {
            Some(class) => json!({"seed": self.options.seed, "class": class}),
            None => json!({"seed": self.options.seed}),
        }
    }
}

/// A class's name as part of a file's name.
fn safe(class: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    class.chars().map(keep).collect()
}

/// One file to make.
#[derive(Clone, Debug)]
pub struct Job {
    image: Image,
    output: PathBuf,
    format: Format,
    /// The field file beside it, if one is wanted.
    field: Option<PathBuf>,
}

impl Job {
    /// The files that are there already and stay.
    fn kept(&self, existing: Existing) -> impl Iterator<Item = &PathBuf> {
        self.files().filter(move |path| existing.keeps(path))
    }

    fn name(&self) -> String {
        self.output.display().to_string()
    }

    /// What JSON lines say of it where nothing was made.
    fn about(&self) -> Value {
        merged(self.image.about(), json!({"output": self.name()}))
    }

    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.field.iter().chain([&self.output])
    }
}

/// What all images of a run share.
#[derive(Debug)]
pub struct Studio<'a> {
    /// The command line.
    pub args: &'a Args,
    /// The model.
    pub generator: &'a Generator,
    /// Computes.
    pub engine: &'a dyn Engine,
    /// What is shown of each image.
    pub view: &'a View,
    /// Tells.
    pub reporter: &'a Reporter,
    /// Stops.
    pub cancel: &'a CancelToken,
}

impl Studio<'_> {
    /// A file for each image, or `passed` for the only one.
    pub fn plan(&self, images: Vec<Image>, passed: Option<PathBuf>) -> Outcome<Vec<Job>> {
        let output = &self.args.output;
        let target = output.target(images.len() > 1)?;
        let named = |i: &Image| i.chose_class() || i.class != images[0].class;
        let classes = images.iter().any(named);
        let mut jobs = Vec::with_capacity(images.len());
        let mut claims = Claims::default();
        for image in images {
            let stem = image.stem(classes);
            let (output, format) = self.output(&target, &passed, &stem)?;
            let field = self.args.save_field.then(|| with_ending(&output, ENDING));
            let job = Job { image, output, format, field };
            job.files().try_for_each(|file| claims.claim(file, &stem))?;
            jobs.push(job);
        }
        let existing = output.existing();
        if existing == Existing::Refuse {
            let there = jobs.iter().flat_map(|job| job.kept(existing));
            refuse_existing(&there.cloned().collect::<Vec<_>>())?;
        }
        let complete = |job: &Job| job.kept(existing).count() == job.files().count();
        let (complete, mut jobs): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(complete);
        for job in &complete {
            self.reporter.skipped(&job.name(), "it is already there", job.about());
        }
        jobs.retain(|job| match job.files().try_for_each(check_name) {
            Ok(()) => true,
            Err(error) => {
                self.reporter.failed(&error.to_string(), job.about());
                false
            }
        });
        Ok(jobs)
    }

    /// Path and format of the file called `stem` where there are several.
    pub fn output(
        &self,
        target: &Target,
        passed: &Option<PathBuf>,
        stem: &str,
    ) -> Outcome<(PathBuf, Format)> {
        let (path, format) = self.args.output.place(target, passed, stem)?;
        self.args.output.check_holds(format, &self.frame())?;
        Ok((path, format))
    }

    /// Pixels of one image.
    pub fn frame(&self) -> Frame {
        let (width, height) = (self.view.width(), self.view.height());
        Frame { width, height, channels: Channels::Rgb, depth: Depth::U8 }
    }

    /// Checks that a file of `frame` is within the limits.
    pub fn check(&self, frame: &Frame, format: Format) -> Result<()> {
        let size = [self.view.width(), self.view.height()];
        let memory = frame.memory(format, &self.args.output);
        let memory = memory + generated_memory(self.engine, self.generator.network(), size);
        self.args.run.limits.check("size", (frame.width, frame.height), memory)
    }

    /// Bytes of memory while a job is in work.
    pub fn memory(&self, job: &Job) -> u64 {
        self.frame().memory(job.format, &self.args.output)
    }

    /// What a file of `frame` is like.
    pub fn spec(&self, frame: &Frame, format: Format, what: &str) -> Spec {
        let parameters = (!self.args.strip).then(|| self.parameters(what));
        self.args.output.spec(format, frame, parameters)
    }

    /// What a file says of how it was made: the command, and which weights exactly.
    fn parameters(&self, what: &str) -> String {
        let about = self.generator.about();
        format!(
            "polyinr {} generate --model {} {what}{} --size {}x{}{} (model id {})",
            env!("CARGO_PKG_VERSION"),
            about.name,
            self.args.generator.named_truncation(),
            self.view.width(),
            self.view.height(),
            self.args.view.named(),
            about.id,
        )
    }

    /// Does one job and tells how it went.
    pub fn run(&self, job: &Job, progress: Option<&Progress>) {
        let start = Instant::now();
        let name = self.args.output.shown(&job.output);
        let bar = progress.map(|p| p.picture(&name, self.view.pixels()));
        let control = PictureProgress::follow(bar.as_ref(), self.cancel);
        let mut about = merged(job.image.about(), json!({"output": name}));
        if let Some(field) = &job.field {
            about = merged(about, json!({"field": field.display().to_string()}));
        }
        match self.make(job, &control) {
            Ok(()) => {
                let size = (self.view.width(), self.view.height());
                self.tell(&name, &job.image.remark(), about, size, start);
            }
            Err(Error::Cancelled) => (),
            Err(error) => {
                self.reporter.unwritten(self.args.output.existing(), &name, &error, about);
            }
        }
    }

    /// Tells that a file is complete, with a remark behind its size.
    pub fn tell(
        &self,
        name: &str,
        remark: &str,
        about: Value,
        (width, height): (u32, u32),
        start: Instant,
    ) {
        let seconds = rounded(start.elapsed().as_secs_f64());
        let more = json!({"width": width, "height": height, "seconds": seconds});
        self.reporter.finished(&format!("{name}: {width}x{height}{remark}"), merged(about, more));
    }

    fn make(&self, job: &Job, control: &Control<'_>) -> Result<()> {
        let Image { options, class } = &job.image;
        // Of an interrupted run one of the two may be there already.
        let existing = self.args.output.existing();
        let missing = |path: &Path| existing == Existing::Refuse || !existing.keeps(path);
        let field = Field::Generated(options.field(self.generator)?);
        if let Some(path) = job.field.as_deref().filter(|path| missing(path)) {
            make_parent(path)?;
            written(existing, field.save(path, existing))?;
        }
        if !missing(&job.output) && job.field.is_some() {
            return Ok(());
        }
        let class = class.as_ref().map(|c| format!(" --class {c:?}")).unwrap_or_default();
        let what = format!("--seed {}{class}", options.seed);
        let spec = self.spec(&self.frame(), job.format, &what);
        self.check(&self.frame(), job.format)?;
        let writer = create(&job.output, spec, existing)?;
        save(writer, |sink| render(self.engine, &field, self.view, control, sink))
    }
}
