//! What is done to pictures before a discriminator sees them, real and generated ones alike.
//! Everything is differentiable, so that gradients reach the generator.

mod ada;
mod blur;
mod diff;
mod policy;

pub use ada::{Pace, Strength, adaptive};
pub use blur::{BlurFade, blur};
pub use diff::{Augmentation, DiffAugment};
pub use policy::Policy;
