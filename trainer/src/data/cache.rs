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

use super::records::{Records, append, record_len};
use super::{Collection, Skipped, picture, prepare};
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
    /// The file they were taken from, if they were prepared before.
    pub cached: Option<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct Footer {
    key: String,
    skipped: Vec<(usize, Skipped)>,
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

/// The pictures of `collection` at `side` pixels, from the file for `key` in `folder` if it is there and
/// whole; else they are prepared and put there. Without `folder` they are in memory only. Up to
/// `memory` bytes of a file are held in memory.
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
    let skipped = fill(&mut bytes, Path::new("memory"), collection, side)?;
    let records = Records::in_memory(bytes, samples(side))
        .ok_or_else(|| Error::data(collection.path(), "its pictures changed in memory"))?;
    Ok(Prepared { records, skipped, cached: None })
}

fn fill(
    out: &mut dyn Write,
    path: &Path,
    collection: &Collection,
    side: u32,
) -> Result<Vec<(usize, Skipped)>> {
    prepare::each(
        collection,
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
    let skipped = fill(file.writer(), path, collection, side)?;
    let footer = Footer { key: key.to_owned(), skipped };
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
    Some(Prepared { records, skipped: footer.skipped, cached: None })
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
