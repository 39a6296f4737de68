//! Files that appear under their name whole or not at all, and the user's folders.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// The user's own folder `name` of this program: `$XDG_DATA_HOME/polyinr/NAME`, by default under
/// `~/.local/share`; `None` when there is no home.
pub(crate) fn user_folder(name: &str) -> Option<PathBuf> {
    let named = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let data = named.or_else(|| env::home_dir().map(|home| home.join(".local/share")));
    data.map(|data| data.join("polyinr").join(name))
}

/// Opens a regular file to read; anything else (a FIFO, a device, a socket, a folder) is refused at
/// once, without waiting for its other end.
///
/// # Errors
/// [`Error::Io`] when the system refuses, [`Error::Unsupported`] when it is no regular file.
pub fn open(path: impl AsRef<Path>) -> Result<File> {
    let path = path.as_ref();
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path).map_err(|e| match fs::metadata(path) {
        Ok(found) if !found.is_file() => irregular(path, &found),
        _ => Error::io(path, "open", e),
    })?;
    let found = file.metadata().map_err(|e| Error::io(path, "look at", e))?;
    if found.is_file() { Ok(file) } else { Err(irregular(path, &found)) }
}

fn irregular(path: &Path, found: &fs::Metadata) -> Error {
    let kind = if found.is_dir() { "a folder" } else { "a pipe, device or socket" };
    Error::unsupported(path.display().to_string(), format!("{kind}, not a regular file"))
}

/// What to do when the file to be written is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Fail and leave it as it is, also when it appears while the new one is written.
    #[default]
    Refuse,
    /// Put the new one in its place once that is complete.
    Replace,
}

/// Puts a file of `bytes` at `path`, whole or not at all.
///
/// # Errors
/// [`Error::Io`] when the system refuses or the file is there and must not be replaced.
pub fn write(path: impl AsRef<Path>, bytes: &[u8], existing: Existing) -> Result<()> {
    let path = path.as_ref();
    let mut temporary = Temporary::create(path, existing)?;
    temporary.writer().write_all(bytes).map_err(|e| Error::io(path, "write", e))?;
    temporary.complete()
}

/// The part of a temporary's name between the final name and the random letters.
const TEMPORARY_MARK: &str = ".polyinr-";
/// Longest part of the final name that a temporary's name keeps, in bytes.
const NAME_KEPT: usize = 200;

/// A file under a temporary name in the folder of its final one.
pub(crate) struct Temporary {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
    existing: Existing,
}

impl Temporary {
    /// A temporary beside `path`, which takes that name in [`complete`](Self::complete).
    pub(crate) fn create(path: &Path, existing: Existing) -> Result<Self> {
        let path = target(path, existing)?;
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("file");
        let kept = (0..=NAME_KEPT.min(name.len())).rev().find(|&n| name.is_char_boundary(n));
        let prefix = format!(".{}{TEMPORARY_MARK}", &name[..kept.unwrap_or(0)]);
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let file = temporary(&prefix, folder)
            .map_err(|e| Error::io(&path, "create a temporary file beside", e))?;
        Ok(Self { file: BufWriter::with_capacity(1 << 16, file), path, existing })
    }

    /// Takes the contents.
    pub(crate) fn writer(&mut self) -> &mut BufWriter<NamedTempFile> {
        &mut self.file
    }

    /// Puts the file under its final name.
    pub(crate) fn complete(self) -> Result<()> {
        let Self { file, path, existing } = self;
        let wrote = |e| Error::io(&path, "write", e);
        let file = file.into_inner().map_err(|e| wrote(e.into_error()))?;
        // Without this a crash of the machine may leave the final name with nothing behind it.
        file.as_file().sync_data().map_err(wrote)?;
        let persisted = match existing {
            Existing::Replace => file.persist(&path),
            Existing::Refuse => file.persist_noclobber(&path),
        };
        persisted.map(drop).map_err(|e| Error::io(&path, "put the finished file at", e.error))
    }
}

/// The file that will be written: `path`, or what it links to.
fn target(path: &Path, existing: Existing) -> Result<PathBuf> {
    let Ok(found) = fs::metadata(path) else { return Ok(path.to_owned()) };
    if existing == Existing::Refuse {
        let there = io::Error::new(io::ErrorKind::AlreadyExists, "the file exists already");
        return Err(Error::io(path, "write", there));
    }
    if !found.is_file() {
        return Err(Error::encode(path, "not a regular file; it is not replaced"));
    }
    fs::canonicalize(path).map_err(|e| Error::io(path, "resolve", e))
}

fn temporary(prefix: &str, folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(".tmp").rand_bytes(6);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_fifo_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        for wrong in [&path, folder.path()] {
            assert!(matches!(open(wrong), Err(Error::Unsupported { .. })));
        }
        assert!(matches!(open(folder.path().join("none")), Err(Error::Io { .. })));
    }

    #[test]
    fn files_are_replaced_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, b"one", Existing::Refuse).unwrap();
        assert!(write(&path, b"two", Existing::Refuse).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write(&path, b"two", Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(write(folder.path(), b"", Existing::Replace).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
