//! Engines by the names that users give.

use super::options::EngineOptions;
use super::{CpuEngine, Engine};
use crate::error::{Error, Result};

/// Names of all engines, the fastest first: `auto` takes the first that can run.
#[cfg(feature = "onnx")]
pub const ENGINES: &[&str] = &["cuda", "cpu", "onnx"];
/// Names of all engines, the fastest first: `auto` takes the first that can run.
#[cfg(not(feature = "onnx"))]
pub const ENGINES: &[&str] = &["cpu"];

/// Execution providers of ONNX Runtime that have names here, so that asking for one is answered.
const FOREIGN: &[&str] = &["tensorrt", "directml", "coreml"];

/// Opens the engine `name`, or with `auto` the first of [`ENGINES`] that can run here.
///
/// ```
/// use polyinr::engine::{EngineOptions, open_engine};
///
/// let engine = open_engine("cpu", &EngineOptions::default())?;
/// assert_eq!(engine.name(), "cpu");
/// assert!(open_engine("abacus", &EngineOptions::default()).is_err());
/// # Ok::<(), polyinr::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parameter`] for an unknown name, and for options that are impossible or that the engine
/// has no use for; [`Error::Engine`] when it cannot run here, with what is missing. No other engine
/// takes its place.
pub fn open_engine(name: &str, options: &EngineOptions) -> Result<Box<dyn Engine>> {
    match name {
        "auto" => open_engine(automatic(options), options),
        "cpu" => {
            options.check_for(name)?;
            Ok(Box::new(CpuEngine::new(options.threads)?))
        }
        #[cfg(feature = "onnx")]
        "onnx" | "cuda" => Ok(Box::new(super::OnnxEngine::new(name == "cuda", options)?)),
        _ => Err(unknown(name)),
    }
}

/// The engine that `auto` stands for here.
fn automatic(options: &EngineOptions) -> &'static str {
    // Looking for ONNX Runtime takes a moment, which most machines can be spared.
    let possible = |name: &&str| *name != "cuda" || has_gpu();
    let mut names = ENGINES.iter().copied().filter(possible);
    names.find(|name| check_engine(name, options).is_ok()).unwrap_or("cpu")
}

/// Whether there is a driver for GPUs at all.
fn has_gpu() -> bool {
    #[cfg(feature = "onnx")]
    return super::onnx::has_driver();
    #[cfg(not(feature = "onnx"))]
    return false;
}

/// Whether the engine `name` can run here: `Ok` says with what.
///
/// # Errors
/// As [`open_engine`].
pub fn check_engine(name: &str, options: &EngineOptions) -> Result<String> {
    match name {
        "auto" => check_engine(automatic(options), options),
        "cpu" => {
            options.check_for(name)?;
            CpuEngine::new(Some(1)).map(|engine| engine.instruction_set().to_owned())
        }
        #[cfg(feature = "onnx")]
        "onnx" | "cuda" => super::onnx::check(name == "cuda", options),
        _ => Err(unknown(name)),
    }
}

/// That there is no such engine.
fn unknown(name: &str) -> Error {
    let known = ENGINES.join(", ");
    if let Some(foreign) = FOREIGN.iter().find(|f| **f == name) {
        let problem = format!("this program does not use it; there are auto, {known}");
        return Error::Engine { engine: foreign, problem };
    }
    Error::parameter("engine", format!("there is no engine {name:?}; there are auto, {known}"))
}

#[cfg(test)]
mod tests {
    use super::super::options::Precision;
    use super::*;

    #[test]
    fn automatic_is_the_first_that_runs() {
        let options = EngineOptions { threads: Some(1), ..EngineOptions::default() };
        let first = ENGINES.iter().find(|name| check_engine(name, &options).is_ok()).unwrap();
        assert_eq!(open_engine("auto", &options).unwrap().name(), *first);
    }

    #[test]
    fn what_an_engine_has_no_use_for_is_refused() {
        let none = EngineOptions::default();
        let of_a_gpu = [
            ("device", EngineOptions { device: Some(0), ..none }),
            ("device memory", EngineOptions { device_memory: Some(1 << 30), ..none }),
            ("tf32", EngineOptions { tf32: true, ..none }),
            ("precision", EngineOptions { precision: Precision::Bf16, ..none }),
        ];
        for (option, options) in of_a_gpu {
            for name in ENGINES.iter().filter(|name| **name != "cuda") {
                let problem = open_engine(name, &options).unwrap_err();
                assert!(matches!(problem, Error::Parameter { name, .. } if name == option));
                assert!(check_engine(name, &options).is_err());
            }
            assert!(options.check_for("cuda").is_ok());
        }
        let near = EngineOptions { precision: Precision::F16, ..none };
        assert!(open_engine("cpu", &near).is_err() && near.check_for("onnx").is_ok());
    }

    #[test]
    fn unknown_engines_are_named() {
        let problem = |name| match open_engine(name, &EngineOptions::default()) {
            Ok(engine) => panic!("{}", engine.name()),
            Err(problem) => problem.to_string(),
        };
        assert!(problem("abacus").contains("abacus"));
        for foreign in FOREIGN {
            assert!(problem(foreign).starts_with(&format!("engine {foreign}: ")));
        }
    }
}
