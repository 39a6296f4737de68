//! A discriminator that judges every pixel.

use tch::nn::{Path, VarStore};
use tch::{Device, Kind, Tensor, no_grad};

use super::Discriminator;
use crate::loss::Losses;
use crate::nn::{channels_last, lrelu};

/// Channels of a full resolution's features, of which lower ones have 2, 4 and 8 times as many.
pub const CHANNELS: i64 = 32;
/// Least singular value that a weight is divided by.
const LEAST: f64 = 1e-12;

/// A U-Net of convolutions whose weights are divided by their largest singular value: three times down
/// to half the resolution, up again with what was there on the way, and a logit for every pixel
/// (Schönfeld et al., 2020; in the form of Wang et al., Real-ESRGAN, 2021, section 3.3, with half the
/// channels).
#[derive(Debug)]
pub struct UNetDiscriminator {
    store: VarStore,
    first: Conv,
    down: [Conv; 3],
    up: [Conv; 3],
    last: [Conv; 3],
}

/// A convolution, perhaps with spectral normalisation (Miyato et al., 2018).
#[derive(Debug)]
struct Conv {
    weight: Tensor,
    bias: Option<Tensor>,
    /// The left singular vector that the power iteration has come to.
    vector: Option<Tensor>,
    step: i64,
}

impl Conv {
    /// A convolution with biases and its weights as they are.
    fn plain(path: &Path<'_>, [inputs, outputs]: [i64; 2]) -> Self {
        let bias = Some(path.zeros("bias", &[outputs]));
        Self { bias, vector: None, ..Self::normal(path, [inputs, outputs], 3, 1) }
    }

    /// One of normalised weights, without biases.
    fn normalised(path: &Path<'_>, channels: [i64; 2], side: i64, step: i64) -> Self {
        let conv = Self::normal(path, channels, side, step);
        let vector = Tensor::randn([channels[1]], (Kind::Float, path.device()));
        let vector = path.add("vector", &vector / vector.norm(), false);
        Self { vector: Some(vector), ..conv }
    }

    fn normal(path: &Path<'_>, [inputs, outputs]: [i64; 2], side: i64, step: i64) -> Self {
        let deviation = (2.0 / (inputs * side * side) as f64).sqrt();
        let shape = [outputs, inputs, side, side];
        let weight = Tensor::randn(shape, (Kind::Float, path.device())) * deviation;
        Self { weight: path.add("weight", weight, true), bias: None, vector: None, step }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        // Sides 3 and 4 are both padded by one.
        x.conv2d(&self.kernel(), self.bias.as_ref(), self.step, 1, 1, 1)
    }

    /// The weight divided by its largest singular value, as far as that is known.
    fn kernel(&self) -> Tensor {
        let Some(vector) = &self.vector else { return self.weight.shallow_clone() };
        let matrix = self.weight.flatten(1, 3);
        let right = no_grad(|| {
            let right = unit(&matrix.tr().mv(vector));
            vector.shallow_clone().copy_(&unit(&matrix.mv(&right)));
            right
        });
        let value = vector.copy().dot(&matrix.mv(&right));
        &self.weight / value.clamp_min(LEAST)
    }
}

fn unit(vector: &Tensor) -> Tensor {
    vector / vector.norm().clamp_min(LEAST)
}

impl UNetDiscriminator {
    /// A discriminator with random weights from libtorch's generator.
    pub fn new(device: Device) -> Self {
        let store = VarStore::new(device);
        let root = &store.root();
        let c = CHANNELS;
        let down = |i: i64| {
            let path = &(root / "down" / i);
            Conv::normalised(path, [c << i, c << (i + 1)], 4, 2)
        };
        let up = |i: i64| {
            let path = &(root / "up" / i);
            Conv::normalised(path, [c << (i + 1), c << i], 3, 1)
        };
        let last = root / "last";
        Self {
            first: Conv::plain(&(root / "first"), [3, c]),
            down: [0, 1, 2].map(down),
            up: [2, 1, 0].map(up),
            last: [
                Conv::normalised(&(&last / 0), [c, c], 3, 1),
                Conv::normalised(&(&last / 1), [c, c], 3, 1),
                Conv::plain(&(&last / 2), [c, 1]),
            ],
            store,
        }
    }

    /// A logit for every pixel of `images [B, 3, H, W]` of 8 pixels or more each way: `[B, H W]`.
    fn map(&self, images: &Tensor) -> Tensor {
        let mut on_the_way = vec![lrelu(&self.first.forward(&channels_last(images)))];
        for conv in &self.down {
            let next = lrelu(&conv.forward(on_the_way.last().expect("the first")));
            on_the_way.push(next);
        }
        let lowest = on_the_way.pop().expect("three times down");
        let x = self.up.iter().fold(lowest, |x, conv| {
            let skipped = on_the_way.pop().expect("as many as went down");
            let size = [skipped.size()[2], skipped.size()[3]];
            let large = x.upsample_bilinear2d(size, false, None, None);
            lrelu(&conv.forward(&large)) + skipped
        });
        let [one, two, logits] = &self.last;
        let x = lrelu(&two.forward(&lrelu(&one.forward(&x))));
        logits.forward(&x).flatten(1, 3)
    }
}

impl Discriminator for UNetDiscriminator {
    fn logits(&self, images: &Tensor, _labels: Option<&Tensor>) -> Vec<Tensor> {
        vec![self.map(images)]
    }

    fn store(&self) -> &VarStore {
        &self.store
    }

    fn losses(&self) -> Losses {
        Losses::NonSaturating
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::discriminator_loss;
    use crate::optim::{Adam, AdamOptions};

    fn new() -> UNetDiscriminator {
        tch::manual_seed(5);
        UNetDiscriminator::new(Device::Cpu)
    }

    #[test]
    fn every_pixel_has_a_logit() {
        let discriminator = new();
        for [height, width] in [[16, 24], [9, 11], [8, 8]] {
            let images = Tensor::rand([2, 3, height, width], (Kind::Float, Device::Cpu));
            assert_eq!(discriminator.logits(&images, None)[0].size(), [2, height * width]);
        }
        let count: i64 =
            discriminator.store().trainable_variables().iter().map(|t| t.numel() as i64).sum();
        assert!((1_000_000..1_200_000).contains(&count), "{count}");
    }

    #[test]
    fn no_layer_enlarges() {
        let discriminator = new();
        let conv = &discriminator.down[0];
        (0..600).for_each(|_| drop(conv.kernel()));
        let matrix = conv.kernel().flatten(1, 3);
        let largest = matrix.linalg_norm(2, [0i64, 1].as_slice(), false, None).double_value(&[]);
        assert!((largest - 1.0).abs() < 1e-3, "{largest}");
    }

    #[test]
    fn it_learns_to_tell_noise_from_flat_colour() {
        let discriminator = new();
        let flat = Tensor::full([2, 3, 8, 8], 0.5, (Kind::Float, Device::Cpu));
        let noise = flat.copy() + flat.randn_like() * 0.2;
        let mut adam = Adam::new(discriminator.store(), AdamOptions::supervised(1e-3));
        let mut losses = Vec::new();
        for _ in 0..40 {
            let [real, fake] = [&flat, &noise].map(|images| discriminator.logits(images, None));
            let loss = discriminator_loss(discriminator.losses(), &real, &fake);
            adam.zero_gradients();
            loss.backward();
            adam.step().unwrap();
            losses.push(loss.double_value(&[]));
        }
        assert!(losses[39] < 0.5 * losses[0], "{losses:?}");
    }
}
