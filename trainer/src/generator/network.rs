//! What can be trained: a network that makes images of latents w.

use std::fmt::Debug;

use polyinr::network::NetworkConfig;
use tch::{Kind, Tensor};

use super::drawing::Drawing;

/// A network in training, between the latents w and the images. Its tensors are in the store of its
/// [`Generator`](super::Generator), under the names of the library's model files.
pub trait Network: Debug {
    /// Images `[batch, 3, side, side]`, float32, nominal range `[-1, 1]`, of latents w `[batch,
    /// w_dim]`, or `[batch, levels, w_dim]` with a row for each level, computed in `kind` on the
    /// network's own grid. Each image's grid is moved by a row of `shifts [batch, 2]`, in pixels to the
    /// right and down.
    fn images(&self, w: &Tensor, shifts: Option<&Tensor>, side: i64, kind: Kind) -> Tensor;

    /// The same images, drawn to learn from them. A network with a faster way back than libtorch's
    /// own record gives that one.
    fn drawing(&self, w: &Tensor, shifts: Option<&Tensor>, side: i64, kind: Kind) -> Drawing {
        Drawing::recorded(self.images(w, shifts, side, kind))
    }

    /// Scales new weights so that the pictures of these random latents w `[batch, w_dim]` are worth
    /// training from.
    fn normalise(&self, w: &Tensor);

    /// Whether a network of shape `old` can become this one as training goes on.
    ///
    /// # Errors
    /// Why it cannot, in words.
    fn extends(&self, old: &NetworkConfig) -> Result<(), String>;

    /// Makes what is new in a network that has the weights of one of shape `old` change nothing
    /// yet, by random latents w `[batch, w_dim]`.
    fn settle(&self, old: &NetworkConfig, w: &Tensor);
}
