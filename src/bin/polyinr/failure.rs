//! How a run ends: one line on standard error, and an exit status.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::error::ErrorKind;
use polyinr::Error;

use crate::passing::STDOUT;
use crate::shell::print;
use crate::visible::visible;

/// What a subcommand comes to.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Why a run was not a success.
#[derive(Debug)]
pub enum Failure {
    /// The command line asks for something that has no meaning or is not allowed.
    Usage(String),
    /// The library could not do it.
    Work(Error),
    /// Some pictures failed; each was reported when it did.
    Reported,
    /// The user stopped it.
    Interrupted,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Cancelled => Self::Interrupted,
            error => Self::Work(error),
        }
    }
}

impl Failure {
    /// A wrong command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// Says what happened and gives the exit status.
    pub fn report(&self) -> ExitCode {
        match self {
            Self::Usage(message) => error_line(message),
            Self::Work(error) => error_line(&error.to_string()),
            Self::Reported => (),
            Self::Interrupted => error_line("interrupted; finished pictures stay"),
        }
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Work(Error::Parameter { .. }) => 2,
            Self::Work(_) | Self::Reported => 1,
            Self::Interrupted => 130,
        }
    }
}

/// One line on standard error.
pub fn error_line(message: &str) {
    note(&format!("polyinr: error: {message}"));
}

/// A line on standard error; that nobody reads it is no failure.
pub fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", visible(line));
}

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
