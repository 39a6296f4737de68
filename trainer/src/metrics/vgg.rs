//! VGG16 up to its second hidden layer, for precision and recall.

use std::path::Path;

use tch::{Device, Kind, Tensor, no_grad};

use super::extractor::{Extractor, Identity, Output, file_key};
use crate::device::Precision;
use crate::error::{Error, Result};
use crate::features::timm::Weights;
use crate::features::{Vgg16, halved};

/// Where the hidden layers stand in torchvision's `classifier`.
const HIDDEN: [usize; 2] = [0, 3];
/// Width and height of what the network sees.
const SIDE: i64 = 224;
/// Rows and columns of what the hidden layers see.
const POOLED: i64 = 7;
/// Where a file comes from.
const ORIGIN: &str = "a safetensors file of torchvision's vgg16 with its classifier is needed \
    (safetensors.torch.save_file of its state_dict), or the TorchScript file vgg16.pt of the \
    StyleGAN metrics";

/// VGG16 (Simonyan and Zisserman, 2015) with torchvision's weights, which takes bytes of any size:
/// resized bilinearly to 224 pixels with centres at halves, scaled by ImageNet's mean and deviation.
pub struct Vgg {
    convolutions: Vgg16,
    hidden: Vec<(Tensor, Tensor)>,
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
        let weights = Weights::open(path, ORIGIN, device)?;
        let convolutions = Vgg16::read(&weights, precision.kind())?;
        let mut inputs = convolutions.channels() * POOLED * POOLED;
        let layer = |number: usize| -> Result<_> {
            let weight = weights.get(&format!("classifier.{number}.weight"), &[-1, inputs])?;
            inputs = weight.size()[0];
            let bias = weights.get(&format!("classifier.{number}.bias"), &[inputs])?;
            Ok((weight.to_kind(precision.kind()), bias.to_kind(precision.kind())))
        };
        let hidden = HIDDEN.into_iter().map(layer).collect::<Result<_>>()?;
        let name = format!("torchvision's VGG16 of {}", path.display());
        let identity = Identity::new(name, file_key(path)?, precision);
        Ok(Self { convolutions, hidden, device, identity })
    }

    fn run(&self, images: &Tensor) -> Tensor {
        let images = images.to_device(self.device).to_kind(Kind::Float) / 255.0;
        let images = images.upsample_bilinear2d([SIDE, SIDE], false, None, None);
        let maps = self.convolutions.maps(&images);
        let last = halved(&maps[maps.len() - 1]);
        let x = last.adaptive_avg_pool2d([POOLED, POOLED]).flatten(1, 3);
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
        assert!(message.contains("no tensor features.0.weight"), "{message}");
        assert!(message.contains("torchvision's vgg16"), "{message}");
    }
}
