//! Networks that turn images into vectors to be compared.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use sha2::{Digest, Sha256};
use tch::Tensor;

use crate::device::Precision;
use crate::error::{Error, Result};

/// What a network can say about an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Its features, after pooling.
    Features,
    /// The first 7 channels of an inner layer of Inception, with their places: for sFID.
    Spatial,
    /// Probabilities of its classes, without the bias of the last layer: for the Inception score.
    Probabilities,
}

/// What tells a network from others.
#[derive(Clone, Debug)]
pub struct Identity {
    /// What it is called beside figures.
    pub name: String,
    /// What stands for its weights and its way of computing, for caching.
    pub key: String,
}

impl Identity {
    /// Of a network that computes in `precision`.
    pub fn new(name: String, key: String, precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self { name, key },
            Precision::Bf16 => Self { name: format!("{name}, bf16"), key: format!("{key}, bf16") },
        }
    }
}

/// A network that turns images into vectors.
pub trait Extractor {
    /// Which one it is.
    fn identity(&self) -> &Identity;

    /// The `outputs` of `images [b, 3, h, w]` of bytes, in that order, each `[b, width]` float32.
    ///
    /// # Errors
    /// [`Error::Parameter`] when it has no such output.
    fn extract(&self, images: &Tensor, outputs: &[Output]) -> Result<Vec<Tensor>>;
}

/// The SHA-256 of the file at `path`, in hexadecimal.
pub fn file_key(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(|e| Error::io(path, "open", e))?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer).map_err(|e| Error::io(path, "read", e))? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
