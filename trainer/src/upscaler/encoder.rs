//! The encoder: a picture becomes affine parameters, one set for every pixel.

use polyinr::model::Strength;
use polyinr::network::LocalPolyInrConfig;
use polyinr::network::local_poly_inr::COMPONENTS;
use tch::nn::Path;
use tch::{Kind, Tensor, no_grad};

use super::block::Block;
use super::conv::{Conv, convolve};
use crate::nn::channels_last;

/// Affine components that are left where the scale is one for all: dx, dy and the constant, which
/// takes in 1/s.
pub const FOLDED: i64 = 3;

/// Convolutions with residual connections, from RGB to `[levels, n, 4]` affine parameters a pixel.
/// Every convolution pads with zeros.
#[derive(Debug)]
pub struct Encoder {
    head: Conv,
    blocks: Vec<Block>,
    tail: Conv,
    affine: Conv,
    /// What is added to the head's and every block's biases, `[(1 + blocks) channels, 2]`, where
    /// the network is told how much to clean.
    strength: Option<Tensor>,
    levels: i64,
    features: i64,
}

impl Encoder {
    /// An encoder with random weights, the 3x3 convolutions of its blocks and its tail in branches if
    /// `branched`. The blocks together add about as much as the head gives, and affine parameters
    /// start as 1 with deviation 1/2, so that a product of levels neither starves nor grows.
    pub fn new(path: &Path<'_>, config: &LocalPolyInrConfig, branched: bool) -> Self {
        let c = config.channels;
        let block = |i: usize| Block::new(&(path / "block" / i), config, i, branched);
        let outputs = config.levels * config.features * COMPONENTS;
        let tail = &(path / "tail");
        let encoder = Self {
            // Pixels minus 0.5 have a deviation of about 1/4.
            head: Conv::new(&(path / "head"), 3, c, 3, 4.0),
            blocks: (0..config.residual_blocks).map(block).collect(),
            tail: match Conv::new(tail, c, c, 3, 0.5) {
                conv if branched => conv.branched(tail),
                conv => conv,
            },
            affine: Conv::new(&(path / "affine"), c, outputs, config.affine_side, 0.25),
            strength: config.strength.then(|| {
                let shape = [(1 + config.residual_blocks) * c, Strength::NUMBERS];
                path.zeros("strength", &shape.map(|n| n.cast_signed() as i64))
            }),
            levels: config.levels.cast_signed() as i64,
            features: config.features.cast_signed() as i64,
        };
        no_grad(|| {
            let constants = encoder.by_component(encoder.affine.bias()).select(2, 2);
            let _ = constants.shallow_clone().fill_(1.0);
        });
        encoder
    }

    /// Affine parameters `[B h w, 3 levels n]` of the pixels of `pictures [B, 3, h, w]` (0 to 1), in
    /// `kind`: for every cell its slopes along x, its slopes along y, and its constants, where
    /// `inverse_scale` (input pixels an output pixel) has been put in. A network that is told how much
    /// to clean is told `strength [B, 2]`, or nothing.
    pub fn forward(
        &self,
        pictures: &Tensor,
        strength: Option<&Tensor>,
        inverse_scale: f64,
        kind: Kind,
    ) -> Tensor {
        let x = channels_last(&(pictures.to_kind(Kind::Float) - 0.5).to_kind(kind));
        let told = strength.map_or_else(Vec::new, |strength| self.told(strength, kind));
        let mut told = told.iter();
        let head = self.head.forward(&x);
        let head = told.next().map_or_else(|| head.shallow_clone(), |told| &head + told);
        let blocks = self.blocks.iter();
        let body = blocks.fold(head.shallow_clone(), |y, block| block.forward(&y, told.next()));
        let features = self.tail.forward(&body) + head;
        let weight = self.folded(&self.affine.kernel(), inverse_scale);
        let bias = self.folded(self.affine.bias(), inverse_scale);
        let affine = convolve(&features, &weight, &bias);
        affine.permute([0, 2, 3, 1]).reshape([-1, FOLDED * self.levels * self.features])
    }

    /// What `strength [B, 2]` adds in the head and in every block, `[B, channels, 1, 1]` each; nothing
    /// in a network that is not told.
    fn told(&self, strength: &Tensor, kind: Kind) -> Vec<Tensor> {
        let Some(added) = &self.strength else { return Vec::new() };
        let told = strength.matmul(&added.tr());
        let layers = 1 + self.blocks.len().cast_signed() as i64;
        told.view([strength.size()[0], layers, -1, 1, 1]).to_kind(kind).unbind(1)
    }

    /// The kernels of the convolutions that may have branches, under the names of model files.
    pub fn kernels(&self) -> Vec<(String, Tensor)> {
        let name = |layer: &str| format!("encoder.{layer}.weight");
        let mut kernels = vec![(name("tail"), self.tail.kernel())];
        for (i, block) in self.blocks.iter().enumerate() {
            for (j, conv) in block.convs().iter().enumerate() {
                kernels.push((name(&format!("block.{i}.conv{j}")), conv.kernel()));
            }
        }
        kernels
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
