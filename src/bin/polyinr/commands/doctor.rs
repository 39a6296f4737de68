//! `polyinr doctor`: which engines this machine has, and what the others lack.

use polyinr::Error;
use polyinr::engine::{ENGINES, EngineOptions, check_engine, choose_engine};
use polyinr::model::{list, search_folders};
use serde_json::{Value, json};

use crate::failure::Outcome;
use crate::print::{print, print_json};
use crate::visible::visible;

const AFTER_HELP: &str = "\
Examples:
  polyinr doctor
  polyinr doctor --json

Exit status 0 whatever is found. What `--engine auto` takes is marked.";

/// Say which engines and models there are, and what is missing for the others
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs `polyinr doctor`.
pub fn run(args: &Args) -> Outcome {
    let engines = engines();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let models: Vec<String> = list().into_iter().map(|model| model.name).collect();
    let folders: Vec<String> = search_folders().iter().map(|f| f.display().to_string()).collect();
    let found = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "processors": processors,
        "engines": engines,
        "models": models,
        "model_folders": folders,
    });
    match args.json {
        true => print_json(&found),
        false => print(lines(&found).as_bytes()),
    }
}

/// All engines, the fastest first, and what became of them. Those that `--engine auto` tried are not
/// tried again.
fn engines() -> Vec<Value> {
    let options = EngineOptions::default();
    let choice = choose_engine(&options).ok();
    let said = |name: &str| {
        let passed = choice.iter().flat_map(|choice| &choice.passed).find(|(n, _)| *n == name);
        match (passed, &choice) {
            (Some((_, problem)), _) => Err(why(problem)),
            (None, Some(choice)) if choice.engine == name => Ok(choice.about.clone()),
            _ => check_engine(name, &options).map_err(|problem| why(&problem)),
        }
    };
    let described = ENGINES.iter().map(|name| {
        let auto = choice.as_ref().is_some_and(|choice| choice.engine == *name);
        let (usable, about) = match said(name) {
            Ok(about) => (true, about),
            Err(problem) => (false, problem),
        };
        json!({"engine": name, "usable": usable, "about": about, "auto": auto})
    });
    described.collect()
}

/// What an engine lacks.
fn why(problem: &Error) -> String {
    match problem {
        Error::Engine { problem, .. } => problem.clone(),
        problem => problem.to_string(),
    }
}

/// For people.
fn lines(found: &Value) -> String {
    let text = |value: &Value| visible(value.as_str().unwrap_or_default()).into_owned();
    let texts = |value: &Value| {
        value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(", ")
    };
    let mut lines =
        format!("polyinr {}, {} processors\n", text(&found["version"]), found["processors"]);
    for engine in found["engines"].as_array().into_iter().flatten() {
        let state = match (engine["usable"].as_bool(), engine["auto"].as_bool()) {
            (Some(true), Some(true)) => "yes, for auto",
            (Some(true), _) => "yes",
            _ => "no",
        };
        let (name, about) = (text(&engine["engine"]), text(&engine["about"]));
        lines += &format!("engine {name}: {state}: {about}\n");
    }
    lines += &format!("models: {}\n", texts(&found["models"]));
    lines += &format!("model folders: {}\n", texts(&found["model_folders"]));
    lines
}
