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

/// Opens the engine `name`, or with `auto` the first of [`ENGINES`] that can run here;
/// [`choose_engine`] says beforehand which that is, and why.
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
        "auto" => first(|name| open_engine(name, options)).map(|(_, engine, _)| engine),
        "cpu" => {
            options.check_for(name)?;
            Ok(Box::new(CpuEngine::new(options.threads)?))
        }
        #[cfg(feature = "onnx")]
        "onnx" | "cuda" => Ok(Box::new(super::OnnxEngine::new(name == "cuda", options)?)),
        _ => Err(unknown(name)),
    }
}

/// Which engine `auto` stands for, and why none of the faster ones.
#[derive(Debug)]
#[non_exhaustive]
pub struct Choice {
    /// Name of the engine that is taken.
    pub engine: &'static str,
    /// What it runs with, as [`check_engine`] says.
    pub about: String,
    /// Engines that come before it in [`ENGINES`], with the reasons why they are not taken.
    pub passed: Vec<(&'static str, Error)>,
}

impl Choice {
    /// Why none of the faster engines is taken: a line for each, the fastest first; empty when there
    /// is no faster one.
    pub fn reason(&self) -> String {
        let line = |(name, problem): &(&str, Error)| match problem {
            Error::Engine { .. } => problem.to_string(),
            _ => format!("engine {name}: {problem}"),
        };
        self.passed.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// Which engine [`open_engine`] takes for `auto`, and why. It takes a moment, seconds where there is a
/// GPU, since engines are tried.
///
/// ```
/// use polyinr::engine::{EngineOptions, choose_engine, open_engine};
///
/// let options = EngineOptions::default();
/// let choice = choose_engine(&options)?;
/// assert_eq!(open_engine("auto", &options)?.name(), choice.engine);
/// for (engine, problem) in &choice.passed {
///     println!("{engine} is faster, but {problem}");
/// }
/// # Ok::<(), polyinr::Error>(())
/// ```
///
/// # Errors
/// Why the engine that is built in cannot run with these options, when no other can either.
pub fn choose_engine(options: &EngineOptions) -> Result<Choice> {
    let (engine, about, passed) = first(|name| check_engine(name, options))?;
    Ok(Choice { engine, about, passed })
}

/// Engines with the reasons why they are not taken.
type Passed = Vec<(&'static str, Error)>;

/// The first engine, the fastest first, of which `get` gives something, and why it gives nothing of
/// those before.
fn first<T>(get: impl Fn(&'static str) -> Result<T>) -> Result<(&'static str, T, Passed)> {
    let mut passed = Vec::new();
    for name in ENGINES {
        match worthwhile(name).and_then(|()| get(name)) {
            Ok(found) => return Ok((name, found, passed)),
            Err(problem) => passed.push((*name, problem)),
        }
    }
    Err(none(passed))
}

/// That no engine runs: an option that is impossible for all, or one that the built-in engine does not
/// take and those that do cannot run.
fn none(passed: Passed) -> Error {
    let unable = passed.iter().filter(|(_, e)| !matches!(e, Error::Parameter { .. }));
    let reasons: Vec<String> = unable.map(|(_, e)| e.to_string()).collect();
    match passed.into_iter().find(|(name, _)| *name == "cpu") {
        Some((_, Error::Parameter { name, .. })) if !reasons.is_empty() && name != "threads" => {
            let problem =
                format!("no engine that takes it runs here ({}); leave it out", reasons.join("; "));
            Error::parameter(name, problem)
        }
        Some((_, problem)) => problem,
        None => unknown("auto"),
    }
}

/// Fails for the engine of GPUs where there is no driver of one: looking for ONNX Runtime takes a
/// moment, which most machines can be spared.
fn worthwhile(name: &str) -> Result<()> {
    #[cfg(feature = "onnx")]
    if name == "cuda" {
        let driver = super::onnx::driver().map(drop);
        return driver.map_err(|problem| Error::Engine { engine: "cuda", problem });
    }
    let _ = name;
    Ok(())
}

/// Whether the engine `name` can run here: `Ok` says with what.
///
/// # Errors
/// As [`open_engine`].
pub fn check_engine(name: &str, options: &EngineOptions) -> Result<String> {
    match name {
        "auto" => choose_engine(options).map(|choice| choice.about),
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
        let choice = choose_engine(&options).unwrap();
        assert_eq!(
            (choice.engine, &choice.about),
            (*first, &check_engine("auto", &options).unwrap())
        );
        let passed = choice.passed.iter().map(|(name, _)| *name);
        assert!(passed.eq(ENGINES.iter().copied().take_while(|name| name != first)));
        assert_eq!(choice.reason().lines().count(), choice.passed.len());
        for (name, line) in choice.passed.iter().map(|(name, _)| name).zip(choice.reason().lines())
        {
            assert!(line.starts_with(&format!("engine {name}: ")), "{line}");
        }
    }

    #[test]
    fn what_no_engine_takes_is_said_of_the_built_in_one() {
        let options = EngineOptions { threads: Some(5000), ..EngineOptions::default() };
        for problem in [open_engine("auto", &options).map(drop), choose_engine(&options).map(drop)]
        {
            assert!(matches!(problem, Err(Error::Parameter { name: "threads", .. })));
        }
    }

    /// Nobody asked for the built-in engine: it is said why those that take the option do not run.
    #[test]
    fn what_only_engines_take_that_do_not_run_names_these() {
        let options = EngineOptions { device: Some(0), ..EngineOptions::default() };
        if !ENGINES.contains(&"cuda") || check_engine("cuda", &options).is_ok() {
            return;
        }
        let problem = choose_engine(&options).unwrap_err();
        assert!(matches!(problem, Error::Parameter { name: "device", .. }));
        let problem = problem.to_string();
        assert!(problem.contains("engine cuda: "), "{problem}");
        assert!(!problem.contains("the engine cpu") && !problem.contains("onnx does not"));
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
