//! Training of the upscaler: local Poly-INR, picture to field.

mod encoder;
mod network;
mod positions;

pub use network::Network;
