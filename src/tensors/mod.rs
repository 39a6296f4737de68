//! Tensors in safetensors files: read one at a time and checked before use, and written.

mod content;
mod foreign;
mod read;
mod write;

pub(crate) use foreign::ForeignTensors;
pub(crate) use read::{MAX_WEIGHTS, Tensors};
pub use write::{NamedTensor, Storage};
pub(crate) use write::{StoredTensor, serialize, serialize_stored};
