//! Layers that several networks share.
//!
//! Weights live in a [`VarStore`](tch::nn::VarStore) under the names that model files give them, in
//! float32. A layer computes in the kind of its input, so that a network's precision is that of what
//! is put into it.

mod activation;
mod layout;
mod linear;
pub mod store;
pub(crate) mod values;

pub use activation::{SLOPE, limited, lrelu};
pub use layout::channels_last;
pub use linear::{Gain, Linear};
