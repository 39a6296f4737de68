//! The resized pictures of a collection, kept in a file from one run to the next.
//!
//! The file holds the [`records`](super::records), a [`Footer`] as JSON, the footer's length as a
//! 64-bit little-endian integer, and [`MAGIC`].

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use polyinr::Existing;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::prepare::{self, Outcome};
use super::records::{Records, append, record_len};
use super::{Collection, Skipped, picture};
use crate::error::{Error, Result};
use crate::files::NewFile;

/// Version of the file's form and of how pictures are prepared; part of the key.
const FORMAT: u32 = 1;
const MAGIC: &[u8; 8] = b"PINRDATA";
/// Records of more bytes stay in their file and are read when they are wanted.
pub const MEMORY: u64 = 4 << 30;

/// Prepared pictures.
#[derive(Debug)]
pub struct Prepared {
    /// Those that could be used.
    pub records: Records,
    /// The others, with their indices in the collection.
    pub skipped: Vec<(usize, Skipped)>,
    /// How many were enlarged.
    pub enlarged: usize,
    /// The file they were taken from, if they were prepared before.
    pub cached: Option<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct Footer {
    key: String,
    skipped: Vec<(usize, Skipped)>,
    #[serde(default)]
    enlarged: usize,
}

/// What stands for the contents of `collection` at `side` pixels: SHA-256 in hexadecimal, of names,
/// sizes and checksums (times, in folders) of the files.
pub fn key(collection: &Collection, side: u32) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{FORMAT} {side}\n"));
    for index in 0..collection.len() {
        let (name, size, stamp) = collection.identity(index);
        hash.update(format!("{} {name} {size} {stamp}\n", name.len()));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The pictures of `collection` at `side` pixels, from the file for `key` in `folder` if it is
/// there and whole; else they are prepared and put there. Without `folder` they are in memory only.
/// Up to `memory` bytes of a file are held in memory.
///
/// # Errors
/// As [`prepare::each`], and [`Error::Parameter`] when `folder` cannot be written to.
pub fn open(
    collection: &Collection,
    side: u32,
    key: &str,
    folder: Option<&Path>,
    memory: u64,
) -> Result<Prepared> {
    let Some(folder) = folder else { return in_memory(collection, side) };
    let path = folder.join(format!("{}-{side}.pictures", &key[..32]));
    let samples = samples(side);
    if let Some(found) = load(&path, key, samples, collection.len(), memory) {
        return Ok(Prepared { cached: Some(path), ..found });
    }
    write(&path, key, collection, side)?;
    load(&path, key, samples, collection.len(), memory).ok_or_else(|| {
        Error::data(&path, "what was just written cannot be read; is the disk sound?")
    })
}

/// Bytes of samples of a picture of `side` pixels.
pub fn samples(side: u32) -> usize {
    3 * side as usize * side as usize
}

fn in_memory(collection: &Collection, side: u32) -> Result<Prepared> {
    let mut bytes = Vec::with_capacity(collection.len() * record_len(samples(side)));
    let Outcome { skipped, enlarged } = fill(&mut bytes, Path::new("memory"), collection, side)?;
    let records = Records::in_memory(bytes, samples(side))
        .ok_or_else(|| Error::data(collection.path(), "its pictures changed in memory"))?;
    Ok(Prepared { records, skipped, enlarged, cached: None })
}

fn fill(out: &mut dyn Write, path: &Path, collection: &Collection, side: u32) -> Result<Outcome> {
    prepare::each(
        collection,
        side,
        |picture| picture::square(picture, side).map(|picture| picture::to_planes(&picture)),
        |_, planes| append(out, &planes).map_err(|e| Error::io(path, "write", e)),
    )
}

fn write(path: &Path, key: &str, collection: &Collection, side: u32) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    let mut file = fs::create_dir_all(folder)
        .map_err(|e| Error::io(folder, "create", e))
        .and_then(|()| NewFile::create(path, Existing::Replace))
        .map_err(|e| {
            let problem = format!("{e}; name another folder, or give --no-data-cache");
            Error::parameter("--data-cache", problem)
        })?;
    let Outcome { skipped, enlarged } = fill(file.writer(), path, collection, side)?;
    let footer = Footer { key: key.to_owned(), skipped, enlarged };
    finish(file.writer(), &footer).map_err(|e| Error::io(path, "write", e))?;
    file.complete()
}

fn finish(out: &mut dyn Write, footer: &Footer) -> io::Result<()> {
    let footer = serde_json::to_vec(footer)?;
    out.write_all(&footer)?;
    out.write_all(&(footer.len() as u64).to_le_bytes())?;
    out.write_all(MAGIC)
}

/// What the file at `path` holds, if it is there, whole, and of `key`.
fn load(path: &Path, key: &str, samples: usize, pictures: usize, memory: u64) -> Option<Prepared> {
    let mut file = File::open(path).ok()?;
    let (footer, records_len) = footer(&mut file)?;
    let count = pictures.checked_sub(footer.skipped.len())?;
    if footer.key != key || records_len != count as u64 * record_len(samples) as u64 {
        return None;
    }
    let records = if records_len <= memory {
        let mut bytes = vec![0; usize::try_from(records_len).ok()?];
        file.rewind().ok()?;
        file.read_exact(&mut bytes).ok()?;
        Records::in_memory(bytes, samples)?
    } else {
        Records::in_file(file, path, samples, count)
    };
    let Footer { skipped, enlarged, .. } = footer;
    Some(Prepared { records, skipped, enlarged, cached: None })
}

/// A file's footer, and how many bytes are before it.
fn footer(file: &mut File) -> Option<(Footer, u64)> {
    let end = file.seek(SeekFrom::End(-16)).ok()?;
    let mut tail = [0; 16];
    file.read_exact(&mut tail).ok()?;
    let (len, magic) = tail.split_at(8);
    let len = u64::from_le_bytes(len.try_into().ok()?);
    let start = end.checked_sub(len).filter(|_| magic == MAGIC)?;
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut json = vec![0; usize::try_from(len).ok()?];
    file.read_exact(&mut json).ok()?;
    Some((serde_json::from_slice(&json).ok()?, start))
}

#[cfg(test)]
mod tests {
    use super::super::tests::zip_of;
    use super::*;
    use crate::data::Selection;
    use std::time::SystemTime;

    struct Set {
        folder: tempfile::TempDir,
        all: Collection,
    }

    impl Set {
        /// Three pictures.
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let zip = folder.path().join("a.zip");
            zip_of(&zip, &[4, 5, 6]);
            let all = Collection::open(&[zip], &Selection::default()).unwrap();
            Self { folder, all }
        }

        fn open(&self, side: u32, memory: u64) -> Prepared {
            let folder = self.folder.path().join("cache");
            open(&self.all, side, &key(&self.all, side), Some(&folder), memory).unwrap()
        }

        fn without(&self, side: u32) -> Prepared {
            open(&self.all, side, &key(&self.all, side), None, MEMORY).unwrap()
        }

        fn cached(&self) -> PathBuf {
            let mut found = fs::read_dir(self.folder.path().join("cache")).unwrap();
            let path = found.next().unwrap().unwrap().path();
            assert!(found.next().is_none());
            path
        }
    }

    fn contents(prepared: &Prepared) -> Vec<u8> {
        let mut out = Vec::new();
        (0..prepared.records.len()).for_each(|i| prepared.records.read(i, &mut out).unwrap());
        out
    }

    #[test]
    fn the_second_time_pictures_come_from_the_file() {
        let set = Set::new();
        let first = set.open(4, MEMORY);
        assert_eq!((first.cached.as_ref(), first.records.len()), (None, 3));
        assert_eq!(contents(&first), contents(&set.without(4)));
        for memory in [MEMORY, 0] {
            let again = set.open(4, memory);
            assert_eq!(again.cached, Some(set.cached()));
            assert_eq!(contents(&again), contents(&first));
        }
        let other = set.open(5, MEMORY);
        assert_eq!(other.cached, None);
        assert_ne!(contents(&other), contents(&first));
    }

    #[test]
    fn damaged_files_are_made_again() {
        let set = Set::new();
        let right = contents(&set.open(4, MEMORY));
        let whole = fs::read(set.cached()).unwrap();
        let flipped = |at: usize| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            bytes
        };
        let last = whole.len() - 1;
        for bytes in
            [flipped(0), flipped(170), flipped(last), flipped(last - 8), whole[1..].to_vec()]
        {
            fs::write(set.cached(), bytes).unwrap();
            let again = set.open(4, MEMORY);
            assert_eq!((again.cached.as_ref(), contents(&again)), (None, right.clone()));
            assert_eq!(fs::read(set.cached()).unwrap(), whole);
        }
    }

    #[test]
    fn keys_change_with_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.png");
        let key = |side| {
            let paths = [folder.path().to_owned()];
            super::key(&Collection::open(&paths, &Selection::default()).unwrap(), side)
        };
        fs::write(&path, b"first").unwrap();
        let first = key(8);
        assert_eq!((first.len(), &first), (64, &key(8)));
        assert_ne!(first, key(9));
        fs::write(&path, b"other").unwrap();
        fs::File::open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert_ne!(first, key(8));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let set = Set::new();
        let file = set.folder.path().join("a.zip");
        let failed = open(&set.all, 4, &key(&set.all, 4), Some(&file), MEMORY).unwrap_err();
        let message = failed.to_string();
        assert!(message.starts_with("--data-cache: ") && message.contains("a.zip"), "{message}");
    }
}
