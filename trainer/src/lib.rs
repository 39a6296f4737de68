//! Trains the models of polyinr.

pub mod augment;
pub mod device;
pub mod discriminator;
pub mod error;
pub mod features;
pub mod guidance;
pub mod loss;
pub mod nn;
pub mod optim;
pub mod random;

pub use error::{Error, Result};
