//! Trains the models of polyinr.

pub mod device;
pub mod error;
pub mod features;
pub mod guidance;
pub mod nn;
pub mod random;

pub use error::{Error, Result};
