//! Writing model files.

use super::Model;
use super::config::{Config, METADATA_KEY};
use crate::error::{Error, Result};
use crate::tensors::{NamedTensor, Storage, serialize};

/// The bytes of a model file of `tensors` under the names that [`Model`] files have, last index
/// fastest. They are read back before they are handed out, so that what was written opens.
///
/// # Errors
/// [`Error::Model`] when the configuration makes no sense, or a tensor is missing, misshapen or not
/// finite, or there is no memory.
pub fn write(config: &Config, tensors: &[NamedTensor], storage: Storage) -> Result<Vec<u8>> {
    let wrong = |problem: String| Error::model(&config.name, problem);
    let json = serde_json::to_string(config).map_err(|e| wrong(e.to_string()))?;
    let bytes = serialize(tensors, storage, METADATA_KEY, json).map_err(wrong)?;
    Model::from_bytes(&config.name, &bytes)?;
    Ok(bytes)
}
