//! Weights of Inception: from a file, or drawn from a seed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use tch::{Kind, Tensor, no_grad};

use crate::error::{Error, Result};
use crate::random::{Stream, key};

/// Added to the variance in the normalisation.
const EPSILON: f64 = 1e-3;
/// Where a file comes from.
const ORIGIN: &str = "a safetensors file in the naming of torchvision's inception_v3 with the FID \
    weights is needed: pt_inception-2015-12-05-6726825d.pth of the pytorch-fid project, read in \
    Python with torch.load and written with safetensors.torch.save_file";

/// Where the weight `[out, in, h, w]` and bias `[out]` of a convolution come from.
pub trait Weights {
    /// Those of the convolution called `name`, with its normalisation folded in.
    ///
    /// # Errors
    /// [`Error::Weights`] when it has none of this shape.
    fn conv(&mut self, name: &str, shape: [i64; 4]) -> Result<(Tensor, Tensor)>;

    /// The matrix `[classes, features]` from features to classes, where there is one.
    ///
    /// # Errors
    /// [`Error::Weights`] when it has the wrong shape.
    fn classes(&mut self, features: i64) -> Result<Option<Tensor>>;
}

/// Weights from a seed, the same on every machine: uniform with the variance `2 / inputs` that
/// keeps the scale through ReLU (He et al., 2015), without bias. Number `i` of layer `l` is made
/// from `key(key(seed, l), i)` by exact arithmetic; nothing depends on libtorch.
pub struct Seeded {
    seed: u64,
    layer: u64,
}

impl Seeded {
    /// Weights from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, layer: 0 }
    }
}

impl Weights for Seeded {
    fn conv(&mut self, _name: &str, shape: [i64; 4]) -> Result<(Tensor, Tensor)> {
        let layer = key(self.seed, self.layer, Stream::Initial);
        self.layer += 1;
        let bound = (6.0 / shape[1..].iter().product::<i64>() as f64).sqrt();
        let count = shape.iter().product::<i64>().cast_unsigned();
        let values: Vec<f32> = (0..count)
            .map(|i| (key(layer, i, Stream::Initial) >> 40) as f64 / f64::from(1 << 23) - 1.0)
            .map(|unit| (unit * bound) as f32)
            .collect();
        let bias = Tensor::zeros([shape[0]], (Kind::Float, tch::Device::Cpu));
        Ok((Tensor::from_slice(&values).reshape(shape), bias))
    }

    fn classes(&mut self, _features: i64) -> Result<Option<Tensor>> {
        Ok(None)
    }
}

/// Weights from a safetensors file.
pub struct Stored {
    path: PathBuf,
    tensors: HashMap<String, Tensor>,
}

impl Stored {
    /// Opens the file.
    ///
    /// # Errors
    /// [`Error::Weights`] when it is no safetensors file, saying where one comes from.
    pub fn open(path: &Path) -> Result<Self> {
        let tensors = Tensor::read_safetensors(path)
            .map_err(|e| Error::weights(path, format!("{e}; {ORIGIN}")))?;
        Ok(Self { path: path.to_owned(), tensors: tensors.into_iter().collect() })
    }

    fn take(&self, name: &str, shape: &[i64]) -> Result<Tensor> {
        let problem = match self.tensors.get(name) {
            Some(tensor) if tensor.size() == shape => return Ok(tensor.to_kind(Kind::Float)),
            Some(tensor) => format!("has shape {:?}, {shape:?} is needed", tensor.size()),
            None => "is missing".to_owned(),
        };
        Err(Error::weights(&self.path, format!("tensor {name} {problem}; {ORIGIN}")))
    }
}

impl Weights for Stored {
    fn conv(&mut self, name: &str, shape: [i64; 4]) -> Result<(Tensor, Tensor)> {
        let weight = self.take(&format!("{name}.conv.weight"), &shape)?;
        let normalisation = |part| self.take(&format!("{name}.bn.{part}"), &shape[..1]);
        let (gain, bias) = (normalisation("weight")?, normalisation("bias")?);
        let (mean, variance) = (normalisation("running_mean")?, normalisation("running_var")?);
        let scale = gain / (variance + EPSILON).sqrt();
        Ok(no_grad(|| (weight * scale.reshape([-1, 1, 1, 1]), bias - mean * scale)))
    }

    fn classes(&mut self, features: i64) -> Result<Option<Tensor>> {
        let Some(classes) = self.tensors.get("fc.weight").map(|t| t.size()[0]) else {
            return Ok(None);
        };
        self.take("fc.weight", &[classes, features]).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    #[test]
    fn normalisation_is_folded_into_the_convolution() {
        tch::manual_seed(1);
        let draw = |shape: &[i64]| Tensor::rand(shape, (Kind::Float, Device::Cpu)) + 0.2;
        let parts = [
            ("a.conv.weight", draw(&[4, 3, 3, 3])),
            ("a.bn.weight", draw(&[4])),
            ("a.bn.bias", draw(&[4])),
            ("a.bn.running_mean", draw(&[4])),
            ("a.bn.running_var", draw(&[4])),
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inception.safetensors");
        Tensor::write_safetensors(&parts, &path).unwrap();
        let mut stored = Stored::open(&path).unwrap();
        let (weight, bias) = stored.conv("a", [4, 3, 3, 3]).unwrap();
        let images = draw(&[2, 3, 5, 5]);
        let part = |i: usize| Some(parts[i].1.shallow_clone());
        let convolved = images.conv2d(&parts[0].1, None::<Tensor>, 1, 0, 1, 1);
        let expected =
            convolved.batch_norm(part(1), part(2), part(3), part(4), false, 0.0, EPSILON, false);
        let folded = images.conv2d(&weight, Some(bias), 1, 0, 1, 1);
        assert!((folded - expected).abs().max().double_value(&[]) < 1e-5);

        let missing = stored.conv("b", [4, 3, 3, 3]).unwrap_err().to_string();
        assert!(missing.contains("b.conv.weight is missing") && missing.contains("pytorch-fid"));
        let shape = stored.conv("a", [5, 3, 3, 3]).unwrap_err().to_string();
        assert!(shape.contains("[4, 3, 3, 3], [5, 3, 3, 3] is needed"), "{shape}");
        assert!(Stored::open(&folder.path().join("none")).is_err());
    }

    #[test]
    fn seeded_weights_are_fixed_numbers_of_the_right_spread() {
        let (weight, _) = Seeded::new(0).conv("", [64, 32, 3, 3]).unwrap();
        let bound = (6.0f64 / 288.0).sqrt();
        assert!(weight.abs().max().double_value(&[]) <= bound);
        let variance = weight.var(true).double_value(&[]);
        assert!((variance * 288.0 / 2.0 - 1.0).abs() < 0.03, "{variance}");
        let (other, _) = Seeded::new(1).conv("", [64, 32, 3, 3]).unwrap();
        assert!((weight - other).abs().max().double_value(&[]) > 0.1 * bound);
    }
}
