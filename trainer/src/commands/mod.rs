//! The command line, one file a subcommand: arguments and a `run`.

mod dataset;
mod detail;
mod estimator;
mod evaluate;
mod export;
mod folder;
mod judge;
mod probe;
mod train;
mod upscaler;

use std::process::ExitCode;

use clap::Parser;

use crate::error::{Error, Result};
use crate::run::interrupt;

/// Trains the models of polyinr
#[derive(Debug, Parser)]
#[command(name = "polyinr-train", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Dataset(dataset::Args),
    Train(Box<train::Args>),
    Export(export::Args),
    Evaluate(Box<evaluate::Args>),
    Upscaler(Box<upscaler::Args>),
    Detail(detail::Args),
    Estimator(Box<estimator::Args>),
    Judge(Box<judge::Args>),
    Probe(probe::Args),
}

/// Runs the command line of this process; problems are printed.
pub fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stopped @ Error::Interrupted { .. }) => {
            eprintln!("polyinr-train: {stopped}");
            ExitCode::from(interrupt::EXIT_CODE)
        }
        Err(problem) => {
            eprintln!("polyinr-train: error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Dataset(args) => dataset::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Upscaler(args) => upscaler::run(&args),
        Command::Detail(args) => detail::run(&args),
        Command::Estimator(args) => estimator::run(&args),
        Command::Judge(args) => judge::run(&args),
        Command::Probe(args) => probe::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
