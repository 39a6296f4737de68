//! One field becomes one file: a picture, or a field file.

use std::path::Path;
use std::time::Instant;

use polyinr::ops::{field_memory, render};
use polyinr::picture::{Note, NoteKind};
use polyinr::{CancelToken, Control, Error, Field, RowSink};
use serde_json::{Value, json};

use crate::canvas::{Canvas, CanvasArgs};
use crate::clipping::Clipping;
use crate::common::{OutputArgs, RunArgs};
use crate::failure::{Failure, Outcome};
use crate::outputs::{Claims, make_parent, refuse_existing};
use crate::passing::Passing;
use crate::progress::PictureProgress;
use crate::report::{Reporter, merged, rounded};
use crate::save::{create, save};
use crate::source::is_field_file;

/// A field, and what its files are called and say.
#[derive(Debug)]
pub struct Made {
    /// The field.
    pub field: Field,
    /// As a command, for a picture's parameters.
    pub command: String,
    /// Name of its file in a folder, without ending.
    pub stem: String,
}

/// The options of a subcommand that makes one file.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// What is shown.
    pub canvas: &'a CanvasArgs,
    /// Where it goes.
    pub output: &'a OutputArgs,
    /// How it runs.
    pub run: &'a RunArgs,
}

impl Wish<'_> {
    /// Writes the picture, without touching `inputs`.
    pub fn picture(&self, made: Made, inputs: &[&Path], cancel: &CancelToken) -> Outcome {
        let passing = self.output.passing(self.run.json)?;
        let passed = passing.as_ref().map(Passing::output);
        let canvas = Canvas::new(self.canvas, self.output, &made.field, &made.command)?;
        let target = self.output.target(false)?;
        let (path, format) = canvas.file(&target, &passed, &made.stem)?;
        let name = self.output.shown(&path);
        let (engine, reporter) = (self.run.engine()?, self.run.reporter());
        if is_to_do(self.output, &path, &name, inputs, &reporter)? {
            let start = Instant::now();
            let mut about = json!({"output": name, "origin": made.field.origin()});
            let canvas = &canvas;
            if let Field::Picture(field) = &made.field
                && let Some(refine) = field.refine()
            {
                match refine.check_view(field.extent().size(), &canvas.view) {
                    Ok(()) => about = merged(about, json!({"refine": refine.steps()})),
                    Err(why) => {
                        about = merged(about, json!({"unrefined": why.to_string()}));
                        let line = "as the upscaler makes it, not refined";
                        reporter.say(&format!("{name}: {line} ({why})"));
                    }
                }
            }
            let spec = canvas.spec(format);
            let clipping = Clipping::between(made.field.depth(), spec.depth);
            let rendered = self.follow(canvas, &reporter, cancel, |control| {
                let size = (canvas.view.width(), canvas.view.height());
                let shown = field_memory(&*engine, &made.field, &canvas.view);
                let memory = shown + canvas.memory(format);
                self.run.limits.check(&name, size, memory)?;
                let writer = create(&path, spec, self.output.existing())?;
                let show = |sink: &mut dyn RowSink| {
                    render(&*engine, &made.field, &canvas.view, control, sink)
                };
                save(writer, |sink| match &clipping {
                    Some(clipping) => show(&mut clipping.watch(sink)),
                    None => show(sink),
                })
            });
            match rendered {
                Ok(()) => {
                    let (width, height) = (canvas.view.width(), canvas.view.height());
                    let more = json!({"width": width, "height": height});
                    let line = format!("{name}: {width}x{height}");
                    let text = clipping.as_ref().and_then(Clipping::text);
                    let note = text.map(|text| Note { kind: NoteKind::Clipped, text });
                    let more = merged(more, reporter.notes(&name, note.as_slice()));
                    reporter.finished(&line, merged(merged(about, more), seconds(start)));
                }
                Err(Error::Cancelled) => (),
                Err(error) => reporter.unwritten(self.output.existing(), &name, &error, about),
            }
        }
        reporter.end(cancel)?;
        Ok(passing.map_or(Ok(()), |p| p.to_stdout())?)
    }

    /// Whether `--out` names a field file; options for pictures are an error then.
    pub fn is_for_field(&self) -> Outcome<bool> {
        let output = self.output;
        if !is_field_file(&output.out) || output.out.is_dir() {
            return Ok(false);
        }
        let given = [
            (output.format.is_some(), "format"),
            (output.depth.is_some(), "depth"),
            (output.quality.is_some(), "quality"),
        ];
        let given = given.into_iter().find(|(given, _)| *given).map(|(_, name)| name);
        match given.or(self.canvas.given()) {
            None => Ok(true),
            Some(name) => Err(Failure::usage(format!(
                "{name}: {} is a name for a field file, which has none; leave it out",
                output.out.display()
            ))),
        }
    }

    /// Writes the field file, without touching `inputs`.
    pub fn field(&self, made: &Made, inputs: &[&Path], cancel: &CancelToken) -> Outcome {
        let path = &self.output.out;
        let name = path.display().to_string();
        let reporter = self.run.reporter();
        if is_to_do(self.output, path, &name, inputs, &reporter)? {
            let start = Instant::now();
            let about = json!({"output": name, "origin": made.field.origin()});
            let existing = self.output.existing();
            match make_parent(path).and_then(|()| made.field.save(path, existing)) {
                Ok(()) => {
                    reporter.finished(&format!("{name}: a field"), merged(about, seconds(start)))
                }
                Err(error) => reporter.unwritten(existing, &name, &error, about),
            }
        }
        reporter.end(cancel)
    }

    /// Shows on a bar how far `work` is.
    fn follow(
        &self,
        canvas: &Canvas<'_>,
        reporter: &Reporter,
        cancel: &CancelToken,
        work: impl FnOnce(&Control<'_>) -> polyinr::Result<()>,
    ) -> polyinr::Result<()> {
        let bar = reporter.start(1, canvas.view.pixels());
        let bar = bar.map(|p| p.picture("", canvas.view.pixels()));
        let control = PictureProgress::follow(bar.as_ref(), cancel);
        work(&control)
    }
}

/// Whether there is work: the file is no input and not there already.
pub fn is_to_do(
    output: &OutputArgs,
    path: &Path,
    name: &str,
    inputs: &[&Path],
    reporter: &Reporter,
) -> Outcome<bool> {
    Claims::protecting(inputs.iter().copied()).claim(path, name)?;
    if !output.existing().keeps(path) {
        return Ok(true);
    }
    if !output.skip_existing {
        refuse_existing(&[path.to_owned()])?;
    }
    reporter.skipped(name, "it is already there", json!({"output": name}));
    Ok(false)
}

fn seconds(start: Instant) -> Value {
    json!({"seconds": rounded(start.elapsed().as_secs_f64())})
}
