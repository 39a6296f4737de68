//! What changes weights: Adam, Muon, and the running average of a generator.
//!
//! Both work on float32 tensors by name, so that their state can be saved and training resumed
//! exactly.

mod adam;
mod choice;
mod ema;
mod muon;

pub use adam::{Adam, AdamOptions, StepError};
pub use choice::{Method, Optimizer};
pub use ema::Ema;
pub use muon::Muon;
