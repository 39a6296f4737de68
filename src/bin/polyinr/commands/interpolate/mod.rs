//! `polyinr interpolate`: from image to image, in pictures or as an animation.

mod animation;
mod args;
mod frames;
mod studio;

use std::path::Path;

use crate::failure::Outcome;
use crate::outputs::Target;
use crate::passing::Passing;
use crate::signals::interruptible;
pub use args::Args;
use studio::Studio;

/// Runs `polyinr interpolate`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    let target = args.target()?;
    let passing = args.output.passing(args.run.json)?;
    let (path, canvas) = args.path()?;
    let (engine, reporter) = (args.run.engine()?, args.run.reporter());
    let studio = Studio { args, path, canvas, engine, reporter, cancel };
    match (&target, passing.as_ref().map(Passing::output)) {
        (Target::Folder(folder), _) => frames::make(&studio, folder)?,
        (Target::File(path), _) => animation::make(&studio, path, None)?,
        (Target::Stdout, passed) => {
            animation::make(&studio, Path::new("-"), passed.as_deref())?;
        }
    }
    studio.reporter.end(&studio.cancel)?;
    Ok(passing.map_or(Ok(()), |p| p.to_stdout())?)
}
