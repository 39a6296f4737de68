//! Resized pictures, one record after another, in memory or in a file.
//!
//! A record holds the samples of a picture as planes, `3 x side x side` bytes, and the first eight
//! bytes of their SHA-256.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

/// Bytes of a record after the samples.
const CHECKSUM: usize = 8;

/// All records of a data set.
#[derive(Debug)]
pub struct Records {
    store: Store,
    /// Bytes of samples in a record.
    samples: usize,
    count: usize,
}

#[derive(Debug)]
enum Store {
    Memory(Vec<u8>),
    File(Mutex<File>, PathBuf),
}

/// Bytes of a record of `samples` bytes of samples.
pub fn record_len(samples: usize) -> usize {
    samples + CHECKSUM
}

/// Writes a record.
///
/// # Errors
/// Those of `out`.
pub fn append(out: &mut dyn Write, samples: &[u8]) -> io::Result<()> {
    out.write_all(samples)?;
    out.write_all(&checksum(samples))
}

fn checksum(samples: &[u8]) -> [u8; CHECKSUM] {
    let digest = Sha256::digest(samples);
    std::array::from_fn(|i| digest[i])
}

fn is_whole(record: &[u8]) -> bool {
    let (samples, sum) = record.split_at(record.len() - CHECKSUM);
    checksum(samples) == sum
}

impl Records {
    /// Records that were [`append`]ed to `bytes`; nothing when one is damaged.
    pub fn in_memory(bytes: Vec<u8>, samples: usize) -> Option<Self> {
        let records = bytes.par_chunks(record_len(samples));
        let count = records.len();
        let whole = bytes.len() == count * record_len(samples) && records.all(is_whole);
        whole.then_some(Self { store: Store::Memory(bytes), samples, count })
    }

    /// `count` records at the start of the file at `path`, read when they are wanted.
    pub fn in_file(file: File, path: &Path, samples: usize, count: usize) -> Self {
        Self { store: Store::File(Mutex::new(file), path.to_owned()), samples, count }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The samples of record `index`, which is below [`len`](Self::len), at the end of `out`.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Data`] when the file cannot be read or has been damaged.
    pub fn read(&self, index: usize, out: &mut Vec<u8>) -> Result<()> {
        let len = record_len(self.samples);
        let start = index * len;
        match &self.store {
            Store::Memory(bytes) => out.extend_from_slice(&bytes[start..start + self.samples]),
            Store::File(file, path) => {
                let mut record = vec![0; len];
                read_at(file, start as u64, &mut record).map_err(|e| Error::io(path, "read", e))?;
                if !is_whole(&record) {
                    return Err(Error::data(path, "this cache is damaged; remove the file"));
                }
                out.extend_from_slice(&record[..self.samples]);
            }
        }
        Ok(())
    }
}

fn read_at(file: &Mutex<File>, at: u64, out: &mut [u8]) -> io::Result<()> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<u8> {
        let mut bytes = Vec::new();
        for value in 1..=3 {
            append(&mut bytes, &[value; 12]).unwrap();
        }
        bytes
    }

    fn read(records: &Records, index: usize) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        records.read(index, &mut out).map(|()| out)
    }

    #[test]
    fn memory_and_file_give_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records");
        std::fs::write(&path, three()).unwrap();
        let file = Records::in_file(File::open(&path).unwrap(), &path, 12, 3);
        let memory = Records::in_memory(three(), 12).unwrap();
        assert_eq!((file.len(), memory.len()), (3, 3));
        for (index, value) in [(2, 3), (0, 1), (1, 2)] {
            assert_eq!(read(&file, index).unwrap(), [value; 12]);
            assert_eq!(read(&memory, index).unwrap(), [value; 12]);
        }
    }

    #[test]
    fn damage_is_seen() {
        let mut bytes = three();
        bytes[25] ^= 1;
        assert!(Records::in_memory(bytes.clone(), 12).is_none());
        assert!(Records::in_memory(three()[..59].to_vec(), 12).is_none());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records");
        std::fs::write(&path, &bytes[..50]).unwrap();
        let records = Records::in_file(File::open(&path).unwrap(), &path, 12, 3);
        assert!(read(&records, 0).is_ok());
        assert!(read(&records, 1).unwrap_err().to_string().contains("cache is damaged"));
        assert!(read(&records, 2).is_err());
    }
}
