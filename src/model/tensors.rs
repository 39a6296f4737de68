//! Tensors in a safetensors file, checked before use.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use half::{bf16, f16};
use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};

use super::layers::{Conv3x3, Linear};
use crate::error::{Error, Result};

/// A model file, mapped.
pub(crate) struct Mapped(Mmap);

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Mapped {
    /// Maps the file at `path`.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::io(path, "open", e))?;
        let meta = file.metadata().map_err(|e| Error::io(path, "read", e))?;
        if meta.is_dir() {
            let source = std::io::Error::from(std::io::ErrorKind::IsADirectory);
            return Err(Error::io(path, "read", source));
        }
        if meta.len() < 8 {
            return Err(Error::model(
                path.display().to_string(),
                format!("its {} bytes are no safetensors file", meta.len()),
            ));
        }
        // SAFETY: the mapping is read-only and private to this process. Should another process
        // truncate the file meanwhile, reads can fault; that is the accepted price of mapping, and
        // everything is copied out while the model is loaded.
        let map = unsafe { Mmap::map(&file) }.map_err(|e| Error::io(path, "map", e))?;
        Ok(Self(map))
    }
}

/// A parsed file: its tensors by name, and its metadata.
pub(crate) struct Tensors<'a> {
    source: String,
    tensors: SafeTensors<'a>,
    metadata: HashMap<String, String>,
    blame: Blame,
}

/// Makes an error of a file's name and what is wrong with it.
type Blame = fn(String, String) -> Error;

impl<'a> Tensors<'a> {
    /// Parses and checks the header; no tensor is read yet.
    pub(crate) fn parse(source: &str, bytes: &'a [u8]) -> Result<Self> {
        Self::blaming(source, bytes, Error::model)
    }

    /// As [`parse`](Self::parse), for a file that is no model: `blame` makes its errors.
    pub(crate) fn blaming(source: &str, bytes: &'a [u8], blame: Blame) -> Result<Self> {
        let broken = |e: safetensors::SafeTensorError| {
            let problem = format!("not a usable safetensors file ({e}); get it again");
            blame(source.to_owned(), problem)
        };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(broken)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        Ok(Self { source: source.to_owned(), tensors, metadata, blame })
    }

    /// An entry of the file's metadata.
    pub(crate) fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// An error about this file.
    pub(crate) fn error(&self, problem: impl Into<String>) -> Error {
        (self.blame)(self.source.clone(), problem.into())
    }

    /// Names of all tensors.
    pub(crate) fn names(&self) -> Vec<String> {
        self.tensors.names().into_iter().map(str::to_owned).collect()
    }

    /// Shape of a tensor, if it is there.
    pub(crate) fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.tensors.tensor(name).ok().map(|t| t.shape().to_vec())
    }

    /// A hash of all tensors' names, shapes and values: the model's id, 16 hexadecimal digits.
    pub(crate) fn id(&self) -> String {
        let mut names = self.names();
        names.sort();
        let mut hash = Sha256::new();
        for name in &names {
            if let Ok(t) = self.tensors.tensor(name) {
                hash.update(format!("{name} {:?} {:?}\n", t.dtype(), t.shape()));
                hash.update(t.data());
            }
        }
        hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
    }

    /// Total of all tensors' values.
    pub(crate) fn parameters(&self) -> usize {
        self.tensors.iter().map(|(_, t)| t.shape().iter().product::<usize>()).sum()
    }

    /// Values of a tensor as f32, whatever its shape. f32, f16 and bf16 storage is read.
    pub(crate) fn values(&self, name: &str) -> Result<Vec<f32>> {
        let tensor = self
            .tensors
            .tensor(name)
            .map_err(|_| self.error(format!("tensor {name} is missing; get the file again")))?;
        let data = tensor.data();
        let two = |i: &[u8]| [i[0], i[1]];
        let values: Vec<f32> = match tensor.dtype() {
            Dtype::F32 => {
                data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
            }
            Dtype::F16 => data.chunks_exact(2).map(|b| f16::from_le_bytes(two(b)).into()).collect(),
            Dtype::BF16 => {
                data.chunks_exact(2).map(|b| bf16::from_le_bytes(two(b)).into()).collect()
            }
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
        self.tensors.tensor(name).ok().map(|t| t.dtype())
    }

    /// Bytes of a tensor that must have this type and shape.
    pub(crate) fn bytes(&self, name: &str, dtype: Dtype, shape: &[usize]) -> Result<&'a [u8]> {
        self.check_shape(name, shape)?;
        match self.tensors.tensor(name) {
            Ok(tensor) if tensor.dtype() == dtype => Ok(tensor.data()),
            _ => Err(self.error(format!("tensor {name} is missing or not stored as {dtype:?}"))),
        }
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

    /// A linear layer `{name}.weight`, `{name}.bias`.
    pub(crate) fn linear(&self, name: &str, inputs: usize, outputs: usize) -> Result<Linear> {
        Ok(Linear {
            inputs,
            outputs,
            weight: self.tensor(&format!("{name}.weight"), &[outputs, inputs])?,
            bias: self.tensor(&format!("{name}.bias"), &[outputs])?,
        })
    }

    /// A 3x3 convolution `{name}.weight`, `{name}.bias`.
    pub(crate) fn conv(&self, name: &str, inputs: usize, outputs: usize) -> Result<Conv3x3> {
        Ok(Conv3x3 {
            inputs,
            outputs,
            weight: self.tensor(&format!("{name}.weight"), &[outputs, inputs, 3, 3])?,
            bias: self.tensor(&format!("{name}.bias"), &[outputs])?,
        })
    }

    /// A 1x1 convolution `{name}.weight`, `{name}.bias`: a linear layer of every pixel.
    pub(crate) fn point(&self, name: &str, inputs: usize, outputs: usize) -> Result<Linear> {
        Ok(Linear {
            inputs,
            outputs,
            weight: self.tensor(&format!("{name}.weight"), &[outputs, inputs, 1, 1])?,
            bias: self.tensor(&format!("{name}.bias"), &[outputs])?,
        })
    }
}
