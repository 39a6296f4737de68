//! Training of the upscaler: local Poly-INR, picture to field.
//!
//! ```text
//! folders, zips ─ Photos ─ cut, reduce, degrade (CropOptions) ─ Loader ─ Trainer ─ model file
//! ```
//!
//! The network ([`Network`]) is the library's, with its names and layout. A step shows it a batch of
//! reduced crops, all at the same factor, and asks for colours at random positions of each. A crop is cut
//! from a reduction that is a little larger, so that the filter had all of its support; convolutions pad it
//! with zeros, as at the edges of a picture that is enlarged.

mod block;
mod conv;
pub mod crops;
mod cut;
mod cutblur;
pub mod degrade;
pub(crate) mod draws;
mod encoder;
mod file;
pub mod input;
mod loader;
mod log;
pub mod looks;
mod network;
pub mod options;
mod photos;
mod positions;
pub mod run;
pub mod settings;
pub mod step;
pub mod validate;

pub use file::with_detail;
pub use loader::Loader;
pub use network::Network;
pub use photos::Photos;
#[cfg(test)]
mod tests;
