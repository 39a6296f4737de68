//! What clap says of a command line: help, the version, or what is wrong with it.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::error::ErrorKind;
use polyinr::Error;

use crate::failure::{Outcome, error_line};
use crate::print::print;
use crate::stdout::STDOUT;

/// Help and version go to standard output; a wrong command line becomes one line.
pub fn usage(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match help(error) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        },
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            ExitCode::from(2)
        }
        _ => {
            error_line(&one_line(&error.to_string()));
            ExitCode::from(2)
        }
    }
}

/// Help and version, with colours where clap would have them.
fn help(error: &clap::Error) -> Outcome {
    match std::io::stdout().is_terminal() {
        true => error.print().map_err(|e| Error::io(STDOUT, "write", e).into()),
        false => print(error.to_string().as_bytes()),
    }
}

/// The message of clap's error without its usage and hints, on one line.
fn one_line(rendered: &str) -> String {
    let message = rendered.strip_prefix("error: ").unwrap_or(rendered);
    let mut line = String::new();
    let parts = message
        .lines()
        .map(str::trim)
        .take_while(|l| !l.starts_with("Usage:") && !l.starts_with("For more information"));
    for part in parts.filter(|l| !l.is_empty()) {
        let tip = part.strip_prefix("tip: ");
        line += if line.is_empty() { "" } else { tip.map_or(" ", |_| "; ") };
        line += tip.unwrap_or(part);
    }
    let command = rendered.split_once("Usage: ").and_then(|(_, usage)| {
        let words = usage.split_whitespace().take(2).collect::<Vec<_>>();
        words.get(1).filter(|word| word.chars().all(|c| c.is_ascii_lowercase()))?;
        Some(words.join(" "))
    });
    format!("{line}; `{} --help` shows how", command.as_deref().unwrap_or("polyinr"))
}
