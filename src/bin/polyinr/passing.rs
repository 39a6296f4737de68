//! Pictures from standard input and to standard output: through files, so that nothing but a
//! complete picture is ever handed on.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use polyinr::{Error, Limits, Result};
use tempfile::TempDir;

use crate::inputs::Input;

/// What messages call standard input.
pub const STDIN: &str = "standard input";
/// What messages call standard output.
pub const STDOUT: &str = "standard output";
/// Most bytes of a pixel in a file: four floats.
const LARGEST_PIXEL: u64 = 16;

/// A folder that goes away with it.
#[derive(Debug)]
pub struct Passing(TempDir);

impl Passing {
    /// A folder for what passes through.
    pub fn new() -> Result<Self> {
        let made = tempfile::Builder::new().prefix("polyinr-").tempdir();
        made.map(Self).map_err(|e| Error::io(std::env::temp_dir(), "make a temporary folder in", e))
    }

    /// Keeps what standard input gives, as much as a picture within `limits` has.
    pub fn keep(&self, limits: &Limits) -> Result<()> {
        let path = self.input().path;
        let mut file = File::create(&path).map_err(|e| Error::io(&path, "write", e))?;
        let most = (limits.max_pixels.saturating_mul(LARGEST_PIXEL))
            .saturating_add(limits.max_metadata as u64);
        let mut input = io::stdin().lock().take(most.saturating_add(1));
        let kept = io::copy(&mut input, &mut file);
        let kept = kept.map_err(|e| Error::io(STDIN, "pass on", e))?;
        match kept > most {
            true => Err(Error::limits(STDIN, format!("over {most} bytes, more than any picture"))),
            false => Ok(()),
        }
    }

    /// The file that standard input became.
    pub fn input(&self) -> Input {
        let relative = PathBuf::from("standard-input");
        Input { path: self.0.path().join(&relative), relative }
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
        copied.map_err(|e| Error::io(STDOUT, "write", e))
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
