//! The matrices of a network that all images of a model share: what pivotal tuning changes.

use super::layers::Linear;

/// One of the linear layers that all images of a model share.
#[derive(Clone, Debug)]
pub struct Matrix<'a> {
    /// What its tensors' names begin with in files.
    pub name: String,
    /// The level that it belongs to, and is exchanged with.
    pub level: usize,
    /// The layer.
    pub layer: &'a Linear,
}
