//! Tensors in safetensors files: read one at a time and checked before use, and written.

mod content;
mod foreign;
mod read;
mod source;
mod write;

pub(crate) use foreign::ForeignTensors;
pub(crate) use read::{MAX_WEIGHTS, Tensors};
pub(crate) use source::{ListedTensors, TensorSource};
pub use write::{NamedTensor, Storage};
pub(crate) use write::{StoredTensor, serialize, serialize_stored};
