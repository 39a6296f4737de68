//! The command line, one file a subcommand: arguments and a `run`.

use std::process::ExitCode;

use clap::Parser;

use crate::error::Result;

/// Trains the models of polyinr
#[derive(Debug, Parser)]
#[command(name = "polyinr-train", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {}

/// Runs the command line of this process; problems are printed.
pub fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("polyinr-train: error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {}
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
