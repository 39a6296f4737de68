//! What can go wrong in training, split by who can mend it.

use std::path::{Path, PathBuf};

/// Result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong. Every message names the file or option and says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An option has no meaning, alone or with the others.
    #[error("{name}: {problem}")]
    Parameter {
        /// The option, as the command line spells it.
        name: &'static str,
        /// What is wrong with it and what is allowed.
        problem: String,
    },
    /// A data set cannot be used.
    #[error("data {}: {problem}", path.display())]
    Data {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file of trained weights (a checkpoint, a feature network) cannot be used.
    #[error("weights {}: {problem}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where one comes from.
        problem: String,
    },
    /// The operating system refused: no such file, no permission, disk full.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: "open", "write", ...
        action: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Training left the finite numbers.
    #[error("step {step}: {what} is not finite; {advice}")]
    NotFinite {
        /// The step at which it was seen.
        step: u64,
        /// Which number.
        what: String,
        /// What is kept and what to try.
        advice: String,
    },
    /// The discriminator was always right for too long.
    #[error(
        "step {step}: the discriminator has been right about nearly all pictures for {kimg:.0} thousand of them; {advice}"
    )]
    Saturated {
        /// The step at which it was too long.
        step: u64,
        /// For how many thousands of pictures.
        kimg: f64,
        /// What is kept and what to try.
        advice: String,
    },
    /// Somebody asked to stop; everything up to then is kept.
    #[error("stopped after step {step}, as asked; go on with --resume {}", checkpoint.display())]
    Interrupted {
        /// Steps that were made.
        step: u64,
        /// The checkpoint that was written.
        checkpoint: PathBuf,
    },
    /// libtorch refused.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
    /// The library of polyinr refused.
    #[error(transparent)]
    Library(#[from] polyinr::Error),
}

impl Error {
    /// An [`Error::Parameter`].
    pub fn parameter(name: &'static str, problem: impl Into<String>) -> Self {
        Self::Parameter { name, problem: problem.into() }
    }

    /// An [`Error::Data`].
    pub fn data(path: impl AsRef<Path>, problem: impl Into<String>) -> Self {
        Self::Data { path: path.as_ref().to_owned(), problem: problem.into() }
    }

    /// An [`Error::Weights`].
    pub fn weights(path: impl AsRef<Path>, problem: impl Into<String>) -> Self {
        Self::Weights { path: path.as_ref().to_owned(), problem: problem.into() }
    }

    /// An [`Error::Io`].
    pub fn io(path: impl AsRef<Path>, action: &'static str, source: std::io::Error) -> Self {
        Self::Io { path: path.as_ref().to_owned(), action, source }
    }
}
