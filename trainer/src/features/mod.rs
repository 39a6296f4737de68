//! Frozen, pretrained networks whose features the projected discriminator sees, and by which
//! pictures are compared.
//!
//! Their weights are in timm's layout, VGG16's in torchvision's: `cargo xtask efficientnet` and `cargo
//! xtask vgg16` get two of them, DeiT's are the user's to download. Depths and widths are read from the
//! file, so that reduced networks open too. No gradient reaches the weights; the images' gradient does
//! flow.

mod deit;
mod distance;
mod efficientnet;
mod embedding;
pub(crate) mod timm;
mod vgg16;

use tch::Tensor;

pub use deit::{Deit, DeitFeatures};
pub use distance::{feature_distance, feature_distances};
pub use efficientnet::EfficientNet;
pub use embedding::load_embedding;
pub use vgg16::{Vgg16, halved};

/// Side of the square that the networks were trained on, pixels.
pub const SIDE: i64 = 224;

/// What the four maps of a feature network are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maps {
    /// Strides 4, 8, 16 and 32, with these numbers of channels.
    Pyramid([i64; 4]),
    /// All of the same size.
    Isotropic {
        /// Channels of each.
        width: i64,
        /// Rows and columns of each.
        grid: i64,
    },
}

/// A frozen network that makes feature maps of images.
pub trait FeatureNetwork {
    /// A short name without dots, for the names of tensors that belong to it.
    fn name(&self) -> &'static str;

    /// What [`Self::maps`] gives.
    fn shape(&self) -> Maps;

    /// Images in [-1, 1] as the network was trained to see them, at their own size.
    fn normalise(&self, images: &Tensor) -> Tensor;

    /// Normalised images at a size that the network takes.
    fn resize(&self, images: &Tensor) -> Tensor;

    /// Four feature maps `[B, channels, rows, columns]`, shallow to deep, of normalised and resized
    /// images `[B, 3, H, W]`; in the kind that the network was opened in.
    fn maps(&self, input: &Tensor) -> Vec<Tensor>;

    /// The maps of images `[B, 3, H, W]` in [-1, 1].
    fn features(&self, images: &Tensor) -> Vec<Tensor> {
        self.maps(&self.resize(&self.normalise(images)))
    }
}

/// Images `[B, 3, H, W]` in [-1, 1] to [0, 1], then minus `mean` and divided by `deviation` of each
/// channel.
fn standardise(images: &Tensor, mean: [f64; 3], deviation: [f64; 3]) -> Tensor {
    let channel = |values: [f64; 3]| {
        Tensor::from_slice(&values)
            .view([1, 3, 1, 1])
            .to_kind(images.kind())
            .to_device(images.device())
    };
    ((images + 1.0) / 2.0 - channel(mean)) / channel(deviation)
}

/// `images` resized bilinearly (half-pixel centres, no low-pass) to a square of `side` pixels.
fn resize(images: &Tensor, side: i64) -> Tensor {
    if images.size()[2..] == [side, side] {
        return images.shallow_clone();
    }
    images.upsample_bilinear2d([side, side], false, None, None)
}

#[cfg(test)]
mod golden {
    //! Comparison with timm's own outputs; trainer/golden/README.md says how they were made.

    use std::path::{Path, PathBuf};

    use tch::{Kind, Tensor};

    /// The largest difference that is allowed.
    const LIMIT: f64 = 1e-4;

    /// A file of trainer/golden.
    pub fn file(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name)
    }

    /// A full-size file, from the folder that the environment names.
    pub fn full_file(name: &str) -> PathBuf {
        let folder =
            std::env::var_os("POLYINR_GOLDEN_FULL").expect("a folder of features.py --full");
        PathBuf::from(folder).join(name)
    }

    /// The tensors `golden.{name}` of a file.
    pub fn tensor(path: &Path, name: &str) -> Tensor {
        let tensors = Tensor::read_safetensors(path).unwrap();
        let name = format!("golden.{name}");
        let (_, tensor) = tensors.into_iter().find(|(n, _)| *n == name).expect("a golden tensor");
        tensor.to_kind(Kind::Float)
    }

    /// Asserts that `is` agrees with the file's `golden.{name}`; the largest difference.
    pub fn compare(path: &Path, name: &str, is: &Tensor) -> f64 {
        let should = tensor(path, name);
        assert_eq!(is.size(), should.size(), "{name}");
        let difference = (is - should).abs().max().to_kind(Kind::Double).double_value(&[]);
        println!("{}: {name} differs by at most {difference:.1e}", path.display());
        assert!(difference <= LIMIT, "{}: {name} differs by {difference}", path.display());
        difference
    }
}
