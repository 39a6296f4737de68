//! What changes weights: Adam, and the running average of a generator.
//!
//! Both work on float32 tensors by name, so that their state can be saved and training resumed
//! exactly.

mod adam;
mod ema;

pub use adam::{Adam, AdamOptions, StepError};
pub use ema::Ema;
