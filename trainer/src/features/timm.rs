//! Weights of feature networks from timm's safetensors files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};
use tch::{Device, Kind, Tensor};

use crate::error::{Error, Result};

/// The tensors of one file, float32 on one device, by timm's names.
#[derive(Debug)]
pub struct Weights {
    path: PathBuf,
    hint: &'static str,
    tensors: HashMap<String, Tensor>,
    metadata: HashMap<String, String>,
}

impl Weights {
    /// Reads `path`; `hint` says which file it has to be and where that comes from, for every error.
    ///
    /// # Errors
    /// [`Error::Weights`] when the file cannot be read or is no safetensors file of real numbers.
    pub fn open(path: &Path, hint: &'static str, device: Device) -> Result<Self> {
        let fail = |problem: String| Error::weights(path, format!("{problem}; {hint}"));
        let bytes = std::fs::read(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
        let no_safetensors = |e| fail(format!("is no safetensors file: {e}"));
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(no_safetensors)?;
        let file = SafeTensors::deserialize(&bytes).map_err(no_safetensors)?;
        let mut tensors = HashMap::new();
        for (name, view) in file.iter() {
            let Some(kind) = real_kind(view.dtype()) else { continue };
            let shape: Vec<i64> = view.shape().iter().map(|&n| n as i64).collect();
            let tensor = Tensor::f_from_data_size(view.data(), &shape, kind)?;
            tensors.insert(name.to_owned(), tensor.to_device(device).to_kind(Kind::Float));
        }
        let metadata = header.metadata().clone().unwrap_or_default();
        Ok(Self { path: path.to_owned(), hint, tensors, metadata })
    }

    /// The tensor `name`. `shape` is what it has to be, -1 where any size will do.
    ///
    /// # Errors
    /// [`Error::Weights`] when it is missing or of another shape.
    pub fn get(&self, name: &str, shape: &[i64]) -> Result<Tensor> {
        let tensor =
            self.tensors.get(name).ok_or_else(|| self.error(format!("no tensor {name}")))?;
        let is = tensor.size();
        let fits = is.len() == shape.len()
            && is.iter().zip(shape).all(|(is, should)| *should == -1 || is == should);
        if !fits {
            let problem = format!("tensor {name} has shape {is:?}, {shape:?} is needed");
            return Err(self.error(problem.replace("-1", "any")));
        }
        Ok(tensor.shallow_clone())
    }

    /// Whether there is a tensor `name`.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// How many of `name(0)`, `name(1)`, ... there are without a gap.
    pub fn count(&self, name: impl Fn(usize) -> String) -> usize {
        (0..).take_while(|&index| self.has(&name(index))).count()
    }

    /// What the file's metadata say of `key`.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// An error of this file, with the hint which one it should be.
    pub fn error(&self, problem: impl std::fmt::Display) -> Error {
        Error::weights(&self.path, format!("{problem}; {}", self.hint))
    }
}

/// The kinds that weights come in; counters of batches and the like are none.
fn real_kind(dtype: Dtype) -> Option<Kind> {
    match dtype {
        Dtype::F64 => Some(Kind::Double),
        Dtype::F32 => Some(Kind::Float),
        Dtype::F16 => Some(Kind::Half),
        Dtype::BF16 => Some(Kind::BFloat16),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HINT: &str = "it is model.safetensors of huggingface.co/timm/x";

    #[test]
    fn a_missing_file_is_told_with_where_it_comes_from() {
        let error = Weights::open(Path::new("/nowhere/x.safetensors"), HINT, Device::Cpu);
        let message = error.err().unwrap().to_string();
        assert!(message.contains("/nowhere/x.safetensors: cannot be read"), "{message}");
        assert!(message.ends_with(HINT), "{message}");
    }

    #[test]
    fn a_truncated_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.safetensors");
        Tensor::write_safetensors(&[("a", Tensor::from_slice(&[1f32, 2.0]))], &path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 4]).unwrap();
        let message = Weights::open(&path, HINT, Device::Cpu).err().unwrap().to_string();
        assert!(message.contains("is no safetensors file"), "{message}");
    }

    #[test]
    fn shapes_are_checked_and_kinds_made_float() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.safetensors");
        let half = Tensor::from_slice2(&[[1f32, 2.0]]).to_kind(Kind::Half);
        Tensor::write_safetensors(&[("a.0", half)], &path).unwrap();
        let weights = Weights::open(&path, HINT, Device::Cpu).unwrap();
        assert_eq!(weights.get("a.0", &[-1, 2]).unwrap().kind(), Kind::Float);
        assert_eq!(weights.count(|index| format!("a.{index}")), 1);
        let message = weights.get("a.0", &[-1, 3]).unwrap_err().to_string();
        assert!(message.contains("tensor a.0 has shape [1, 2], [any, 3] is needed"), "{message}");
        assert!(weights.get("b", &[1]).unwrap_err().to_string().contains("no tensor b"));
    }
}
