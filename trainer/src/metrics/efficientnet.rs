//! EfficientNet's features of images, for measures that see shapes without a file of Inception's.

use std::path::Path;

use tch::{Device, Kind, Tensor, no_grad};

use super::extractor::{Extractor, Identity, Output, file_key};
use crate::device::Precision;
use crate::error::{Error, Result};
use crate::features::{EfficientNet, FeatureNetwork};

/// EfficientNet-lite0 up to its last stage, averaged over positions: 320 numbers.
pub struct EfficientNetFeatures {
    network: EfficientNet,
    identity: Identity,
}

impl EfficientNetFeatures {
    /// timm's `tf_efficientnet_lite0` of the safetensors file at `path`.
    ///
    /// # Errors
    /// [`Error::Weights`] when the file is missing or another network's; the message says where it
    /// comes from.
    pub fn open(path: &Path, precision: Precision, device: Device) -> Result<Self> {
        let network = EfficientNet::open(path, device, precision.kind())?;
        let name = "EfficientNet-lite0, last stage".to_owned();
        Ok(Self { network, identity: Identity::new(name, file_key(path)?, precision) })
    }
}

impl Extractor for EfficientNetFeatures {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn extract(&self, images: &Tensor, outputs: &[Output]) -> Result<Vec<Tensor>> {
        if outputs.iter().any(|output| *output != Output::Features) {
            return Err(Error::parameter("--metrics", "EfficientNet gives features only"));
        }
        let features = no_grad(|| {
            let images = images.to_kind(Kind::Float) / 127.5 - 1.0;
            let maps = self.network.features(&images);
            maps[3].to_kind(Kind::Float).mean_dim([2, 3].as_slice(), false, None)
        });
        Ok(outputs.iter().map(|_| features.shallow_clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::data::{DataOptions, Dataset, Selection};
    use crate::metrics::{Evaluator, Metric, NetworkArgs, Networks, Subset};

    /// EfficientNet with its real weights and the folder of the flowers, where both are there.
    fn real() -> Option<(PathBuf, PathBuf)> {
        let file = std::env::var_os("POLYINR_EFFICIENTNET").map(PathBuf::from);
        let data = std::env::var_os("POLYINR_DATA").map(PathBuf::from);
        let both = file.zip(data);
        if both.is_none() {
            assert!(
                std::env::var_os("CI").is_none(),
                "POLYINR_EFFICIENTNET or POLYINR_DATA is not set"
            );
            eprintln!("skipped: needs the file of `cargo xtask efficientnet` and POLYINR_DATA");
        }
        both
    }

    #[test]
    fn kinds_of_real_flowers_are_recognised() {
        let Some((file, data)) = real() else { return };
        let selection = Selection {
            labels: Some(data.join("flowers128.dataset.json")),
            max_images: Some(240),
            ..Selection::default()
        };
        let options = DataOptions { selection, no_data_cache: true, ..DataOptions::default() };
        let parts = ["flowers128_part1of2.zip", "flowers128_part2of2.zip"].map(|n| data.join(n));
        let flowers = Dataset::open(&parts, 64, &options).unwrap();
        let metrics = [Metric::Recognised, Metric::FdEfficientnet];
        let networks = NetworkArgs { efficientnet: Some(file), ..NetworkArgs::default() };
        let networks = Networks::open(&networks, &metrics, Precision::F32, Device::Cpu).unwrap();
        let [mut known, mut others] = Subset::halves(&flowers, 0);
        let mut evaluator = Evaluator::new(&networks, &mut known, None, 32);
        let figures = evaluator.measure("others", &metrics, &mut others, &mut |_, _| ()).unwrap();
        assert!(figures[0].value > 0.7, "chance is 0.2: {}", figures[0]);
        assert!(figures[1].value > 1.0 && figures[1].value.is_finite(), "{}", figures[1]);
        assert!(figures[0].to_string().contains("linear classifier; 120 images against 120]"));
    }

    #[test]
    fn features_are_the_means_of_the_last_map() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/efficientnet.safetensors");
        let network = EfficientNetFeatures::open(&path, Precision::F32, Device::Cpu).unwrap();
        let images = Tensor::randint(256, [2, 3, 40, 40], (Kind::Uint8, Device::Cpu));
        let features = network.extract(&images, &[Output::Features]).unwrap().remove(0);
        assert_eq!(features.size(), [2, 20]);
        let map = network.network.features(&(images.to_kind(Kind::Float) / 127.5 - 1.0)).remove(3);
        let mean = map.flatten(2, 3).mean_dim(2, false, None);
        assert!((features - mean).abs().max().double_value(&[]) < 1e-6);
        assert!(network.extract(&images, &[Output::Spatial]).is_err());
    }
}
