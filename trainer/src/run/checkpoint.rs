//! Checkpoints: everything a run needs to go on as if it had never stopped, in one file.
//!
//! A checkpoint is a safetensors file. Its tensors are the networks', the average's and the
//! optimizers'; its header carries the rest (options, counters) as JSON, and a SHA-256 of that JSON
//! and of every tensor's name, kind, shape and bytes. It is written beside its place and renamed when
//! it is on the disk.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors, View};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tch::{Device, Kind, Tensor};

use crate::error::{Error, Result};
use crate::files::write_whole;

/// Version of the layout of checkpoints.
pub const FORMAT: u32 = 1;

/// Key of the version in a checkpoint's header.
const VERSION: &str = "checkpoint_format";
/// Key of the JSON in a checkpoint's header.
const META: &str = "checkpoint";
/// Key of the checksum in a checkpoint's header.
const CHECKSUM: &str = "sha256";

/// A checkpoint in memory; `M` is what a kind of run says beside its tensors.
#[derive(Debug)]
pub struct Checkpoint<M> {
    /// Options and counters.
    pub meta: M,
    /// Its tensors by name, on the CPU.
    pub tensors: HashMap<String, Tensor>,
}

/// Writes a checkpoint.
///
/// # Errors
/// [`Error::Io`] when the disk refuses; the file is then not there.
pub fn write<M: Serialize>(
    path: &Path,
    meta: &M,
    tensors: &BTreeMap<String, Tensor>,
) -> Result<()> {
    let stored: BTreeMap<&str, Stored> = tensors
        .iter()
        .map(|(name, t)| Ok((name.as_str(), Stored::new(t)?)))
        .collect::<Result<_>>()?;
    let json = serde_json::to_string(meta).map_err(|e| Error::weights(path, e.to_string()))?;
    let sum = checksum(&json, stored.iter().map(|(name, s)| (*name, s.kind, &*s.shape, &*s.bytes)));
    let header = [(VERSION, FORMAT.to_string()), (META, json), (CHECKSUM, sum)];
    let header = header.map(|(key, value)| (key.to_owned(), value)).into();
    let bytes = safetensors::serialize(stored, Some(header));
    write_whole(path, &bytes.map_err(|e| Error::weights(path, e.to_string()))?)
}

/// Reads a checkpoint and checks that it is whole and unchanged.
///
/// # Errors
/// [`Error::Io`] when it cannot be read; [`Error::Weights`] when it is truncated, damaged, from
/// another version or no checkpoint.
pub fn read<M: DeserializeOwned>(path: &Path) -> Result<Checkpoint<M>> {
    let bytes = std::fs::read(path).map_err(|e| Error::io(path, "read", e))?;
    parse(&bytes).map_err(|problem| Error::weights(path, problem))
}

fn parse<M: DeserializeOwned>(bytes: &[u8]) -> std::result::Result<Checkpoint<M>, String> {
    let damaged = |e: &dyn std::fmt::Display| format!("it is truncated or damaged ({e})");
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| damaged(&e))?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|e| damaged(&e))?;
    let side = header.metadata().as_ref();
    let field = |key| side.and_then(|m| m.get(key)).ok_or("it is no checkpoint of this program");
    let (json, sum) = (field(META)?, field(CHECKSUM)?);
    let mut views: Vec<_> = tensors.iter().collect();
    views.sort_unstable_by_key(|(name, _)| *name);
    let actual = checksum(json, views.iter().map(|(n, v)| (*n, v.dtype(), v.shape(), v.data())));
    if actual != *sum {
        return Err(damaged(&"its checksum differs"));
    }
    if *field(VERSION)? != FORMAT.to_string() {
        return Err(format!(
            "its layout is version {}, this program knows {FORMAT}",
            field(VERSION)?
        ));
    }
    let meta = serde_json::from_str(json)
        .map_err(|e| format!("it is of another kind of run or of another version ({e})"))?;
    let tensors = views
        .into_iter()
        .map(|(name, view)| Ok((name.to_owned(), tensor(&view)?)))
        .collect::<std::result::Result<_, String>>()?;
    Ok(Checkpoint { meta, tensors })
}

fn checksum<'a>(
    json: &str,
    tensors: impl Iterator<Item = (&'a str, Dtype, &'a [usize], &'a [u8])>,
) -> String {
    let mut hash = Sha256::new();
    hash.update(json);
    for (name, kind, shape, bytes) in tensors {
        hash.update(format!("\n{name} {kind} {shape:?} {}\n", bytes.len()));
        hash.update(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Kinds of tensors that training keeps, as files name them.
const KINDS: [(Kind, Dtype); 4] = [
    (Kind::Float, Dtype::F32),
    (Kind::Double, Dtype::F64),
    (Kind::Int64, Dtype::I64),
    (Kind::Uint8, Dtype::U8),
];

fn stored_kind(kind: Kind) -> Result<Dtype> {
    let unknown = || tch::TchError::Kind(format!("{kind:?} is no kind that checkpoints hold"));
    Ok(KINDS.into_iter().find(|(k, _)| *k == kind).ok_or_else(unknown)?.1)
}

fn tensor(view: &TensorView<'_>) -> std::result::Result<Tensor, String> {
    let known = KINDS.into_iter().find(|(_, stored)| *stored == view.dtype());
    let (kind, _) = known.ok_or_else(|| format!("it holds tensors of {}", view.dtype()))?;
    let shape: Vec<i64> = view.shape().iter().map(|&n| n.cast_signed() as i64).collect();
    Tensor::f_from_data_size(view.data(), &shape, kind).map_err(|e| e.to_string())
}

/// A tensor's numbers as a file holds them.
struct Stored {
    kind: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Stored {
    fn new(tensor: &Tensor) -> Result<Self> {
        let tensor = tensor.detach().to_device(Device::Cpu).contiguous();
        let kind = stored_kind(tensor.kind())?;
        let mut bytes = vec![0; tensor.numel() * tensor.kind().elt_size_in_bytes()];
        tensor.f_copy_data_u8(&mut bytes, tensor.numel())?;
        let shape = tensor.size().iter().map(|&n| n.cast_unsigned() as usize).collect();
        Ok(Self { kind, shape, bytes })
    }
}

impl View for Stored {
    fn dtype(&self) -> Dtype {
        self.kind
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
