//! What can go wrong, split by who is at fault.

use std::path::PathBuf;

/// Result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong. Every message names the file or parameter and says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller asked for something that has no meaning: a factor of zero, a class that the
    /// model does not have.
    #[error("{name}: {problem}")]
    Parameter {
        /// The parameter's name, as the command line and the C ABI spell it.
        name: &'static str,
        /// What is wrong with it and what is allowed.
        problem: String,
    },
    /// A model file cannot be used.
    #[error("model {source_name}: {problem}")]
    Model {
        /// The file's path, or the built-in model's name.
        source_name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A field file cannot be used.
    #[error("field {source_name}: {problem}")]
    Field {
        /// The file's path.
        source_name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A picture file is damaged.
    #[error("{path}: {problem}")]
    Decode {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A picture cannot be written in the chosen format.
    #[error("{path}: {problem}")]
    Encode {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        problem: String,
    },
    /// Something is well formed but larger than this program handles.
    #[error("{what}: {problem}")]
    Limits {
        /// The file or parameter.
        what: String,
        /// Its size, the limit, and what to do.
        problem: String,
    },
    /// Something is well formed but of a kind that is not handled.
    #[error("{what}: {problem}")]
    Unsupported {
        /// The file or parameter.
        what: String,
        /// What is not handled and what is.
        problem: String,
    },
    /// The operating system refused: no such file, no permission, disk full.
    #[error("{path}: cannot {action}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: "open", "write", ...
        action: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// An engine cannot do what it was asked to.
    #[error("engine {engine}: {problem}")]
    Engine {
        /// The engine's name.
        engine: &'static str,
        /// What is missing and how to get it.
        problem: String,
    },
    /// The caller cancelled the work. Nothing was written.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// A parameter out of its range.
    pub fn parameter(name: &'static str, problem: impl Into<String>) -> Self {
        Self::Parameter { name, problem: problem.into() }
    }

    /// A model that cannot be used.
    pub fn model(source_name: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Model { source_name: source_name.into(), problem: problem.into() }
    }

    /// A field file that cannot be used.
    pub fn field(source_name: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field { source_name: source_name.into(), problem: problem.into() }
    }

    /// A damaged picture file.
    pub fn decode(path: impl Into<PathBuf>, problem: impl Into<String>) -> Self {
        Self::Decode { path: path.into(), problem: problem.into() }
    }

    /// A picture that cannot be written.
    pub fn encode(path: impl Into<PathBuf>, problem: impl Into<String>) -> Self {
        Self::Encode { path: path.into(), problem: problem.into() }
    }

    /// Something too large.
    pub fn limits(what: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Limits { what: what.into(), problem: problem.into() }
    }

    /// Something of a kind that is not handled.
    pub fn unsupported(what: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into(), problem: problem.into() }
    }

    /// A refusal of the operating system.
    pub fn io(path: impl Into<PathBuf>, action: &'static str, source: std::io::Error) -> Self {
        Self::Io { path: path.into(), action, source }
    }
}
