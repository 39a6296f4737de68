//! Pictures from standard input and to standard output: through files, so that nothing but a
//! complete picture is ever handed on.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use polyinr::{Error, Result};
use tempfile::TempDir;

use crate::inputs::Input;

/// What messages call standard input.
pub const STDIN: &str = "standard input";

/// A folder that goes away with it.
#[derive(Debug)]
pub struct Passing(TempDir);

impl Passing {
    /// A folder for what passes through.
    pub fn new() -> Result<Self> {
        let made = tempfile::Builder::new().prefix("polyinr-").tempdir();
        made.map(Self).map_err(|e| Error::io(std::env::temp_dir(), "make a temporary folder in", e))
    }

    /// Standard input as a file.
    pub fn stdin(&self) -> Result<Input> {
        let path = self.0.path().join("standard-input");
        let mut file = File::create(&path).map_err(|e| Error::io(&path, "write", e))?;
        io::copy(&mut io::stdin().lock(), &mut file).map_err(|e| Error::io(STDIN, "read", e))?;
        Ok(Input { path, relative: PathBuf::from("standard-input") })
    }

    /// The file that becomes standard output.
    pub fn output(&self) -> PathBuf {
        self.0.path().join("standard-output")
    }

    /// Copies the output file to standard output.
    pub fn to_stdout(&self) -> Result<()> {
        let path = self.output();
        let mut file = File::open(&path).map_err(|e| Error::io(path, "read", e))?;
        let mut out = io::stdout().lock();
        let copied = io::copy(&mut file, &mut out).and_then(|_| out.flush());
        copied.map_err(|e| Error::io("standard output", "write", e))
    }
}

/// `error` with `name` instead of `path`, where it names that file.
pub fn renamed(mut error: Error, path: &Path, name: &str) -> Error {
    match &mut error {
        Error::Decode { path: p, .. }
        | Error::Encode { path: p, .. }
        | Error::Io { path: p, .. }
            if p == path =>
        {
            *p = PathBuf::from(name);
        }
        Error::Limits { what, .. } | Error::Unsupported { what, .. }
            if Path::new(what.as_str()) == path =>
        {
            *what = name.to_owned();
        }
        _ => (),
    }
    error
}
