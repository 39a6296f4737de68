//! A head of the projected discriminator: what looks at one mixed feature map.

use tch::nn::Path;
use tch::{Kind, Tensor};

use super::layers::SpectralConv;
use crate::nn::{Gain, Linear, channels_last, lrelu};

/// Numbers that a class and a position are compared by.
const PROJECTION: i64 = 64;

/// Epsilon of batch norm.
const EPSILON: f64 = 1e-5;

/// A convolution that halves the size, batch norm over the batch at hand, and leaky ReLU.
#[derive(Debug)]
struct Down {
    conv: SpectralConv,
    scale: Tensor,
    shift: Tensor,
}

impl Down {
    fn new(path: &Path<'_>, inputs: i64, outputs: i64) -> Self {
        let constant = |value: f64| Tensor::full([outputs], value, (Kind::Float, path.device()));
        Self {
            conv: SpectralConv::new(&(path / "conv"), inputs, outputs),
            scale: (path / "norm").add("weight", constant(1.0), true),
            shift: (path / "norm").add("bias", constant(0.0), true),
        }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let (scale, shift, none) = (Some(&self.scale), Some(&self.shift), None::<&Tensor>);
        // Batch norm, which adds up in float32, is several times faster with positions side by side.
        let y = self.conv.forward(&channels_last(x), 2, 1).contiguous();
        lrelu(&y.batch_norm(scale, shift, none, none, true, 0.0, EPSILON, true))
    }
}

/// Projection of classes (Miyato and Koyama, 2018) through an embedding: the logit of a position is
/// its dot product with what a scaled linear layer makes of the class's embedding.
#[derive(Debug)]
struct ClassProjection {
    embedding: Tensor,
    linear: Linear,
}

impl ClassProjection {
    fn new(path: &Path<'_>, embedding: &Tensor) -> Self {
        let (path, table) =
            (path / "embed_proj", (path / "embed").add("weight", embedding.copy(), true));
        let (inputs, outputs) = (table.size()[1] as usize, PROJECTION as usize);
        Self { linear: Linear::new(&path, inputs, outputs, Gain::Equalised(1.0)), embedding: table }
    }

    /// `[B, 64, H, W]` to logits `[B, 1, H, W]`; without labels all are compared with the mean class.
    fn forward(&self, x: &Tensor, labels: Option<&Tensor>) -> Tensor {
        let embedding = match labels {
            Some(labels) => self.embedding.index_select(0, labels),
            None => self.embedding.mean_dim(0, true, None),
        };
        let class = lrelu(&self.linear.forward(&embedding)) * std::f64::consts::SQRT_2;
        let products = x * class.unsqueeze(-1).unsqueeze(-1);
        products.sum_dim_intlist(1, true, None) / (PROJECTION as f64).sqrt()
    }
}

/// Convolutions down to an eighth of the nominal size, then one to the logits.
#[derive(Debug)]
pub struct Head {
    down: Vec<Down>,
    last: SpectralConv,
    classes: Option<ClassProjection>,
}

impl Head {
    /// The head of map `level` (0: the shallowest) of a discriminator of `channels`; `embedding`
    /// `[classes, numbers]` is what that of the classes starts from, for those that know classes.
    pub fn new(
        path: &Path<'_>,
        level: usize,
        inputs: i64,
        channels: i64,
        embedding: Option<&Tensor>,
    ) -> Self {
        // Channels at nominal sizes 64, 32, 16 and 8.
        let widths = &[1, 2, 4, 8][level..];
        let mut before = inputs;
        let mut down = Vec::new();
        for (index, factor) in widths.iter().enumerate() {
            let outputs = factor * channels;
            down.push(Down::new(&(path / "down" / index), before, outputs));
            before = outputs;
        }
        let outputs = if embedding.is_some() { PROJECTION } else { 1 };
        let last = SpectralConv::new(&(path / "last"), before, outputs);
        Self { down, last, classes: embedding.map(|values| ClassProjection::new(path, values)) }
    }

    /// Logits `[B, positions]`, float32, of a map `[B, inputs, H, W]`.
    pub fn forward(&self, x: &Tensor, labels: Option<&Tensor>) -> Tensor {
        let first = self.down[0].forward(x);
        let x = self.down[1..].iter().fold(first, |x, down| down.forward(&x));
        let x = self.last.forward(&x, 1, 0).to_kind(Kind::Float);
        let logits = self.classes.as_ref().map(|classes| classes.forward(&x, labels));
        logits.unwrap_or(x).flatten(1, -1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;
    use tch::nn::VarStore;

    #[test]
    fn the_projection_is_the_scaled_dot_product() {
        tch::manual_seed(5);
        let store = VarStore::new(Device::Cpu);
        let embedding = Tensor::randn([3, 20], (Kind::Float, Device::Cpu));
        let classes = ClassProjection::new(&store.root(), &embedding);
        let x = Tensor::randn([2, 64, 2, 3], (Kind::Float, Device::Cpu));
        let logits = classes.forward(&x, Some(&Tensor::from_slice(&[2i64, 0])));
        assert_eq!(logits.size(), [2, 1, 2, 3]);
        for (picture, class) in [(0, 2), (1, 0)] {
            let weight = classes.linear.weight() / (20f64).sqrt();
            let hidden = Vec::<f32>::try_from(weight.mv(&embedding.get(class))).unwrap();
            let features = Vec::<f32>::try_from(x.get(picture).select(1, 1).select(1, 2)).unwrap();
            let leaky = |h: f32| f64::from(h.max(0.2 * h)) * std::f64::consts::SQRT_2;
            let dot: f64 =
                hidden.iter().zip(&features).map(|(&h, &f)| leaky(h) * f64::from(f)).sum();
            let is = logits.double_value(&[picture, 0, 1, 2]);
            assert!((is - dot / 8.0).abs() < 1e-5, "{is} {}", dot / 8.0);
        }
    }

    #[test]
    fn batch_norm_is_that_of_the_batch_at_hand() {
        let store = VarStore::new(Device::Cpu);
        let down = Down::new(&store.root(), 2, 3);
        let x = Tensor::randn([4, 2, 16, 16], (Kind::Float, Device::Cpu)) * 5.0 + 3.0;
        let y = down.forward(&x);
        assert_eq!(y.size(), [4, 3, 8, 8]);
        let before = y.minimum(&(&y * 5.0));
        for channel in (0..3).map(|channel| before.select(1, channel)) {
            let (mean, deviation) = (channel.mean(Kind::Float), channel.std(false));
            assert!(mean.double_value(&[]).abs() < 1e-5);
            assert!((deviation.double_value(&[]) - 1.0).abs() < 1e-3);
        }
    }
}
