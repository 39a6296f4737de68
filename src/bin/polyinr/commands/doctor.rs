//! `polyinr doctor`: which engines this machine has, and what the others lack.

use polyinr::Error;
use polyinr::engine::{ENGINES, EngineOptions, check_engine};
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
    let mut engines = Vec::new();
    let mut automatic = None;
    for name in ENGINES {
        let (usable, about) = match check_engine(name, &EngineOptions::default()) {
            Ok(about) => (true, about),
            Err(Error::Engine { problem, .. }) => (false, problem),
            Err(error) => (false, error.to_string()),
        };
        if usable && automatic.is_none() {
            automatic = Some(*name);
        }
        let auto = automatic == Some(*name);
        engines.push(json!({"engine": name, "usable": usable, "about": about, "auto": auto}));
    }
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
