//! Networks: architectures, their shared weights, and the codes of their images.
//!
//! A generator's [`Network`] holds what all its images share; a [`Code`] is all that makes one of
//! them. What is done with images (files, mixing, interpolation, inversion) works on codes tensor
//! by tensor and names no network. Every network has a folder of its own.

mod code;
pub mod creps;
mod generator;
pub mod inr_gan;
pub(crate) mod layers;
mod levels;
pub mod local_poly_inr;
mod matrices;
mod modulated;
mod named;
pub mod poly_inr;
mod range;
mod styles;
#[cfg(test)]
mod tests;
mod upscaler;

pub(crate) use code::between;
pub use code::{Code, CodeShape, Tensor, count};
pub use creps::{Creps, CrepsConfig};
pub use generator::{Network, NetworkConfig};
pub use inr_gan::{InrGan, InrGanConfig};
pub(crate) use layers::dot;
pub use layers::{Conv3x3, LRELU_SLOPE, Linear, lrelu};
pub use levels::{LevelGroup, LevelGroups, LevelSet};
pub use local_poly_inr::{LocalPolyInr, LocalPolyInrConfig, LocalPolyInrWeights, Turn};
pub use matrices::Matrix;
pub use modulated::{Modulated, Modulation};
pub use poly_inr::{PolyInr, PolyInrConfig};
pub(crate) use range::out_of_range;
pub use styles::Styles;
pub use upscaler::{UpscalerNetwork, UpscalerNetworkConfig};
