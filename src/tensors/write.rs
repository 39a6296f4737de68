//! Writing tensors into safetensors files.

use std::collections::HashMap;

use half::f16;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::error::{Error, Result};
use crate::memory;

/// How numbers are stored in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// 32-bit floats.
    #[default]
    F32,
    /// 16-bit floats: half the size, relative rounding of 2^-11.
    F16,
}

/// A tensor's name, shape and values.
pub type NamedTensor = (String, Vec<usize>, Vec<f32>);

/// A tensor's name, type, shape and bytes, least significant first.
pub(crate) type StoredTensor<'a> = (&'a str, Dtype, Vec<usize>, &'a [u8]);

/// Bytes of a safetensors file with `json` under `key` in its metadata; the error is what is wrong
/// with a tensor.
pub(crate) fn serialize(
    tensors: &[NamedTensor],
    storage: Storage,
    key: &str,
    json: String,
) -> std::result::Result<Vec<u8>, String> {
    let stored: Vec<Vec<u8>> =
        tensors.iter().map(|(_, _, v)| encode(v, storage)).collect::<Result<_>>().map_err(said)?;
    let dtype = match storage {
        Storage::F32 => Dtype::F32,
        Storage::F16 => Dtype::F16,
    };
    let tensors: Vec<StoredTensor<'_>> = tensors
        .iter()
        .zip(&stored)
        .map(|((name, shape, _), data)| (name.as_str(), dtype, shape.clone(), data.as_slice()))
        .collect();
    serialize_stored(&tensors, key, json)
}

/// As [`serialize`], of tensors that are bytes already.
pub(crate) fn serialize_stored(
    tensors: &[StoredTensor<'_>],
    key: &str,
    json: String,
) -> std::result::Result<Vec<u8>, String> {
    // The file is put together in memory, all at once; what the system would not give for it now is
    // an error instead of the program's end.
    let total: usize = tensors.iter().map(|(_, _, _, data)| data.len()).sum();
    memory::with_capacity::<u8>(total.saturating_add(json.len()), key).map_err(said)?;
    let mut views = Vec::with_capacity(tensors.len());
    for (name, dtype, shape, data) in tensors {
        let view = TensorView::new(*dtype, shape.clone(), data);
        views.push((*name, view.map_err(|e| format!("tensor {name}: {e}"))?));
    }
    let metadata = HashMap::from([(key.to_owned(), json)]);
    safetensors::serialize(views, Some(metadata)).map_err(|e| e.to_string())
}

fn encode(values: &[f32], storage: Storage) -> Result<Vec<u8>> {
    let bytes = match storage {
        Storage::F32 => 4,
        Storage::F16 => 2,
    };
    let mut out = memory::with_capacity(values.len() * bytes, "tensors")?;
    match storage {
        Storage::F32 => out.extend(values.iter().flat_map(|v| v.to_le_bytes())),
        Storage::F16 => out.extend(values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes())),
    }
    Ok(out)
}

fn said(error: Error) -> String {
    error.to_string()
}
