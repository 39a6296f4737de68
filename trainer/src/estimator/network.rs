//! The estimator for training.

use polyinr::model::StrengthEstimator;
use tch::nn::{Path, VarStore};
use tch::{Device, Kind, Tensor, no_grad};

use crate::nn::{channels_last, lrelu};

/// What the first layer's weights, from which their mean is taken, are multiplied by at first.
const FIRST_GAIN: f64 = 8.0;

/// A convolution without padding.
#[derive(Debug)]
struct Layer {
    weight: Tensor,
    bias: Tensor,
    step: i64,
}

impl Layer {
    fn new(path: &Path<'_>, [inputs, outputs]: [usize; 2], side: i64, step: usize) -> Self {
        let [inputs, outputs, step] = [inputs, outputs, step].map(|n| n.cast_signed() as i64);
        let shape = [outputs, inputs, side, side];
        let deviation = (2.0 / (inputs * side * side) as f64).sqrt();
        let weight = Tensor::randn(shape, (Kind::Float, path.device())) * deviation;
        Self {
            weight: path.add("weight", weight, true),
            bias: path.zeros("bias", &[outputs]),
            step,
        }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        x.conv2d(&self.weight, Some(&self.bias), self.step, 0, 1, 1)
    }
}

/// The estimator's layers, under the library's names.
#[derive(Debug)]
pub struct Network {
    store: VarStore,
    /// All that leaky ReLU follows.
    inner: Vec<Layer>,
    outputs: Layer,
}

impl Network {
    /// A network with random weights from libtorch's generator.
    pub fn new(device: Device) -> Self {
        let store = VarStore::new(device);
        let root = &store.root();
        let (channels, steps) = (StrengthEstimator::CHANNELS, StrengthEstimator::STEPS);
        let last = channels[steps.len()];
        let conv = |(i, step): (usize, &usize)| {
            Layer::new(&(root / "conv" / i), [channels[i], channels[i + 1]], 3, *step)
        };
        let mut inner: Vec<Layer> = steps.iter().enumerate().map(conv).collect();
        inner.push(Layer::new(&(root / "hidden"), [last, last], 1, 1));
        let outputs = Layer::new(&(root / "outputs"), [last, StrengthEstimator::OUTPUTS], 1, 1);
        no_grad(|| {
            // Noise and edges are small beside the colours that they lie on.
            let first = inner[0].weight.shallow_clone();
            let mean = first.mean_dim(&[2i64, 3][..], true, Kind::Float);
            first.shallow_clone().copy_(&((&first - mean) * FIRST_GAIN));
            // All positions count alike at first.
            let _ = outputs.weight.shallow_clone().g_mul_scalar_(0.1);
        });
        Self { inner, outputs, store }
    }

    /// Its weights.
    pub fn store(&self) -> &VarStore {
        &self.store
    }

    /// What there is to clean in each of `pictures [B, 3, h, w]` (0 to 1): `[B, 2]`.
    pub fn forward(&self, pictures: &Tensor) -> Tensor {
        let x = channels_last(&(pictures - 0.5));
        let x = self.inner.iter().fold(x, |x, layer| lrelu(&layer.forward(&x)));
        let outputs = self.outputs.forward(&x).flatten(2, 3).chunk(2, 1);
        let most = f64::from(StrengthEstimator::MOST_WEIGHT);
        let shares = outputs[1].clamp(-most, most).softmax(2, Kind::Float);
        (outputs[0].sigmoid() * shares).sum_dim_intlist(2i64, false, Kind::Float)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::tensors_of;

    /// The library's arithmetic is what was trained.
    #[test]
    fn the_library_estimates_the_same() {
        tch::manual_seed(3);
        let network = Network::new(Device::Cpu);
        no_grad(|| {
            for (_, tensor) in network.store().variables() {
                let noise = tensor.randn_like() * 0.05;
                let _ = tensor.shallow_clone().g_add_(&noise);
            }
        });
        let bytes = StrengthEstimator::write(&tensors_of(network.store()).unwrap(), "").unwrap();
        let estimator = StrengthEstimator::from_bytes("x", &bytes).unwrap();
        for (width, height) in [(96, 96), (17, 40), (31, 18)] {
            let picture = Tensor::rand([1, 3, height, width], (Kind::Float, Device::Cpu));
            let ours = no_grad(|| network.forward(&picture));
            let pixels: Vec<f32> = picture.permute([0, 2, 3, 1]).reshape([-1]).try_into().unwrap();
            let found = estimator.evidence([width as usize, height as usize], &pixels).damage();
            for (i, found) in found.into_iter().enumerate() {
                let wanted = ours.double_value(&[0, i as i64]);
                assert!((found - wanted).abs() < 5e-3, "{found} {wanted}");
            }
        }
    }
}
