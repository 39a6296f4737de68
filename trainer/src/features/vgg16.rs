//! VGG16's convolutions as torchvision's: what pictures are compared by.

use std::path::Path;

use tch::{Device, Kind, Tensor};

use super::standardise;
use super::timm::Weights;
use crate::error::Result;

/// Where convolutions stand in torchvision's `features`, block by block, divided by pooling.
const BLOCKS: [&[usize]; 5] = [&[0, 2], &[5, 7], &[10, 12, 14], &[17, 19, 21], &[24, 26, 28]];
/// Mean and deviation of ImageNet's RGB.
const IMAGENET: [[f64; 3]; 2] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];

/// The convolutions of VGG16 (Simonyan and Zisserman, 2015), each followed by ReLU. Widths are what the
/// tensors have. The weights are frozen; the images' gradient flows.
#[derive(Debug)]
pub struct Vgg16 {
    blocks: Vec<Vec<(Tensor, Tensor)>>,
    kind: Kind,
}

impl Vgg16 {
    /// Which file it is and where that comes from, for messages about one that lacks.
    pub const SOURCE: &str = "it is the file that `cargo xtask vgg16` gets, or torchvision's vgg16 \
                              weights saved as safetensors";

    /// Reads a safetensors file in torchvision's naming, `features.0.weight [64, 3, 3, 3]` and so
    /// on; the network computes in `kind`.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::Error::Weights) when the file is missing or another network's.
    pub fn open(path: &Path, device: Device, kind: Kind) -> Result<Self> {
        Self::read(&Weights::open(path, Self::SOURCE, device)?, kind)
    }

    /// The network from the tensors of a file.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::Error::Weights) when one is missing or does not fit the one before.
    pub fn read(weights: &Weights, kind: Kind) -> Result<Self> {
        let mut channels = 3;
        let mut layer = |number: &usize| -> Result<_> {
            let weight =
                weights.get(&format!("features.{number}.weight"), &[-1, channels, 3, 3])?;
            channels = weight.size()[0];
            let bias = weights.get(&format!("features.{number}.bias"), &[channels])?;
            Ok((weight.to_kind(kind), bias.to_kind(kind)))
        };
        let block = |numbers: &[usize]| numbers.iter().map(&mut layer).collect();
        let blocks = BLOCKS.into_iter().map(block).collect::<Result<_>>()?;
        Ok(Self { blocks, kind })
    }

    /// Channels of the last block.
    pub fn channels(&self) -> i64 {
        self.blocks.iter().flatten().last().map_or(0, |(weight, _)| weight.size()[0])
    }

    /// What the last ReLU of each of the five blocks gives, before pooling, for images `[B, 3, H, W]`
    /// in `[0, 1]` of 16 pixels or more each way: `[B, channels, rows, columns]`, in the kind that the
    /// network computes in.
    pub fn maps(&self, images: &Tensor) -> Vec<Tensor> {
        self.sums(images).into_iter().map(|sum| sum.relu()).collect()
    }

    /// As [`maps`](Self::maps), before the ReLU: what is negative there says as much about texture
    /// (Wang et al., ESRGAN, 2018, section 3.3).
    pub fn sums(&self, images: &Tensor) -> Vec<Tensor> {
        let signed = images.to_kind(Kind::Float) * 2.0 - 1.0;
        let mut x = standardise(&signed, IMAGENET[0], IMAGENET[1]).to_kind(self.kind);
        let mut sums: Vec<Tensor> = Vec::with_capacity(self.blocks.len());
        for (number, block) in self.blocks.iter().enumerate() {
            if number > 0 {
                x = halved(&x.relu());
            }
            for (layer, (weight, bias)) in block.iter().enumerate() {
                let input = if layer == 0 { x } else { x.relu() };
                x = input.conv2d(weight, Some(bias), 1, 1, 1, 1);
            }
            sums.push(x.shallow_clone());
        }
        sums
    }
}

/// Pooled by the greatest of 2x2, as between the blocks of VGG16.
pub fn halved(map: &Tensor) -> Tensor {
    map.max_pool2d([2, 2], [2, 2], [0, 0], [1, 1], false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::feature_distances;
    use std::collections::HashMap;

    /// What PyTorch made of small random weights; `tests/golden/vgg16.py` says how.
    const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/vgg16.safetensors");

    fn golden() -> HashMap<String, Tensor> {
        Tensor::read_safetensors(GOLDEN).unwrap().into_iter().collect()
    }

    /// Rows of pixels as an image of one.
    fn image(rows: &Tensor) -> Tensor {
        rows.to_kind(Kind::Float).permute([2, 0, 1]).unsqueeze(0)
    }

    #[test]
    fn maps_and_distances_are_pytorchs() {
        let golden = golden();
        let network = Vgg16::open(Path::new(GOLDEN), Device::Cpu, Kind::Float).unwrap();
        assert_eq!(network.channels(), 8);
        let [picture, target] = ["picture", "target"].map(|n| network.maps(&image(&golden[n])));
        let names = ["relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"];
        for (map, name) in picture.iter().zip(names) {
            let expected = image(&golden[name]);
            let map = map.narrow(2, 0, expected.size()[2]);
            let error = (map - &expected).abs().max() / expected.abs().max();
            assert!(error.double_value(&[]) < 1e-5, "{name}: {error:?}");
        }
        let found = Tensor::from_slice(&feature_distances(&picture, &target));
        let error = (found - &golden["distances"]).abs().max().double_value(&[]);
        assert!(error < 1e-5, "{error}");
    }

    #[test]
    fn the_gradient_reaches_the_image_and_no_weight() {
        let golden = golden();
        let network = Vgg16::open(Path::new(GOLDEN), Device::Cpu, Kind::Float).unwrap();
        let picture = image(&golden["picture"]).set_requires_grad(true);
        let maps = network.maps(&picture);
        maps.iter().map(|map| map.mean(Kind::Float)).sum::<Tensor>().backward();
        assert!(picture.grad().abs().max().double_value(&[]) > 0.0);
        assert!(network.blocks.iter().flatten().all(|(weight, _)| !weight.requires_grad()));
    }

    #[test]
    fn other_files_are_refused_with_what_is_needed() {
        let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/efficientnet.safetensors");
        let message = Vgg16::open(&other, Device::Cpu, Kind::Float).unwrap_err().to_string();
        assert!(message.contains("no tensor features.0.weight"), "{message}");
        assert!(message.contains("cargo xtask vgg16"), "{message}");
    }
}
