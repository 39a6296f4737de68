//! Pictures from standard input and other pipes, and to standard output: through files, so that they
//! can be read more than once and nothing but a complete picture is ever handed on.

use std::fs::OpenOptions;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use polyinr::file::{self, TemporaryFolder};
use polyinr::{Error, Result};

use crate::signals;
use crate::stdout::{self, STDOUT};

/// What messages call standard input.
pub const STDIN: &str = "standard input";

/// Most that is taken from a pipe, in bytes: more than the largest picture.
const MAX_PIPED: u64 = 16 << 30;

/// What was read from pipes, until the program ends.
static PIPED: Mutex<Option<Piped>> = Mutex::new(None);

struct Piped {
    folder: TemporaryFolder,
    /// What was named, and the file it became.
    files: Vec<(PathBuf, PathBuf)>,
}

/// Standard input as a file.
pub fn stdin() -> Result<PathBuf> {
    kept(Path::new("-"), STDIN, || Ok(io::stdin().lock()))
}

/// The file to read where `path` is named: itself, or what a pipe gave that the path stands for, as
/// `/dev/stdin` and what shells make of `<(...)`.
pub fn regular(path: &Path) -> Result<PathBuf> {
    #[cfg(unix)]
    if let Some(number) = descriptor(path) {
        return kept(path, &path.display().to_string(), || duplicate(number));
    }
    Ok(path.to_owned())
}

/// Removes what was read from pipes.
pub fn clear() {
    drop(PIPED.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// The open file that a path stands for, where it is a pipe or the like.
#[cfg(unix)]
fn descriptor(path: &Path) -> Option<i32> {
    let own = format!("/proc/{}/fd", std::process::id());
    let folders = ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd", own.as_str()];
    let number = match path.to_str()? {
        "/dev/stdin" => 0,
        text => {
            folders.iter().find_map(|f| text.strip_prefix(f)?.strip_prefix('/')?.parse().ok())?
        }
    };
    let found = std::fs::metadata(path).ok()?;
    (number >= 0 && !found.is_file() && !found.is_dir()).then_some(number)
}

/// The open file with this number, to read from. It may be a named pipe that nobody writes to any
/// more, or a socket: opening its path would wait, or fail.
#[cfg(unix)]
fn duplicate(number: i32) -> io::Result<std::fs::File> {
    use std::os::fd::BorrowedFd;
    // SAFETY: the number is not -1; what it stands for came from the caller, and is borrowed only
    // while the system duplicates it, which fails for a closed one.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    Ok(std::fs::File::from(borrowed.try_clone_to_owned()?))
}

/// The file with all that `open` gives, which is read once.
fn kept<R: Read>(path: &Path, name: &str, open: impl FnOnce() -> io::Result<R>) -> Result<PathBuf> {
    let mut piped = PIPED.lock().unwrap_or_else(PoisonError::into_inner);
    let piped = match &mut *piped {
        Some(piped) => piped,
        none => none.insert(Piped { folder: TemporaryFolder::new()?, files: Vec::new() }),
    };
    if let Some((_, file)) = piped.files.iter().find(|(named, _)| named == path) {
        return Ok(file.clone());
    }
    let file = piped.folder.path().join(format!("{}", piped.files.len()));
    let from = open().map_err(|e| Error::io(name, "read", e))?;
    spool(from, &file, name)?;
    piped.files.push((path.to_owned(), file.clone()));
    Ok(file)
}

/// Copies `from` into a new `file`.
fn spool(mut from: impl Read, file: &Path, name: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut to = options.open(file).map_err(|e| Error::io(file, "create", e))?;
    let (mut buffer, mut taken) = (vec![0; 1 << 16], 0);
    loop {
        let count = match signals::waiting(|| from.read(&mut buffer)) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(Error::io(name, "read", e)),
        };
        taken += count as u64;
        if taken > MAX_PIPED {
            let problem = format!("over {MAX_PIPED} bytes; save it as a file and name that");
            return Err(Error::limits(name, problem));
        }
        to.write_all(&buffer[..count]).map_err(|e| Error::io(file, "write", e))?;
    }
}

/// A folder for what is to pass to standard output.
#[derive(Debug)]
pub struct Passing(TemporaryFolder);

impl Passing {
    /// A folder for what passes through.
    pub fn new() -> Result<Self> {
        // Found out now rather than after the work.
        stdout::check().map_err(|e| Error::io(STDOUT, "write", e))?;
        TemporaryFolder::new().map(Self)
    }

    /// The file that becomes standard output.
    pub fn output(&self) -> PathBuf {
        self.0.path().join("standard-output")
    }

    /// Copies the output file to standard output.
    pub fn to_stdout(&self) -> Result<()> {
        let mut file = file::open(self.output())?;
        stdout::copy(&mut file).map_err(|e| Error::io(STDOUT, "write", e))
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
        Error::Limits { what, .. }
        | Error::Unsupported { what, .. }
        | Error::Model { source_name: what, .. }
        | Error::Field { source_name: what, .. }
            if Path::new(what.as_str()) == path =>
        {
            *what = name.to_owned();
        }
        _ => (),
    }
    error
}
