//! Networks that tell real pictures from generated ones.

pub mod conv;
pub mod projected;
mod unet;

use tch::Tensor;
use tch::nn::VarStore;

use crate::loss::Losses;

pub use conv::{ConvDiscriminator, ConvOptions};
pub use unet::UNetDiscriminator;

/// A network that is trained against a generator.
pub trait Discriminator {
    /// Logits of `images [B, 3, H, W]`, float32 of nominal range -1 to 1: one tensor `[B, k]` a head,
    /// float32. `labels [B]` (int64) are the pictures' classes, for networks that know classes.
    fn logits(&self, images: &Tensor, labels: Option<&Tensor>) -> Vec<Tensor>;

    /// Its tensors, trained and untrained; frozen feature networks are not among them.
    fn store(&self) -> &VarStore;

    /// The losses that it is trained with.
    fn losses(&self) -> Losses;
}
