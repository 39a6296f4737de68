//! A convolutional discriminator with residual blocks, after StyleGAN2 (Karras et al., 2020), which
//! needs no pretrained weights.
//!
//! Blocks reduce a picture from its resolution to 4x4. Pictures enter at every resolution: a fresh
//! network uses the highest only and starts with the others at zero; when it grows, its new block
//! starts at zero instead. So a grown network computes at first what the old one did for the reduced
//! picture.

mod block;
mod head;
mod layer;
mod options;
#[cfg(test)]
mod tests;

use tch::nn::VarStore;
use tch::{Device, Kind, Tensor, no_grad};

use self::block::Block;
use self::head::Head;
use self::layer::{Conv, Initial, SQRT_2, half};
pub use self::options::ConvOptions;
use super::Discriminator;
use crate::loss::Losses;
use crate::nn::store::named;
use crate::nn::{channels_last, lrelu};
use crate::{Error, Result};

/// The network. Its tensors: `entry.R.*` and `block.R.*` for every resolution R, `head.*`.
#[derive(Debug)]
pub struct ConvDiscriminator {
    options: ConvOptions,
    kind: Kind,
    store: VarStore,
    entries: Vec<Conv>,
    blocks: Vec<Block>,
    head: Head,
}

impl ConvDiscriminator {
    /// A network with weights drawn from libtorch's generator.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the resolution is no power of two from 8, or there are no channels.
    pub fn new(options: &ConvOptions, device: Device) -> Result<Self> {
        options.check()?;
        let store = VarStore::new(device);
        let (mut entries, mut blocks) = (Vec::new(), Vec::new());
        for side in options.resolutions() {
            let (inputs, outputs) = (options.channels(side), options.channels(side / 2));
            let initial = if side == options.resolution { Initial::Normal } else { Initial::Zero };
            let path = store.root() / "entry" / side;
            entries.push(Conv::new(&path, [3, inputs], 1, SQRT_2, initial).with_bias(&path));
            blocks.push(Block::new(&(store.root() / "block" / side), inputs, outputs));
        }
        let head = Head::new(&(store.root() / "head"), options.channels(4), options.classes);
        let kind = options.precision.kind();
        Ok(Self { options: *options, kind, store, entries, blocks, head })
    }

    /// How it was made.
    pub fn options(&self) -> &ConvOptions {
        &self.options
    }

    /// A network for a higher resolution that keeps all weights of this one and has new blocks,
    /// drawn from libtorch's generator, in front. Before training it computes what this one does for
    /// pictures reduced by averages of 2x2 pixels.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `resolution` is no higher power of two.
    pub fn grow(&self, resolution: u32) -> Result<Self> {
        if resolution <= self.options.resolution {
            let problem = format!("{resolution} does not follow {}", self.options.resolution);
            return Err(Error::parameter("--resolution", problem));
        }
        let grown = Self::new(&ConvOptions { resolution, ..self.options }, self.store.device())?;
        let mut tensors = named(&grown.store);
        let joint = format!("block.{}", 2 * self.options.resolution);
        no_grad(|| {
            for (name, tensor) in named(&self.store) {
                tensors[&name].shallow_clone().copy_(&tensor);
            }
            for layer in ["conv1", "skip"] {
                let _ = tensors.get_mut(&format!("{joint}.{layer}.weight")).map(Tensor::zero_);
            }
        });
        Ok(grown)
    }
}

impl Discriminator for ConvDiscriminator {
    fn logits(&self, images: &Tensor, labels: Option<&Tensor>) -> Vec<Tensor> {
        let mut images = channels_last(&images.to_kind(self.kind));
        let enter = |entry: &Conv, images: &Tensor| lrelu(&entry.forward(images));
        let mut x = enter(&self.entries[0], &images);
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.forward(&x);
            if let Some(entry) = self.entries.get(i + 1) {
                images = half(&images);
                x += enter(entry, &images);
            }
        }
        vec![self.head.forward(&x, labels)]
    }

    fn store(&self) -> &VarStore {
        &self.store
    }

    fn losses(&self) -> Losses {
        Losses::NonSaturating
    }
}
