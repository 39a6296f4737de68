//! Engines by the names that users give.

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

/// Of the arithmetic by which fields are rendered. Derivatives and heat-maps are always exact, and so
/// are positions and affine terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// float32.
    #[default]
    Exact,
    /// Weights and features in float16: 11 bits of mantissa, largest value 65,504.
    F16,
    /// Weights and features in bfloat16: 8 bits of mantissa, the range of float32.
    Bf16,
}

/// How an engine is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineOptions {
    /// Threads on the processor, 1 to 1024; `None` for one for every processor.
    pub threads: Option<usize>,
    /// Which GPU, from 0 on; `None` for the first. For `cuda` alone.
    pub device: Option<u32>,
    /// Most memory on the GPU that each of a model's graphs takes, in bytes; `None` for no limit. For
    /// `cuda` alone.
    pub device_memory: Option<usize>,
    /// Whether products on a GPU may take TF32: 10 bits of mantissa instead of 23. For `cuda` alone.
    pub tf32: bool,
    /// `cpu` is exact; `onnx` has float16 too, for comparison; `cuda` has all.
    pub precision: Precision,
}

impl EngineOptions {
    /// Fails for options that the engine `name` has no use for.
    pub(super) fn check_for(&self, name: &str) -> Result<()> {
        let gpu = name == "cuda";
        let possible = match self.precision {
            Precision::Exact => true,
            Precision::F16 => name != "cpu",
            Precision::Bf16 => gpu,
        };
        let refused = [
            ("device", self.device.is_some() && !gpu),
            ("device memory", self.device_memory.is_some() && !gpu),
            ("tf32", self.tf32 && !gpu),
            ("precision", !possible),
        ];
        match refused.into_iter().find(|(_, refused)| *refused) {
            None => Ok(()),
            Some((option, _)) => {
                let problem =
                    format!("the engine {name} does not take it; leave it out, or take cuda");
                Err(Error::parameter(option, problem))
            }
        }
    }
}

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
