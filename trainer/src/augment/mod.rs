//! What is done to pictures before a discriminator sees them, real and generated ones alike.
//! Everything is differentiable, so that gradients reach the generator.

mod blur;
mod diff;

pub use blur::{BlurFade, blur};
pub use diff::{Augmentation, DiffAugment};
