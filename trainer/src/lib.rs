//! Trains the models of polyinr: generators (Poly-INR, CREPS, INR-GAN) and upscalers (local Poly-INR).
//!
//! Networks are written with libtorch through [`tch`]; what is trained becomes a model file that the
//! library opens. Draws depend on the run's seed and the step only ([`random`]), so that a resumed run
//! ends where an uninterrupted one would.

pub mod augment;
pub mod commands;
pub mod data;
pub mod device;
pub mod discriminator;
pub mod error;
pub mod estimator;
pub mod features;
pub mod files;
pub mod gan;
pub mod generator;
pub mod guidance;
pub mod judge;
pub mod loss;
pub mod memory;
pub mod metrics;
pub mod nn;
pub mod optim;
pub mod penalty;
pub mod probe;
pub mod random;
pub mod run;
pub mod upscaler;

pub use error::{Error, Result};
