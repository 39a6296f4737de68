//! Trains the models of polyinr.

pub mod device;
pub mod error;
pub mod nn;
pub mod random;
pub mod upscaler;

pub use error::{Error, Result};
