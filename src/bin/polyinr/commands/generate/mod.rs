//! `polyinr generate`: pictures from seeds.

mod args;
mod images;
mod sheet;

use polyinr::Field;

use crate::failure::{Failure, Outcome};
use crate::lanes;
use crate::parse::Pixels;
use crate::passing::Passing;
use crate::signals::interruptible;
pub use args::Args;
use images::{Image, Studio};

/// Runs `polyinr generate`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    let generator = args.generator.find()?;
    let images = Image::list(args, &generator)?;
    // What is wrong with an option is wrong with it for all pictures.
    let field = Field::Generated(images[0].options.field(&generator)?);
    let native = [generator.native_resolution(); 2];
    let view = args.view.of(&field, Pixels::of(args.size, native)?)?;
    let passing = args.output.passing(args.run.json)?;
    if args.save_field && passing.is_some() {
        let problem = "there is no place beside standard output; give a file or folder";
        return Err(Failure::usage(format!("save-field: {problem}")));
    }
    let engine = args.run.engine()?;
    let reporter = args.run.reporter();
    let studio = Studio {
        args,
        generator: &generator,
        engine: &*engine,
        view: &view,
        reporter: &reporter,
        cancel: &cancel,
    };
    let passed = passing.as_ref().map(Passing::output);
    if args.grid {
        sheet::make(&studio, &images, passed)?;
    } else {
        each(&studio, images, passed)?;
    }
    reporter.end(&cancel)?;
    Ok(passing.map_or(Ok(()), |p| p.to_stdout())?)
}

/// Makes a file of each image.
fn each(studio: &Studio<'_>, images: Vec<Image>, passed: Option<std::path::PathBuf>) -> Outcome {
    let jobs = studio.plan(images, passed)?;
    let progress = studio.reporter.start(jobs.len(), jobs.len() as u64 * studio.view.pixels());
    let budget = studio.args.run.limits.budget();
    let lanes = lanes::beside(studio.engine);
    lanes::run(jobs.len(), lanes, studio.cancel, |i| {
        let _share = budget.take(studio.memory(&jobs[i]));
        studio.run(&jobs[i], progress.as_ref());
    });
    Ok(())
}
