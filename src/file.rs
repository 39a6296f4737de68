//! Files that appear under their name whole or not at all, and the user's folders.

mod temporary;

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
pub(crate) use temporary::Temporary;
pub use temporary::{TemporaryFolder, abandon};

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
    /// Put the new one in its place once that is complete. On Unix it gets the old one's mode, and
    /// its owner, group, access list and `user.` attributes as far as the user may set them. A
    /// symbolic link is followed; other hard links to the old file keep the old contents.
    Replace,
    /// As `Refuse`, but an empty file, as other programs leave it when they are stopped, is replaced.
    Continue,
}

impl Existing {
    /// Whether what is at `path` stays as it is: something is there, and not to be replaced.
    pub fn keeps(self, path: impl AsRef<Path>) -> bool {
        let path = path.as_ref();
        !self.replaces(path) && fs::symlink_metadata(path).is_ok()
    }

    /// Whether a file at `path` may be replaced.
    fn replaces(self, path: &Path) -> bool {
        let found = || fs::metadata(path);
        match self {
            Self::Replace => true,
            Self::Refuse => false,
            Self::Continue => found().is_ok_and(|found| found.is_file() && found.len() == 0),
        }
    }
}

/// Fails when the last names of `path` are longer than the file system there takes, which would else
/// come up only when a file is complete.
///
/// # Errors
/// [`Error::Io`] of kind [`io::ErrorKind::InvalidFilename`].
pub fn check_name(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    // Names in folders that are to be made are tried in the nearest one that is there.
    let folder = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new(""));
    let names = path.strip_prefix(folder).unwrap_or(path).components();
    let tried = names.map(|name| folder.join(name)).chain([path.to_owned()]);
    for tried in tried {
        match fs::symlink_metadata(tried) {
            Err(e) if e.kind() == io::ErrorKind::InvalidFilename => {
                let problem = "the name is too long for the file system; choose a shorter one";
                return Err(Error::io(path, "write", io::Error::new(e.kind(), problem)));
            }
            _ => (),
        }
    }
    Ok(())
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
