//! The encoder: a picture becomes affine parameters, one set for every pixel.

use polyinr::model::{COMPONENTS, UpscalerConfig};
use tch::nn::Path;
use tch::{Kind, Tensor, no_grad};

use crate::nn::channels_last;

/// Affine components that are left where the scale is one for all: dx, dy and the constant, which
/// takes in 1/s.
pub const FOLDED: i64 = 3;

/// A 3x3 convolution that pads with zeros: weight `[out, in, 3, 3]` and bias `[out]`.
#[derive(Debug)]
struct Conv {
    weight: Tensor,
    bias: Tensor,
}

impl Conv {
    /// Weights are drawn so that normal inputs give outputs of deviation `gain`; biases are zero.
    fn new(path: &Path<'_>, inputs: usize, outputs: usize, gain: f64) -> Self {
        let (inputs, outputs) = (inputs.cast_signed() as i64, outputs.cast_signed() as i64);
        let deviation = gain / (9.0 * inputs as f64).sqrt();
        let normal = Tensor::randn([outputs, inputs, 3, 3], (Kind::Float, path.device()));
        Self {
            weight: path.add("weight", normal * deviation, true),
            bias: path.zeros("bias", &[outputs]),
        }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        convolve(x, &self.weight, &self.bias)
    }
}

fn convolve(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
    let (weight, bias) = (weight.to_kind(x.kind()), bias.to_kind(x.kind()));
    x.conv2d(&weight, Some(bias), 1, 1, 1, 1)
}

/// 3x3 convolutions with residual connections, from RGB to `[levels, n, 4]` affine parameters a
/// pixel. Every convolution pads with zeros.
#[derive(Debug)]
pub struct Encoder {
    head: Conv,
    blocks: Vec<[Conv; 2]>,
    tail: Conv,
    affine: Conv,
    levels: i64,
    features: i64,
}

impl Encoder {
    /// An encoder with random weights. The blocks together add about as much as the head gives, and
    /// affine parameters start as 1 with deviation 1/2, so that a product of levels neither starves
    /// nor grows.
    pub fn new(path: &Path<'_>, config: &UpscalerConfig) -> Self {
        let c = config.channels;
        let relu = std::f64::consts::SQRT_2;
        let last = (0.5 / config.residual_blocks.max(1) as f64).sqrt();
        let block = |i: usize| {
            let path = path / "block" / i;
            [Conv::new(&(&path / "conv0"), c, c, relu), Conv::new(&(&path / "conv1"), c, c, last)]
        };
        let outputs = config.levels * config.features * COMPONENTS;
        let encoder = Self {
            // Pixels minus 0.5 have a deviation of about 1/4.
            head: Conv::new(&(path / "head"), 3, c, 4.0),
            blocks: (0..config.residual_blocks).map(block).collect(),
            tail: Conv::new(&(path / "tail"), c, c, 0.5),
            affine: Conv::new(&(path / "affine"), c, outputs, 0.25),
            levels: config.levels.cast_signed() as i64,
            features: config.features.cast_signed() as i64,
        };
        no_grad(|| {
            let constants = encoder.by_component(&encoder.affine.bias).select(2, 2);
            let _ = constants.shallow_clone().fill_(1.0);
        });
        encoder
    }

    /// Affine parameters `[B h w, 3 levels n]` of the pixels of `pictures [B, 3, h, w]` (0 to 1), in
    /// `kind`: for every cell its slopes along x, its slopes along y, and its constants, where
    /// `inverse_scale` (input pixels an output pixel) has been put in.
    pub fn forward(&self, pictures: &Tensor, inverse_scale: f64, kind: Kind) -> Tensor {
        let x = channels_last(&(pictures.to_kind(Kind::Float) - 0.5).to_kind(kind));
        let head = self.head.forward(&x);
        let body = self.blocks.iter().fold(head.shallow_clone(), |y, [first, second]| {
            &y + second.forward(&first.forward(&y).relu())
        });
        let features = self.tail.forward(&body) + head;
        let weight = self.folded(&self.affine.weight, inverse_scale);
        let bias = self.folded(&self.affine.bias, inverse_scale);
        let affine = convolve(&features, &weight, &bias);
        affine.permute([0, 2, 3, 1]).reshape([-1, FOLDED * self.levels * self.features])
    }

    /// `[levels n 4, ...]` as `[levels, n, 4, ...]`.
    fn by_component(&self, outputs: &Tensor) -> Tensor {
        let mut shape = vec![self.levels, self.features, COMPONENTS.cast_signed() as i64];
        shape.extend(&outputs.size()[1..]);
        outputs.view(shape.as_slice())
    }

    /// `[levels n 4, ...]` as `[3 levels n, ...]`: the fourth component, times `inverse_scale`, is
    /// added to the third.
    fn folded(&self, outputs: &Tensor, inverse_scale: f64) -> Tensor {
        let [dx, dy, one, scale] =
            [0, 1, 2, 3].map(|component| self.by_component(outputs).select(2, component));
        let folded = Tensor::stack(&[dx, dy, one + scale * inverse_scale], 0);
        folded.flatten(0, 2)
    }
}
