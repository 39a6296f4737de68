//! `cargo xtask test`: all tests.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::shell::{Outcome, cargo, line, not_run};
use crate::{efficientnet, libtorch, setup};

/// Variable that names the folder of data sets.
const DATA: &str = "POLYINR_DATA";

/// Variable that names the trainer's feature network.
const EFFICIENTNET: &str = "POLYINR_EFFICIENTNET";

/// The package that needs libtorch.
const TRAINER: &str = "polyinr-train";

/// Run all tests, those of the documentation and the trainer too, with what they need set up
///
/// Tests on data sets run when POLYINR_DATA names the folder that holds set5.zip, set14.zip ...
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    setup: setup::Args,
    /// Further arguments to `cargo test`
    #[arg(last = true, value_name = "ARGS")]
    more: Vec<OsString>,
}

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
    ignored: usize,
}

impl Counts {
    /// The counts in a line as `test result: ok. 3 passed; 0 failed; 1 ignored; ...`.
    fn parse(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let count = |what: &str| {
            let part = counts.split("; ").find_map(|part| part.strip_suffix(what))?;
            part.trim().parse().ok()
        };
        Some(Self {
            passed: count("passed")?,
            failed: count("failed")?,
            ignored: count("ignored")?,
        })
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

/// Runs `cargo xtask test`.
pub fn run(args: &Args) -> Outcome {
    data()?;
    let path = setup::prepare(&args.setup)?;
    let trainer = setup::required(libtorch::prepare())?.is_some();
    let features =
        if trainer { setup::required(efficientnet::EFFICIENTNET.prepare())? } else { None };
    let mut commands = match trainer {
        // Arguments name tests of any package, which only a command over all of them finds.
        true if !args.more.is_empty() => vec![all_tests()],
        true => vec![library_tests(), trainer_tests()],
        false => vec![library_tests()],
    };
    let (mut counts, mut failed) = (Counts::default(), Vec::new());
    for command in &mut commands {
        command.args(&args.more).env("PATH", &path);
        command.envs(features.as_ref().map(|file| (EFFICIENTNET, file)));
        let (more, success) = counted(command)?;
        counts.add(more);
        if !success {
            failed.push(line(command));
        }
    }
    println!("{} passed, {} failed, {} ignored", counts.passed, counts.failed, counts.ignored);
    match (failed.as_slice(), counts.passed + counts.failed) {
        ([], 0) => Err("no test ran".into()),
        ([], _) => Ok(()),
        (commands, _) => Err(format!("failed: {}", commands.join("; "))),
    }
}

/// All tests, one after the other for the trainer's sake.
fn all_tests() -> Command {
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).env("RUST_TEST_THREADS", "1");
    command
}

/// The tests of everything that builds without libtorch.
fn library_tests() -> Command {
    let mut command = cargo();
    command.args(["test", "--workspace", "--exclude", TRAINER, "--no-fail-fast"]);
    command
}

/// The trainer's tests, one after the other: libtorch has one random generator for all threads, and
/// uses all processors itself.
fn trainer_tests() -> Command {
    let mut command = cargo();
    command.args(["test", "--package", TRAINER, "--no-fail-fast"]).env("RUST_TEST_THREADS", "1");
    command
}

/// Says whether tests on data sets run.
fn data() -> Outcome {
    match env::var_os(DATA) {
        None => eprintln!("xtask: {DATA} is not set: tests on data sets are skipped"),
        Some(folder) if !Path::new(&folder).is_dir() => {
            return Err(format!("{DATA}: {} is no folder", folder.display()));
        }
        Some(_) => (),
    }
    Ok(())
}

/// Runs `command`, its output passed on; the sum of all results in it, and whether it succeeded.
fn counted(command: &mut Command) -> Outcome<(Counts, bool)> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|e| not_run(command, &e))?;
    let mut counts = Counts::default();
    for text in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let text = text.map_err(|e| format!("output of {}: {e}", line(command)))?;
        println!("{text}");
        if let Some(more) = Counts::parse(&text) {
            counts.add(more);
        }
    }
    let status = child.wait().map_err(|e| not_run(command, &e))?;
    Ok((counts, status.success()))
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn results_are_counted() {
        let line = "test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; \
            3 filtered out; finished in 0.01s";
        assert_eq!(Counts::parse(line), Some(Counts { passed: 12, failed: 1, ignored: 2 }));
        assert_eq!(Counts::parse("test a::b ... ok"), None);
        assert_eq!(Counts::parse("test result: ok"), None);
    }
}
