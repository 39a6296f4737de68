//! Class embeddings from a file.

use std::path::Path;

use tch::{Device, Tensor};

use super::timm::Weights;
use crate::error::Result;

const HINT: &str = "a class embedding is a safetensors file with one tensor embed.weight, [classes, \
                    features] (in the paper 1000 classes of 320 features of EfficientNet-lite0)";

/// Reads the tensor `embed.weight` of a safetensors file, `[classes, features]`, float32.
///
/// # Errors
/// [`Error::Weights`](crate::Error::Weights) when the file cannot be read or is for another number of
/// classes.
pub fn load_embedding(path: &Path, classes: usize, device: Device) -> Result<Tensor> {
    Weights::open(path, HINT, device)?.get("embed.weight", &[classes as i64, -1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_classes_is_checked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("embed.safetensors");
        let values = Tensor::from_slice2(&[[1f32, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        Tensor::write_safetensors(&[("embed.weight", &values)], &path).unwrap();
        assert_eq!(load_embedding(&path, 2, Device::Cpu).unwrap(), values);
        let message = load_embedding(&path, 3, Device::Cpu).unwrap_err().to_string();
        assert!(message.contains("embed.weight has shape [2, 3], [3, any] is needed"), "{message}");
        assert!(message.contains("320 features"), "{message}");
    }
}
