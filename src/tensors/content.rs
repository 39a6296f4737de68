//! The bytes of a safetensors file: in memory, or read out of the file where they are needed.
//!
//! Files are read, not mapped: what another process does to a file meanwhile is an error, while
//! a mapping would end the program.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{Error, Result};
use crate::file;

/// Bytes that are read at once where they are not needed together.
const CHUNK: usize = 1 << 18;

/// Where a file's bytes are.
pub(super) enum Content<'a> {
    /// In memory.
    Memory(&'a [u8]),
    /// In an open file.
    File(OpenFile),
}

/// A file, and what it was like when it was opened.
pub(super) struct OpenFile {
    file: File,
    path: PathBuf,
    state: State,
}

/// What changes with a file's contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    len: u64,
    modified: Option<SystemTime>,
}

impl State {
    fn of(file: &File) -> io::Result<Self> {
        let found = file.metadata()?;
        Ok(Self { len: found.len(), modified: found.modified().ok() })
    }
}

/// Why bytes could not be read.
pub(super) enum Fault {
    /// They are no longer what they were when the file was opened.
    Changed,
    /// The system refused.
    Io(Error),
}

impl OpenFile {
    /// Opens the regular file at `path`.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = file::open(path)?;
        let state = State::of(&file).map_err(|e| Error::io(path, "look at", e))?;
        Ok(Self { file, path: path.to_owned(), state })
    }

    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(into)
    }

    fn fault(&self, error: io::Error) -> Fault {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Fault::Changed,
            _ => Fault::Io(Error::io(&self.path, "read", error)),
        }
    }
}

impl Content<'_> {
    /// Number of bytes.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(file) => file.state.len,
        }
    }

    /// Whether the bytes are not in memory yet.
    pub(super) fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// Copies the bytes from `at` on.
    pub(super) fn read(&self, at: u64, into: &mut [u8]) -> std::result::Result<(), Fault> {
        match self {
            Self::File(file) => file.read(at, into).map_err(|e| file.fault(e)),
            Self::Memory(bytes) => {
                let range =
                    usize::try_from(at).ok().and_then(|at| bytes.get(at..)?.get(..into.len()));
                into.copy_from_slice(range.ok_or(Fault::Changed)?);
                Ok(())
            }
        }
    }

    /// Hands `len` bytes from `at` on to `each`, in pieces that end at multiples of 256 KiB.
    pub(super) fn pieces(
        &self,
        at: u64,
        len: usize,
        mut each: impl FnMut(&[u8]),
    ) -> std::result::Result<(), Fault> {
        let mut piece = vec![0; CHUNK.min(len)];
        for start in (0..len).step_by(CHUNK) {
            let piece = &mut piece[..CHUNK.min(len - start)];
            self.read(at + start as u64, piece)?;
            each(piece);
        }
        Ok(())
    }

    /// Fails when the file is no longer what it was when it was opened.
    pub(super) fn check_unchanged(&self) -> std::result::Result<(), Fault> {
        let Self::File(file) = self else { return Ok(()) };
        match State::of(&file.file) {
            Ok(state) if state == file.state => Ok(()),
            Ok(_) => Err(Fault::Changed),
            Err(error) => Err(file.fault(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, vec![7; 3 * CHUNK]).unwrap();
        let content = Content::File(OpenFile::open(&path).unwrap());
        let mut sum = 0;
        let add = |piece: &[u8]| sum += piece.iter().map(|b| usize::from(*b)).sum::<usize>();
        assert!(content.pieces(1, 2 * CHUNK + 5, add).is_ok() && content.check_unchanged().is_ok());
        assert_eq!(sum, 7 * (2 * CHUNK + 5));

        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(4096).unwrap();
        assert!(matches!(content.read(8000, &mut [0; 8]), Err(Fault::Changed)));
        assert!(matches!(content.check_unchanged(), Err(Fault::Changed)));
        file.set_len(3 * CHUNK as u64).unwrap();
        let long_ago = SystemTime::UNIX_EPOCH;
        file.set_modified(long_ago).unwrap();
        assert!(matches!(content.check_unchanged(), Err(Fault::Changed)));
    }

    #[test]
    fn memory_ends_where_it_ends() {
        let content = Content::Memory(&[1, 2, 3]);
        let mut two = [0; 2];
        assert!(content.read(1, &mut two).is_ok());
        assert_eq!(two, [2, 3]);
        assert!(content.read(2, &mut two).is_err() && content.read(u64::MAX, &mut two).is_err());
    }
}
