//! Leaky ReLU as Poly-INR has it.

use tch::{Tensor, no_grad};

/// Slope of leaky ReLU below zero.
pub const SLOPE: f64 = 0.2;

/// `max(x, 0.2 x)`, in one pass, and one backwards. tch gives no way to set the slope of its leaky
/// ReLU; but the backward pass of that function, which has a slope, is the function itself when what
/// comes back is `x`, and it can be differentiated any number of times.
pub fn lrelu(x: &Tensor) -> Tensor {
    x.detach().leaky_relu_backward(x, SLOPE, false)
}

/// `x` within `-limit` and `limit`. Gradients pass as if there were none: what is beyond is rare, and
/// the derivative of a clamp is one more pass over all activations.
pub fn limited(mut x: Tensor, limit: f64) -> Tensor {
    no_grad(|| drop(x.clamp_(-limit, limit)));
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_slopes_are_those_of_the_definition() {
        let x = Tensor::from_slice(&[-2.0f32, -0.5, 0.25, 3.0]).set_requires_grad(true);
        let y = lrelu(&x);
        assert_eq!(Vec::<f32>::try_from(&y).unwrap(), [-0.4, -0.1, 0.25, 3.0]);
        y.sum(tch::Kind::Float).backward();
        assert_eq!(Vec::<f32>::try_from(x.grad()).unwrap(), [0.2, 0.2, 1.0, 1.0]);
    }
}
