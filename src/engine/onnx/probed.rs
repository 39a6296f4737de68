//! The child process that looks at a library.

use std::path::Path;

use super::OnnxEngine;
use super::name::NAME;
use super::probe::FOUND;
use super::runtime::{self, Runtime};
use crate::engine::EngineOptions;
use crate::error::Error;

/// What the child process does: opens the library at `path`, computes a pixel with it, and gives the
/// line to write to standard output; an error's line when it will not do.
///
/// # Errors
/// The line that says why the library will not do.
pub fn probed(path: &Path) -> Result<String, String> {
    let tried = || -> Result<String, String> {
        let runtime = Runtime::look(path)?;
        let environment = runtime::environment(&runtime).map_err(problem_of)?;
        let options = EngineOptions { threads: Some(1), ..EngineOptions::default() };
        let engine = OnnxEngine::with(runtime, environment, false, &options);
        engine.try_out().map_err(problem_of)?;
        Ok(engine.runtime().version.clone())
    };
    match tried() {
        Ok(version) => Ok(format!("{FOUND}ok {version}")),
        Err(problem) => Err(format!("{FOUND}no {}", problem.replace('\n', " "))),
    }
}

fn problem_of(error: Error) -> String {
    match error {
        Error::Engine { engine: NAME, problem } => problem,
        error => error.to_string(),
    }
}
