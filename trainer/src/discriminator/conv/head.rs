//! From 4x4 activations to a logit.

use tch::nn::Path;
use tch::{Kind, Tensor};

use super::layer::{Conv, Initial, SQRT_2};
use crate::nn::{Gain, Linear, lrelu};

/// Pictures whose deviation is taken together.
const GROUP: i64 = 4;

/// Minibatch standard deviation, a convolution and dense layers; with classes the features are
/// projected on the class's embedding (Miyato and Koyama, 2018).
#[derive(Debug)]
pub(super) struct Head {
    conv: Conv,
    dense: Linear,
    output: Linear,
    classes: Option<Tensor>,
}

impl Head {
    pub(super) fn new(path: &Path<'_>, channels: usize, classes: usize) -> Self {
        let gain = Gain::Equalised(1.0);
        let shape = [classes, channels].map(|n| n.cast_signed() as i64);
        let embedding = || Tensor::randn(shape, (Kind::Float, path.device()));
        let inner = path / "conv";
        let conv = Conv::new(&inner, [channels + 1, channels], 3, SQRT_2, Initial::Normal);
        Self {
            conv: conv.with_bias(&inner),
            dense: Linear::new(&(path / "dense"), channels * 16, channels, gain),
            output: Linear::new(&(path / "output"), channels, 1, gain),
            classes: (classes > 0).then(|| path.add("classes", embedding(), true)),
        }
    }

    /// `x [B, C, 4, 4]` to `[B, 1]`, in the kind of the weights.
    pub(super) fn forward(&self, x: &Tensor, labels: Option<&Tensor>) -> Tensor {
        let x = lrelu(&self.conv.forward(&with_deviation(x)));
        let x = x.flatten(1, -1).to_kind(self.dense.weight().kind());
        let features = lrelu(&self.dense.forward(&x)) * SQRT_2;
        let logits = self.output.forward(&features);
        match (&self.classes, labels) {
            (Some(classes), Some(labels)) => logits + projection(&features, classes, labels),
            _ => logits,
        }
    }
}

/// `x [B, C, H, W]` with one channel more: the deviation of every number over the pictures of a
/// group, averaged over channels and positions (Karras et al., 2018). Groups are of four pictures or
/// the next smaller divisor of the batch; picture `b` is in group `b mod (B / 4)`.
fn with_deviation(x: &Tensor) -> Tensor {
    let (batch, _, height, width) = x.size4().expect("activations have four dimensions");
    let group = (1..=GROUP).rev().find(|n| batch % n == 0).unwrap_or(1);
    let wide = if x.kind() == Kind::Double { Kind::Double } else { Kind::Float };
    let members = x.to_kind(wide).reshape([group, batch / group, -1]);
    let variance = members.var_dim([0].as_slice(), false, false);
    let deviation = (variance + 1e-8).sqrt().mean_dim(-1, false, None);
    let channel = deviation.repeat([group]).view([batch, 1, 1, 1]);
    Tensor::cat(&[x, &channel.expand([batch, 1, height, width], false).to_kind(x.kind())], 1)
}

/// `features [B, C] · classes[labels] / sqrt(C)`, `[B, 1]`.
fn projection(features: &Tensor, classes: &Tensor, labels: &Tensor) -> Tensor {
    let scale = 1.0 / (classes.size()[1] as f64).sqrt();
    (features * classes.index_select(0, labels)).sum_dim_intlist(1, true, None) * scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    #[test]
    fn deviation_is_that_of_the_groups() {
        tch::manual_seed(1);
        let x = Tensor::randn([8, 3, 4, 4], (Kind::Double, Device::Cpu));
        let y = with_deviation(&x);
        assert_eq!((y.narrow(1, 0, 3), y.size()), (x.shallow_clone(), vec![8, 4, 4, 4]));
        for b in 0..8 {
            let members = [0, 2, 4, 6].map(|i| x.get(i + b % 2));
            let numbers = members.map(|t| Vec::<f64>::try_from(t.flatten(0, -1)).unwrap());
            let deviation = |i: usize| {
                let mean = numbers.iter().map(|n| n[i]).sum::<f64>() / 4.0;
                let variance = numbers.iter().map(|n| (n[i] - mean).powi(2)).sum::<f64>() / 4.0;
                (variance + 1e-8).sqrt()
            };
            let expected = (0..48).map(deviation).sum::<f64>() / 48.0;
            assert!((y.double_value(&[b, 3, 2, 1]) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn batches_of_any_size_have_groups() {
        let deviation = |batch: i64| {
            let x = Tensor::arange(batch, (Kind::Float, Device::Cpu)).view([batch, 1, 1, 1]);
            with_deviation(&x).double_value(&[0, 1, 0, 0])
        };
        assert!(deviation(1) < 1e-3, "one picture has no deviation");
        assert!((deviation(6) - (8.0f64 / 3.0).sqrt()).abs() < 1e-6, "0, 2, 4");
        assert!(deviation(7) < 1e-3);
    }

    #[test]
    fn projection_is_the_scaled_dot_product() {
        let features =
            Tensor::from_slice(&[1.0f32, 2.0, 3.0, 4.0, -1.0, 0.5, 0.0, 2.0]).view([2, 4]);
        let classes = Tensor::arange(12, (Kind::Float, Device::Cpu)).view([3, 4]);
        let logits = projection(&features, &classes, &Tensor::from_slice(&[2i64, 0]));
        assert_eq!(Vec::<f32>::try_from(logits.flatten(0, -1)).unwrap(), [50.0, 3.25]);
    }
}
