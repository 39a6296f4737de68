//! Images in training: what is drawn of latents, and the way of the images' gradient back to the weights.

use tch::{Kind, Tensor};

/// Passes the gradient of images `[batch, 3, side, side]` on to all that they were drawn from.
type Backward = Box<dyn FnOnce(&Tensor)>;

/// Images of a network whose gradient can be passed on to its weights.
pub struct Drawing {
    /// The images, without a history; a leaf, which gathers their gradient.
    images: Tensor,
    backward: Backward,
}

impl Drawing {
    /// `images [batch, 3, side, side]` without a history, and how their gradient goes back.
    pub fn new(images: Tensor, backward: Backward) -> Self {
        Self { images: images.set_requires_grad(true), backward }
    }

    /// Images whose gradient goes back by libtorch's own record.
    pub fn recorded(images: Tensor) -> Self {
        let leaf = images.detach();
        let backward = move |gradient: &Tensor| (images * gradient).sum(Kind::Float).backward();
        Self::new(leaf, Box::new(backward))
    }

    /// The images, `[batch, 3, side, side]`, float32, nominal range `[-1, 1]`. What is computed of
    /// them can be passed backwards as far as to them.
    pub fn images(&self) -> Tensor {
        self.images.shallow_clone()
    }

    /// Passes the gradient that the images have gathered on to the weights of their generator and
    /// to what w was made from.
    pub fn backward(self) {
        let gradient = self.images.grad();
        if gradient.defined() {
            (self.backward)(&gradient);
        }
    }
}

impl std::fmt::Debug for Drawing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drawing").field("images", &self.images).finish_non_exhaustive()
    }
}
