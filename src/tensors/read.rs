//! Tensors in a safetensors file, checked before use.

use std::path::Path;

use bytemuck::Pod;
use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use sha2::{Digest, Sha256};

use super::content::{Content, Fault, OpenFile};
use crate::error::{Error, Result};
use crate::memory;

/// Largest file of weights that is read, in bytes.
pub(crate) const MAX_WEIGHTS: u64 = 2 << 30;
/// Largest header that is read, in bytes.
const MAX_HEADER: u64 = 16 << 20;
/// Room, in values, for what is made while weights are read.
const SPARE: usize = 1 << 20;
/// Bytes of the number that says how long the header is.
const LENGTH: u64 = 8;

/// A safetensors file whose header was read and checked; a tensor is read when it is asked for,
/// straight to where it is kept.
pub(crate) struct Tensors<'a> {
    source: String,
    content: Content<'a>,
    header: Metadata,
    /// Where the first tensor begins.
    start: u64,
    blame: Blame,
}

/// Makes an error of a file's name and what is wrong with it.
pub(crate) type Blame = fn(String, String) -> Error;

impl Tensors<'static> {
    /// Opens the file at `path` and reads its header; `blame` makes the errors about it.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Unsupported`] as [`crate::file::open`]; those of `blame` when the
    /// header makes no sense or does not fit the file's size.
    pub(crate) fn open(path: &Path, blame: Blame) -> Result<Self> {
        let content = Content::File(OpenFile::open(path)?);
        Self::read(path.display().to_string(), content, blame)
    }
}

impl<'a> Tensors<'a> {
    /// The file in `bytes`, which errors call `source`.
    pub(crate) fn parse(source: &str, bytes: &'a [u8], blame: Blame) -> Result<Self> {
        Self::read(source.to_owned(), Content::Memory(bytes), blame)
    }

    fn read(source: String, content: Content<'a>, blame: Blame) -> Result<Self> {
        let wrong = |problem: String| blame(source.clone(), problem);
        let damaged = |problem: String| {
            wrong(format!("not a usable safetensors file ({problem}); get it again"))
        };
        let len = content.len();
        if len < LENGTH {
            return Err(wrong(format!("its {len} bytes are no safetensors file")));
        }
        let failed = |fault| fault_of(fault, &source, blame);
        let mut number = [0; LENGTH as usize];
        content.read(0, &mut number).map_err(failed)?;
        let header_len = u64::from_le_bytes(number);
        if header_len > len - LENGTH && header_len > MAX_HEADER {
            return Err(wrong(
                "not a usable safetensors file, which models and fields are; give another"
                    .to_owned(),
            ));
        }
        if header_len > len - LENGTH {
            return Err(damaged(format!("it ends before its header of {header_len} bytes")));
        }
        if header_len > MAX_HEADER {
            let problem = format!("its header of {header_len} bytes is over {MAX_HEADER}");
            return Err(Error::limits(source, problem));
        }
        let mut json = memory::zeroed::<u8>(header_len as usize, &source)?;
        content.read(LENGTH, &mut json).map_err(failed)?;
        let header: Metadata = serde_json::from_slice(&json).map_err(|e| damaged(e.to_string()))?;
        let start = LENGTH + header_len;
        let expected = (header.data_len() as u64).checked_add(start);
        if expected != Some(len) {
            let tensors = header.data_len();
            let problem = format!("{} bytes of tensors, its header says {tensors}", len - start);
            return Err(damaged(problem));
        }
        Ok(Self { source, content, header, start, blame })
    }

    /// Fails when the file has more than `most` bytes, before memory is taken for them.
    pub(crate) fn check_size(&self, most: u64) -> Result<()> {
        let len = self.content.len();
        if !self.content.is_file() || len <= most {
            return Ok(());
        }
        let problem = format!("{} MB; at most {} MB are read", len / 1_000_000, most / 1_000_000);
        Err(Error::limits(&self.source, problem))
    }

    /// As [`check_size`](Self::check_size) for weights that are all kept as f32; fails too when the
    /// system would not give the memory for them and what is made on the way.
    pub(crate) fn check_weights(&self) -> Result<()> {
        self.check_size(MAX_WEIGHTS)?;
        memory::with_capacity::<f32>(self.parameters().saturating_add(SPARE), &self.source)?;
        Ok(())
    }

    /// Fails when the file was changed since it was opened: to be called when all is read.
    pub(crate) fn check_unchanged(&self) -> Result<()> {
        self.content.check_unchanged().map_err(|fault| self.failed(fault))
    }

    fn failed(&self, fault: Fault) -> Error {
        fault_of(fault, &self.source, self.blame)
    }

    /// An entry of the file's metadata.
    pub(crate) fn metadata(&self, key: &str) -> Option<&str> {
        self.header.metadata().as_ref()?.get(key).map(String::as_str)
    }

    /// An error about this file.
    pub(crate) fn error(&self, problem: impl Into<String>) -> Error {
        (self.blame)(self.source.clone(), problem.into())
    }

    /// Names of all tensors.
    pub(crate) fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    /// Shape of a tensor, if it is there.
    pub(crate) fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.header.info(name).map(|t| t.shape.clone())
    }

    /// A hash of all tensors' names, shapes and values, and of what else tells models apart: the model's
    /// id, 16 hexadecimal digits.
    pub(crate) fn id(&self, besides: Option<&str>) -> Result<String> {
        let mut names = self.names();
        names.sort();
        let mut hash = Sha256::new();
        hash.update(besides.unwrap_or_default());
        for name in &names {
            let tensor = self.info(name)?;
            hash.update(format!("{name} {:?} {:?}\n", tensor.dtype, tensor.shape));
            self.pieces(tensor, |bytes| hash.update(bytes))?;
        }
        Ok(hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect())
    }

    /// Total of all tensors' values.
    pub(crate) fn parameters(&self) -> usize {
        let count = |name: &String| self.header.info(name).map_or(0, count);
        self.names().iter().map(count).sum()
    }

    fn info(&self, name: &str) -> Result<&TensorInfo> {
        let missing = || self.error(format!("tensor {name} is missing; get the file again"));
        self.header.info(name).ok_or_else(missing)
    }

    /// Hands a tensor's bytes to `each`, in pieces that divide no value.
    fn pieces(&self, tensor: &TensorInfo, each: impl FnMut(&[u8])) -> Result<()> {
        let (from, to) = tensor.data_offsets;
        let pieces = self.content.pieces(self.start + from as u64, to - from, each);
        pieces.map_err(|fault| self.failed(fault))
    }

    /// A tensor as it is stored.
    fn stored<T: Pod>(&self, tensor: &TensorInfo) -> Result<Vec<T>> {
        let (from, to) = tensor.data_offsets;
        let mut values = memory::zeroed::<T>((to - from) / size_of::<T>(), &self.source)?;
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut values);
        let read = self.content.read(self.start + from as u64, bytes);
        read.map_err(|fault| self.failed(fault))?;
        if cfg!(target_endian = "big") {
            bytes.chunks_exact_mut(size_of::<T>()).for_each(<[u8]>::reverse);
        }
        Ok(values)
    }

    /// Values of a tensor of 16-bit floats.
    fn halves(&self, tensor: &TensorInfo, value: impl Fn(u16) -> f32) -> Result<Vec<f32>> {
        let mut values = memory::with_capacity(count(tensor), &self.source)?;
        self.pieces(tensor, |bytes| {
            let pairs = bytes.chunks_exact(2);
            values.extend(pairs.map(|b| value(u16::from_le_bytes([b[0], b[1]]))));
        })?;
        Ok(values)
    }

    /// Values of a tensor as f32, whatever its shape. f32, f16 and bf16 storage is read.
    pub(crate) fn values(&self, name: &str) -> Result<Vec<f32>> {
        let tensor = self.info(name)?;
        let values = match tensor.dtype {
            Dtype::F32 => self.stored(tensor)?,
            Dtype::F16 => self.halves(tensor, |bits| f16::from_bits(bits).to_f32())?,
            Dtype::BF16 => self.halves(tensor, |bits| bf16::from_bits(bits).to_f32())?,
            other => {
                return Err(self.error(format!(
                    "tensor {name} is stored as {other:?}; F32, F16 and BF16 can be read"
                )));
            }
        };
        match values.iter().position(|v| !v.is_finite()) {
            Some(at) => {
                Err(self
                    .error(format!("tensor {name} is not finite at index {at}; the file is bad")))
            }
            None => Ok(values),
        }
    }

    /// Values of a tensor that must have `shape`.
    pub(crate) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.check_shape(name, shape)?;
        self.values(name)
    }

    /// Type in which a tensor is stored, if it is there.
    pub(crate) fn dtype(&self, name: &str) -> Option<Dtype> {
        self.header.info(name).map(|t| t.dtype)
    }

    /// Values of a tensor that must have this type and shape, as they are stored: `T` is what `dtype`
    /// stands for.
    pub(crate) fn exact<T: Pod>(
        &self,
        name: &str,
        dtype: Dtype,
        shape: &[usize],
    ) -> Result<Vec<T>> {
        self.check_shape(name, shape)?;
        let tensor = self.info(name)?;
        if tensor.dtype != dtype || dtype.bitsize() != 8 * size_of::<T>() {
            return Err(self.error(format!("tensor {name} is not stored as {dtype:?}")));
        }
        self.stored(tensor)
    }

    /// Fails when a tensor is there and has another shape.
    fn check_shape(&self, name: &str, shape: &[usize]) -> Result<()> {
        match self.shape(name) {
            Some(found) if found != shape => Err(self.error(format!(
                "tensor {name} has shape {found:?}; its config asks for {shape:?}"
            ))),
            _ => Ok(()),
        }
    }
}

/// Number of a tensor's values; the header was checked, so that they are countable.
fn count(tensor: &TensorInfo) -> usize {
    tensor.shape.iter().product()
}

fn fault_of(fault: Fault, source: &str, blame: Blame) -> Error {
    match fault {
        Fault::Io(error) => error,
        Fault::Changed => blame(
            source.to_owned(),
            "it changed while it was read; try again when nothing writes to it".to_owned(),
        ),
    }
}
