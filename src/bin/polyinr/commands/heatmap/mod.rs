//! `polyinr heatmap`: what each level of a generator attends to.

mod args;
mod gallery;

use std::time::Instant;

use polyinr::{Error, Field};
use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::parse::{Levels, Pixels};
use crate::passing::Passing;
use crate::signals::interruptible;
pub use args::Args;
use gallery::Gallery;

/// Runs `polyinr heatmap`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    let (_, field) = args.sources.open_one(&args.source)?;
    let field = Field::Generated(field);
    let size = Pixels::of(args.size, field.size())?;
    let view = args.view.of(&field, size)?;
    let levels = levels(args, field.generated()?.network().maps())?;
    let passing = args.output.passing(args.run.json)?;
    let reporter = args.run.reporter();
    let gallery = Gallery { args, field: &field, view: &view, reporter: &reporter };
    let files = gallery.plan(&levels, passing.as_ref().map(Passing::output))?;
    if !files.is_empty() {
        let engine = args.run.engine()?;
        let start = Instant::now();
        let wanted: Vec<usize> = files.iter().flat_map(|f| f.levels.clone()).collect();
        match gallery.look(&*engine, &wanted, &cancel) {
            Ok(maps) => files.iter().for_each(|file| gallery.write(file, &maps, start)),
            // The maps are made together, so they fail together.
            Err(error @ Error::Parameter { .. }) => return Err(error.into()),
            Err(Error::Cancelled) => (),
            Err(error) => reporter.failed(&error.to_string(), json!({"levels": wanted})),
        }
    }
    reporter.end(&cancel)?;
    Ok(passing.map_or(Ok(()), |p| p.to_stdout())?)
}

/// Numbers of the levels asked for, of `count`.
fn levels(args: &Args, count: usize) -> Outcome<Vec<usize>> {
    match &args.levels {
        Levels::All => Ok((0..count).collect()),
        Levels::These(levels) => match levels.iter().find(|l| **l >= count) {
            Some(level) => Err(Failure::usage(format!(
                "levels: there is no level {level}, only 0 to {}",
                count.saturating_sub(1)
            ))),
            None => Ok(levels.clone()),
        },
    }
}
