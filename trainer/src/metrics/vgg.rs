//! VGG16 up to its second hidden layer, for precision and recall.

use std::collections::HashMap;
use std::path::Path;

use tch::{Device, Kind, Tensor, no_grad};

use super::extractor::{Extractor, Identity, Output, file_key};
use crate::device::Precision;
use crate::error::{Error, Result};

/// Where convolutions stand in torchvision's `features`, block by block, divided by pooling.
const BLOCKS: [&[usize]; 5] = [&[0, 2], &[5, 7], &[10, 12, 14], &[17, 19, 21], &[24, 26, 28]];
/// Where the hidden layers stand in torchvision's `classifier`.
const HIDDEN: [usize; 2] = [0, 3];
/// Width and height of what the network sees.
const SIDE: i64 = 224;
/// Rows and columns of what the hidden layers see.
const POOLED: i64 = 7;
/// Mean and deviation of ImageNet's RGB.
const IMAGENET: [[f32; 3]; 2] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];
/// Where a file comes from.
const ORIGIN: &str = "a safetensors file of torchvision's vgg16 with its classifier is needed \
    (safetensors.torch.save_file of its state_dict), or the TorchScript file vgg16.pt of the \
    StyleGAN metrics";

/// VGG16 (Simonyan and Zisserman, 2015) with torchvision's weights, which takes bytes of any size:
/// resized bilinearly to 224 pixels with centres at halves, scaled by ImageNet's mean and deviation.
pub struct Vgg {
    blocks: Vec<Vec<(Tensor, Tensor)>>,
    hidden: Vec<(Tensor, Tensor)>,
    kind: Kind,
    device: Device,
    identity: Identity,
}

impl Vgg {
    /// The network from a safetensors file in torchvision's naming. Widths are what the tensors have.
    ///
    /// # Errors
    /// [`Error::Weights`] when tensors are missing or do not fit each other; the message says where
    /// a file comes from.
    pub fn open(path: &Path, precision: Precision, device: Device) -> Result<Self> {
        let tensors = Tensor::read_safetensors(path)
            .map_err(|e| Error::weights(path, format!("{e}; {ORIGIN}")))?;
        let tensors = tensors.into_iter().collect();
        let mut reader = Reader { path, tensors, kind: precision.kind(), device, channels: 3 };
        let block = |numbers: &[usize]| -> Result<Vec<_>> {
            numbers.iter().map(|n| reader.layer(&format!("features.{n}"), &[3, 3])).collect()
        };
        let blocks = BLOCKS.into_iter().map(block).collect::<Result<Vec<_>>>()?;
        reader.channels *= POOLED * POOLED;
        let hidden = HIDDEN.into_iter().map(|n| reader.layer(&format!("classifier.{n}"), &[]));
        let hidden = hidden.collect::<Result<Vec<_>>>()?;
        let name = format!("torchvision's VGG16 of {}", path.display());
        let identity = Identity::new(name, file_key(path)?, precision);
        Ok(Self { blocks, hidden, kind: precision.kind(), device, identity })
    }

    fn run(&self, images: &Tensor) -> Tensor {
        let constant = |values: &[f32]| {
            Tensor::from_slice(values).reshape([1, 3, 1, 1]).to_device(self.device)
        };
        let images = images.to_device(self.device).to_kind(Kind::Float) / 255.0;
        let images = images.upsample_bilinear2d([SIDE, SIDE], false, None, None);
        let images = (images - constant(&IMAGENET[0])) / constant(&IMAGENET[1]);
        let mut x = images.to_kind(self.kind);
        for block in &self.blocks {
            for (weight, bias) in block {
                x = x.conv2d(weight, Some(bias), 1, 1, 1, 1).relu_();
            }
            x = x.max_pool2d([2, 2], [2, 2], [0, 0], [1, 1], false);
        }
        let x = x.adaptive_avg_pool2d([POOLED, POOLED]).flatten(1, 3);
        let hidden =
            |x: Tensor, (weight, bias): &(Tensor, Tensor)| x.linear(weight, Some(bias)).relu();
        self.hidden.iter().fold(x, hidden).to_kind(Kind::Float)
    }
}

impl Extractor for Vgg {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn extract(&self, images: &Tensor, outputs: &[Output]) -> Result<Vec<Tensor>> {
        if outputs.iter().any(|output| *output != Output::Features) {
            return Err(Error::parameter("--metrics", "VGG16 serves precision and recall only"));
        }
        let features = no_grad(|| self.run(images));
        Ok(outputs.iter().map(|_| features.shallow_clone()).collect())
    }
}

/// Takes layers from a file's tensors, each fitting the one before.
struct Reader<'a> {
    path: &'a Path,
    tensors: HashMap<String, Tensor>,
    kind: Kind,
    device: Device,
    channels: i64,
}

impl Reader<'_> {
    /// Weight `[out, channels, kernel...]` and bias `[out]` of a layer, for any `out`.
    fn layer(&mut self, name: &str, kernel: &[i64]) -> Result<(Tensor, Tensor)> {
        let (weight, bias) = (self.take(name, "weight")?, self.take(name, "bias")?);
        let (size, inputs) = (weight.size(), [&[self.channels], kernel].concat());
        if size.is_empty() || size[1..] != inputs || bias.size() != size[..1] {
            let problem = format!("{name}.weight has shape {size:?}, [any, {inputs:?}] is needed");
            return Err(self.refuse(&problem));
        }
        self.channels = size[0];
        Ok((weight, bias))
    }

    fn take(&self, layer: &str, part: &str) -> Result<Tensor> {
        let name = format!("{layer}.{part}");
        let tensor = self.tensors.get(&name);
        let tensor = tensor.ok_or_else(|| self.refuse(&format!("tensor {name} is missing")))?;
        Ok(tensor.to_device(self.device).to_kind(self.kind))
    }

    fn refuse(&self, problem: &str) -> Error {
        Error::weights(self.path, format!("{problem}; {ORIGIN}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::golden;

    #[test]
    fn features_are_torchvisions() {
        let golden = golden::read("vgg.safetensors");
        let path = golden::path("vgg.safetensors");
        let network = Vgg::open(&path, Precision::F32, Device::Cpu).unwrap();
        let features = network.extract(&golden["images"], &[Output::Features]).unwrap();
        golden::assert_close(&features[0], &golden["expected"], 1e-4);
        assert!(network.extract(&golden["images"], &[Output::Spatial]).is_err());
        let other = Vgg::open(&golden::path("inception.safetensors"), Precision::F32, Device::Cpu);
        let message = other.err().unwrap().to_string();
        assert!(message.contains("features.0.weight is missing"), "{message}");
        assert!(message.contains("torchvision's vgg16"), "{message}");
    }
}
