//! Files that appear whole or not at all, and where files are kept between runs.

use std::env;
use std::fs;
use std::io::{self, BufWriter, Write as _};
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use polyinr::Existing;
use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// The folder `polyinr/PART` in the user's cache folder; nothing when the system does not say where
/// that is.
pub fn user_cache(part: &str) -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME")
        .or_else(|| set("LOCALAPPDATA"))
        .or_else(|| set("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("polyinr").join(part))
}

/// Writes `bytes` to `path`, so that neither a crash nor a full disk leaves half a file or harms
/// the one that was there.
///
/// # Errors
/// [`Error::Io`] with the path.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = NewFile::create(path, Existing::Replace)?;
    file.writer().write_all(bytes).map_err(|e| Error::io(path, "write", e))?;
    file.complete()
}

/// A file under a temporary name beside its final one; dropped before
/// [`complete`](Self::complete), it leaves nothing behind.
#[derive(Debug)]
pub struct NewFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
    existing: Existing,
}

impl NewFile {
    /// A temporary file in the folder of `path`.
    ///
    /// # Errors
    /// [`Error::Io`] when the system refuses, or `path` is there and must not be replaced.
    pub fn create(path: &Path, existing: Existing) -> Result<Self> {
        if existing.keeps(path) {
            return Err(Error::io(path, "write", there_already()));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut builder = tempfile::Builder::new();
        builder.prefix(".polyinr-").suffix(".tmp");
        #[cfg(unix)]
        builder.permissions(fs::Permissions::from_mode(0o666));
        let file = builder
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(|e| Error::io(path, "create a temporary file beside", e))?;
        let file = BufWriter::with_capacity(1 << 20, file);
        Ok(Self { file, path: path.to_owned(), existing })
    }

    /// The final name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the contents.
    pub fn writer(&mut self) -> &mut BufWriter<NamedTempFile> {
        &mut self.file
    }

    /// Puts the file on the disk and under its final name.
    ///
    /// # Errors
    /// [`Error::Io`] when the system refuses, or the name has been taken in the meantime.
    pub fn complete(self) -> Result<()> {
        let Self { file, path, existing } = self;
        let wrote = |e| Error::io(&path, "write", e);
        let file = file.into_inner().map_err(|e| wrote(e.into_error()))?;
        file.as_file().sync_all().map_err(wrote)?;
        let named = match existing {
            Existing::Replace => file.persist(&path),
            Existing::Refuse | Existing::Continue => file.persist_noclobber(&path),
        };
        named.map(drop).map_err(|e| Error::io(&path, "put the finished file at", e.error))
    }
}

fn there_already() -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, "the file exists already")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &Path, text: &str, existing: Existing) -> Result<()> {
        let mut file = NewFile::create(path, existing)?;
        file.writer().write_all(text.as_bytes()).unwrap();
        file.complete()
    }

    #[test]
    fn files_appear_whole_and_are_replaced_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        drop(NewFile::create(&path, Existing::Refuse).unwrap());
        put(&path, "one", Existing::Refuse).unwrap();
        let message = put(&path, "two", Existing::Refuse).unwrap_err().to_string();
        assert!(message.ends_with("a: cannot write: the file exists already"), "{message}");
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write_whole(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let gone = folder.path().join("no/such");
        assert!(write_whole(&gone, b"x").unwrap_err().to_string().contains("no/such"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
