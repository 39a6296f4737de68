//! How a run ends: one line on standard error, and an exit status.

use std::io::Write as _;
use std::process::ExitCode;

use polyinr::Error;

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
