//! Weights of the layers that networks are made of, and the small ones' arithmetic.

use crate::error::Result;
use crate::tensors::TensorSource;

/// Slope of the leaky ReLU for negative inputs, in every network here.
pub const LRELU_SLOPE: f32 = 0.2;

/// `max(x, 0.2 x)`.
#[inline]
pub fn lrelu(x: f32) -> f32 {
    x.max(LRELU_SLOPE * x)
}

/// A linear layer: `y = W x + b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Length of `x`.
    pub inputs: usize,
    /// Length of `y`.
    pub outputs: usize,
    /// `W [outputs, inputs]`.
    pub weight: Vec<f32>,
    /// `b [outputs]`.
    pub bias: Vec<f32>,
}

impl Linear {
    /// The layer `{name}.weight [outputs, inputs]`, `{name}.bias`.
    pub(crate) fn load(
        tensors: &dyn TensorSource,
        name: &str,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self> {
        Self::read(tensors, name, &[outputs, inputs])
    }

    /// A 1x1 convolution `{name}.weight [outputs, inputs, 1, 1]`, `{name}.bias`: a layer of every pixel.
    pub(crate) fn load_point(
        tensors: &dyn TensorSource,
        name: &str,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self> {
        Self::read(tensors, name, &[outputs, inputs, 1, 1])
    }

    fn read(tensors: &dyn TensorSource, name: &str, shape: &[usize]) -> Result<Self> {
        let [weight, bias] = weight_and_bias(tensors, name, shape)?;
        Ok(Self { inputs: shape[1], outputs: shape[0], weight, bias })
    }

    /// `W x + b`.
    ///
    /// # Panics
    /// When `x` is not as long as the layer's inputs.
    pub fn apply(&self, x: &[f32]) -> Vec<f32> {
        assert_eq!(x.len(), self.inputs, "inputs of a linear layer");
        self.weight
            .chunks_exact(self.inputs)
            .zip(&self.bias)
            .map(|(row, bias)| dot(row, x) + bias)
            .collect()
    }

    /// `lrelu(W x + b)`.
    ///
    /// # Panics
    /// As [`apply`](Self::apply).
    pub fn apply_lrelu(&self, x: &[f32]) -> Vec<f32> {
        let mut y = self.apply(x);
        y.iter_mut().for_each(|v| *v = lrelu(*v));
        y
    }

    /// The layer with StyleGAN's learning-rate multiplier `lr` folded in, `W lr/sqrt(in) x + b lr`, and
    /// `sqrt(2)` with it where leaky ReLU follows (positive factors pass through leaky ReLU).
    pub(crate) fn equalised_lrelu(self, lr: f32) -> Self {
        self.equalised(lr, std::f32::consts::SQRT_2)
    }

    /// The layer with StyleGAN's scale of weights folded in, `W / sqrt(in) x + b`, where nothing follows.
    pub(crate) fn equalised_linear(self) -> Self {
        self.equalised(1.0, 1.0)
    }

    fn equalised(mut self, lr: f32, gain: f32) -> Self {
        let scale = lr / (self.inputs as f32).sqrt() * gain;
        self.weight.iter_mut().for_each(|w| *w *= scale);
        self.bias.iter_mut().for_each(|b| *b *= lr * gain);
        self
    }

    /// A layer of the same lengths whose numbers are all 0.
    pub(crate) fn zeros(&self) -> Self {
        Self { weight: vec![0.0; self.weight.len()], bias: vec![0.0; self.bias.len()], ..*self }
    }

    /// Whether `other` has the same lengths.
    pub(crate) fn has_shape_of(&self, other: &Self) -> bool {
        let shape = |l: &Self| (l.inputs, l.outputs, l.weight.len(), l.bias.len());
        shape(self) == shape(other)
    }
}

/// A 3x3 convolution, zero-padded at the picture's edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv3x3 {
    /// Input channels.
    pub inputs: usize,
    /// Output channels.
    pub outputs: usize,
    /// `[outputs, inputs, 3, 3]`, rows before columns.
    pub weight: Vec<f32>,
    /// `[outputs]`.
    pub bias: Vec<f32>,
}

impl Conv3x3 {
    /// The convolution `{name}.weight`, `{name}.bias`.
    pub(crate) fn load(
        tensors: &dyn TensorSource,
        name: &str,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self> {
        let [weight, bias] = weight_and_bias(tensors, name, &[outputs, inputs, 3, 3])?;
        Ok(Self { inputs, outputs, weight, bias })
    }
}

/// `{name}.weight` of this shape, and `{name}.bias`, as long as its first side.
fn weight_and_bias(
    tensors: &dyn TensorSource,
    name: &str,
    shape: &[usize],
) -> Result<[Vec<f32>; 2]> {
    let weight = tensors.tensor(&format!("{name}.weight"), shape)?;
    Ok([weight, tensors.tensor(&format!("{name}.bias"), &shape[..1])?])
}

/// Scalar product, in sixteen interleaved sums so that it vectorises.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 16];
    let (ca, cb) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest: f32 = ca.remainder().iter().zip(cb.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in ca.zip(cb) {
        for ((s, x), y) in sums.iter_mut().zip(x).zip(y) {
            *s += x * y;
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_multiplies_and_adds() {
        let layer = Linear {
            inputs: 2,
            outputs: 3,
            weight: vec![1.0, 2.0, 3.0, 4.0, -5.0, -6.0],
            bias: vec![0.5, 0.0, 1.0],
        };
        assert_eq!(layer.apply(&[1.0, 10.0]), [21.5, 43.0, -64.0]);
        assert_eq!(layer.apply_lrelu(&[1.0, 10.0]), [21.5, 43.0, -12.8]);
    }

    #[test]
    fn dot_takes_every_length() {
        for n in 0..70 {
            let a: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let expected: f32 = (0..n).map(|i| (i * i) as f32).sum();
            assert_eq!(dot(&a, &a), expected);
        }
    }
}
