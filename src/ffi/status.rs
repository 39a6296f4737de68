//! What a call comes to.

use std::ffi::c_char;

use crate::error::Error;

/// What a call comes to. Values never change their meaning; later versions may add some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum PolyinrStatus {
    /// It worked.
    Ok = 0,
    /// A pointer that must not be NULL is.
    NullPointer = 1,
    /// A handle is not of a living object of this kind: never made, freed, or of another kind.
    BadHandle = 2,
    /// A parameter is out of its range.
    BadParameter = 3,
    /// A buffer's description is wrong: size, stride, sample, channels or alpha.
    BadBuffer = 4,
    /// A model is damaged, of a later version, or of another kind than needed.
    BadModel = 5,
    /// A picture or field file is damaged, belongs elsewhere, or cannot be written so.
    BadFile = 6,
    /// Something is larger than what is handled.
    Limits = 7,
    /// Something is of a kind that is not handled.
    Unsupported = 8,
    /// The operating system refused.
    Io = 9,
    /// An engine is not there or cannot do it.
    Engine = 10,
    /// The caller cancelled, by token or callback.
    Cancelled = 11,
    /// A fault in the library; it can be used on.
    Internal = 12,
}

/// What is wrong, seen from the boundary.
#[derive(Debug)]
pub(super) enum Failure {
    Null(&'static str),
    Handle(&'static str, String),
    Buffer(&'static str, String),
    Internal(String),
    Library(Error),
}

/// Result of what an exported function does.
pub(super) type Outcome<T = ()> = Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

impl Failure {
    pub fn status(&self) -> PolyinrStatus {
        use PolyinrStatus as Status;
        match self {
            Self::Null(_) => Status::NullPointer,
            Self::Handle(..) => Status::BadHandle,
            Self::Buffer(..) => Status::BadBuffer,
            Self::Internal(_) => Status::Internal,
            Self::Library(error) => match error {
                Error::Parameter { .. } => Status::BadParameter,
                Error::Model { .. } => Status::BadModel,
                Error::Decode { .. } | Error::Encode { .. } | Error::Field { .. } => {
                    Status::BadFile
                }
                Error::Limits { .. } => Status::Limits,
                Error::Unsupported { .. } => Status::Unsupported,
                Error::Io { .. } => Status::Io,
                Error::Engine { .. } => Status::Engine,
                Error::Cancelled => Status::Cancelled,
            },
        }
    }

    pub fn message(&self) -> String {
        match self {
            Self::Null(name) => format!("{name}: NULL is given; it must point to something"),
            Self::Handle(name, problem) | Self::Buffer(name, problem) => {
                format!("{name}: {problem}")
            }
            Self::Internal(problem) => format!("a fault in polyinr, please report it: {problem}"),
            Self::Library(error) => error.to_string(),
        }
    }
}

/// Name of a status, such as "bad handle"; "unknown status" for other numbers. The text lives as
/// long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_status_name(status: u32) -> *const c_char {
    let name = match status {
        0 => c"ok",
        1 => c"null pointer",
        2 => c"bad handle",
        3 => c"bad parameter",
        4 => c"bad buffer",
        5 => c"bad model",
        6 => c"bad file",
        7 => c"limits",
        8 => c"unsupported",
        9 => c"input or output",
        10 => c"engine",
        11 => c"cancelled",
        12 => c"internal",
        _ => c"unknown status",
    };
    name.as_ptr()
}
