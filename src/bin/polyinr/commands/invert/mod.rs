//! `polyinr invert`: pictures become fields of a generator.

mod args;
mod curve;
mod work;

use crate::failure::{Failure, Outcome};
use crate::inputs::{self, model};
use crate::outputs::Claims;
use crate::signals::interruptible;
pub use args::Args;
use curve::Curve;
use work::{Inverter, Job, Means};

/// Runs `polyinr invert`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    let generator = model(&args.model)?.generator()?;
    let class = args.class.as_ref().map(|name| generator.class(name)).transpose()?;
    let options = args.options(class)?;
    // What is wrong with an option is wrong with it for all pictures.
    options.check(&generator)?;
    let found = inputs::find(&args.inputs, false, &args.out)?;
    let reporter = args.run.reporter();
    found.tell(&reporter);
    let jobs = Job::plan(args, &found, &reporter)?;
    if jobs.len() > 1 && args.mask.is_some() {
        return Err(Failure::usage("mask: it belongs to one picture; give one input"));
    }
    let mut curve = curve_of(args, &found)?;
    let engine = args.run.engine()?;
    let steps = u64::from(options.steps + options.tuning);
    let progress = reporter.start(jobs.len(), jobs.len() as u64 * steps);
    let inverter = Inverter {
        engine: &*engine,
        generator: &generator,
        options: &options,
        existing: args.existing(),
        limits: args.run.limits,
        reporter: &reporter,
        progress: progress.as_ref(),
        cancel: &cancel,
    };
    let mut means = Means::default();
    for job in &jobs {
        if cancel.is_cancelled() {
            break;
        }
        inverter.run(job, curve.as_mut(), &mut means);
    }
    curve.map_or(Ok(()), Curve::finish)?;
    reporter.clear();
    means.tell(&reporter);
    reporter.end(&cancel)
}

/// The table of steps, if one is wanted, which takes no other file's place.
fn curve_of(args: &Args, inputs: &inputs::Inputs) -> Outcome<Option<Curve>> {
    let Some(path) = &args.curve else { return Ok(None) };
    let files = inputs.files.iter().map(|file| file.path.as_path());
    Claims::protecting(files).claim(path, "the curve")?;
    if path.exists() && !args.overwrite {
        let problem = "is already there; choose another name, or --overwrite replaces it";
        return Err(Failure::usage(format!("curve: {} {problem}", path.display())));
    }
    Ok(Some(Curve::create(path)?))
}
