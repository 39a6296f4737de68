//! Every frame in a file of its own.

use std::path::{Path, PathBuf};
use std::time::Instant;

use polyinr::picture::Format;
use polyinr::{Control, Error, Result};
use serde_json::{Value, json};

use super::studio::Studio;
use crate::failure::Outcome;
use crate::lanes;
use crate::outputs::{Claims, Target, refuse_existing};
use crate::progress::{PictureProgress, Progress};
use crate::report::{merged, rounded};
use crate::save::{create, save};

/// One file to make.
struct Job {
    frame: u32,
    output: PathBuf,
    format: Format,
}

impl Job {
    fn about(&self) -> Value {
        json!({"frame": self.frame, "output": self.output.display().to_string()})
    }
}

/// Makes the pictures in `folder`.
pub fn make(studio: &Studio<'_>, folder: &Path) -> Outcome {
    let jobs = plan(studio, folder)?;
    let pixels = studio.canvas.view.pixels();
    let progress = studio.reporter.start(jobs.len(), jobs.len() as u64 * pixels);
    let budget = studio.args.run.limits.budget();
    lanes::run(jobs.len(), lanes::beside(&*studio.engine), &studio.cancel, |i| {
        let _share = budget.take(studio.canvas.memory(jobs[i].format));
        run(studio, &jobs[i], progress.as_ref());
    });
    Ok(())
}

/// Files to make; those already there are refused or passed over.
fn plan(studio: &Studio<'_>, folder: &Path) -> Outcome<Vec<Job>> {
    let target = Target::Folder(folder.to_owned());
    let mut claims = Claims::protecting(studio.args.inputs());
    let mut jobs = Vec::with_capacity(studio.args.frames as usize);
    for frame in 0..studio.args.frames {
        let stem = format!("frame{frame:04}");
        let (output, format) = studio.canvas.file(&target, &None, &stem)?;
        claims.claim(&output, &stem)?;
        jobs.push(Job { frame, output, format });
    }
    let there = |job: &Job| studio.args.output.existing().keeps(&job.output);
    let (existing, jobs): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(there);
    if !studio.args.output.skip_existing {
        refuse_existing(&existing.iter().map(|j| j.output.clone()).collect::<Vec<_>>())?;
    }
    for job in &existing {
        let name = job.output.display().to_string();
        studio.reporter.skipped(&name, "it is already there", job.about());
    }
    Ok(jobs)
}

/// Does one job and tells how it went.
fn run(studio: &Studio<'_>, job: &Job, progress: Option<&Progress>) {
    let start = Instant::now();
    let (view, name) = (&studio.canvas.view, job.output.display().to_string());
    let bar = progress.map(|p| p.picture(&name, view.pixels()));
    let control = PictureProgress::follow(bar.as_ref(), &studio.cancel);
    match draw(studio, job, &control) {
        Ok(()) => {
            let (width, height) = (view.width(), view.height());
            let seconds = rounded(start.elapsed().as_secs_f64());
            let more = json!({"width": width, "height": height, "seconds": seconds});
            let line = format!("{name}: {width}x{height}");
            studio.reporter.finished(&line, merged(job.about(), more));
        }
        Err(Error::Cancelled) => (),
        Err(error) => {
            let existing = studio.args.output.existing();
            studio.reporter.unwritten(existing, &name, &error, job.about());
        }
    }
}

fn draw(studio: &Studio<'_>, job: &Job, control: &Control<'_>) -> Result<()> {
    studio.check(job.format)?;
    let frame = studio.path.frame(job.frame, studio.args.frames)?;
    let spec = studio.canvas.spec(job.format);
    let writer = create(&job.output, spec, studio.args.output.existing())?;
    save(writer, |sink| frame.render(&*studio.engine, &studio.canvas.view, control, sink))
}
