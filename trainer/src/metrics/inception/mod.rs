//! Inception as FID uses it: the network of 2015-12-05.

mod table;
mod weights;

use std::path::Path;

use tch::{Device, Kind, Tensor, no_grad};

pub use weights::{Seeded, Stored, Weights};

use self::table::{Block, Conv, SPATIAL_BLOCK, Step, blocks};
use super::extractor::{Extractor, Identity, Output, file_key};
use crate::device::Precision;
use crate::error::{Error, Result};

/// Width and height of what the network sees.
const SIDE: i64 = 299;
/// Width of the features.
const FEATURES: i64 = 2048;
/// Channels that sFID takes from its layer.
const SPATIAL_CHANNELS: i64 = 7;

/// A convolution ready to run.
struct Layer {
    weight: Tensor,
    bias: Tensor,
    conv: Conv,
}

/// Inception v3 with the pooling of the network of 2015-12-05, which takes bytes of any size.
pub struct Inception {
    blocks: Vec<Block<Layer>>,
    classes: Option<Tensor>,
    kind: Kind,
    device: Device,
    identity: Identity,
}

impl Inception {
    /// The network with weights from `seed`, which are the same on every machine.
    ///
    /// # Errors
    /// None in fact; drawing weights has no way to fail.
    pub fn random(seed: u64, precision: Precision, device: Device) -> Result<Self> {
        let name =
            format!("random Inception of seed {seed}, not comparable with other random files");
        let identity = Identity::new(name, format!("random-inception-{seed}"), precision);
        Self::build(&mut Seeded::new(seed), identity, precision, device)
    }

    /// The network from a safetensors file in torchvision's naming; `what` it holds is said beside
    /// figures.
    ///
    /// # Errors
    /// [`Error::Weights`] when tensors are missing or misshapen; the message says where a file
    /// comes from.
    pub fn open(path: &Path, what: &str, precision: Precision, device: Device) -> Result<Self> {
        let mut weights = Stored::open(path)?;
        let name = format!("{what} of {}", path.display());
        let identity = Identity::new(name, file_key(path)?, precision);
        Self::build(&mut weights, identity, precision, device)
    }

    fn build(
        weights: &mut dyn Weights,
        identity: Identity,
        precision: Precision,
        device: Device,
    ) -> Result<Self> {
        let kind = precision.kind();
        let mut builder = Builder { weights, kind, device };
        let (mut built, mut channels) = (Vec::new(), 3);
        for block in blocks() {
            let (block, outputs) = builder.block(block, channels)?;
            built.push(block);
            channels = outputs;
        }
        let classes = weights.classes(FEATURES)?.map(|t| t.to_device(device));
        Ok(Self { blocks: built, classes, kind, device, identity })
    }

    /// `images [b, 3, h, w]` of bytes to features `[b, 2048]` and, when asked for, sFID's
    /// `[b, 2023]`; float32.
    fn run(&self, images: &Tensor, spatial: bool) -> (Tensor, Option<Tensor>) {
        let mut x = tf_resize(&images.to_device(self.device), SIDE).to_kind(self.kind);
        // The order of channels that processors convolve fastest in.
        x = x.permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2]);
        let mut seen = None;
        for block in &self.blocks {
            let branches: Vec<_> = block.branches.iter().map(|b| branch(b, &x)).collect();
            if spatial && block.name == SPATIAL_BLOCK {
                let channels = branches[0].narrow(1, 0, SPATIAL_CHANNELS);
                seen = Some(channels.flatten(1, 3).to_kind(Kind::Float));
            }
            x = Tensor::cat(&branches, 1);
        }
        (x.mean_dim([2i64, 3].as_slice(), false, Kind::Float), seen)
    }
}

impl Extractor for Inception {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn extract(&self, images: &Tensor, outputs: &[Output]) -> Result<Vec<Tensor>> {
        let (features, spatial) = no_grad(|| self.run(images, outputs.contains(&Output::Spatial)));
        let output = |output: &Output| match (output, &self.classes, &spatial) {
            (Output::Spatial, _, Some(spatial)) => Ok(spatial.shallow_clone()),
            (Output::Probabilities, Some(classes), _) => {
                Ok(features.matmul(&classes.tr()).softmax(1, Kind::Float))
            }
            (Output::Probabilities, None, _) => {
                let name = &self.identity.name;
                let problem = format!("the Inception score needs fc.weight; {name} has none");
                Err(Error::parameter("--metrics", problem))
            }
            _ => Ok(features.shallow_clone()),
        };
        outputs.iter().map(output).collect()
    }
}

/// Makes layers of the table's rows.
struct Builder<'a> {
    weights: &'a mut dyn Weights,
    kind: Kind,
    device: Device,
}

impl Builder<'_> {
    /// The block for `inputs` channels, and how many it gives.
    fn block(&mut self, block: Block<Conv>, inputs: i64) -> Result<(Block<Layer>, i64)> {
        let (mut branches, mut total) = (Vec::new(), 0);
        for steps in block.branches {
            let (mut built, mut channels) = (Vec::new(), inputs);
            for step in steps {
                let (step, outputs) = self.step(block.name, step, channels)?;
                built.push(step);
                channels = outputs;
            }
            branches.push(built);
            total += channels;
        }
        Ok((Block { name: block.name, branches }, total))
    }

    fn step(&mut self, block: &str, step: Step<Conv>, inputs: i64) -> Result<(Step<Layer>, i64)> {
        Ok(match step {
            Step::Conv(conv) => (Step::Conv(self.layer(block, conv, inputs)?), conv.outputs),
            Step::Fork(a, b) => {
                let fork = Step::Fork(self.layer(block, a, inputs)?, self.layer(block, b, inputs)?);
                (fork, a.outputs + b.outputs)
            }
            Step::Average => (Step::Average, inputs),
            Step::Maximum => (Step::Maximum, inputs),
            Step::Halve => (Step::Halve, inputs),
        })
    }

    fn layer(&mut self, block: &str, conv: Conv, inputs: i64) -> Result<Layer> {
        let name =
            if conv.name.is_empty() { block.into() } else { format!("{block}.{}", conv.name) };
        let shape = [conv.outputs, inputs, conv.kernel[0], conv.kernel[1]];
        let (weight, bias) = self.weights.conv(&name, shape)?;
        let place = |tensor: Tensor| tensor.to_device(self.device).to_kind(self.kind);
        Ok(Layer { weight: place(weight), bias: place(bias), conv })
    }
}

fn branch(steps: &[Step<Layer>], x: &Tensor) -> Tensor {
    steps.iter().fold(x.shallow_clone(), |x, step| match step {
        Step::Conv(layer) => convolve(layer, &x),
        Step::Fork(a, b) => Tensor::cat(&[convolve(a, &x), convolve(b, &x)], 1),
        Step::Average => x.avg_pool2d([3, 3], [1, 1], [1, 1], false, false, None),
        Step::Maximum => x.max_pool2d([3, 3], [1, 1], [1, 1], [1, 1], false),
        Step::Halve => x.max_pool2d([3, 3], [2, 2], [0, 0], [1, 1], false),
    })
}

fn convolve(layer: &Layer, x: &Tensor) -> Tensor {
    let (stride, padding) = ([layer.conv.stride; 2], layer.conv.padding);
    x.conv2d(&layer.weight, Some(&layer.bias), stride, padding, [1, 1], 1).relu_()
}

/// Bytes resized bilinearly to `side` pixels and scaled to `(x - 128) / 128`, as TensorFlow 1 did
/// by default and the published TorchScript does: output pixel `i` is taken at `i * width / side`,
/// so the picture's top left corner stays in place.
fn tf_resize(images: &Tensor, side: i64) -> Tensor {
    let (batch, height, width) = (images.size()[0], images.size()[2], images.size()[3]);
    let shift = |length: i64| (1.0 / length as f64 - 1.0 / side as f64) as f32;
    let theta = [1.0, 0.0, shift(width), 0.0, 1.0, shift(height)];
    let theta = Tensor::from_slice(&theta).reshape([1, 2, 3]).to_device(images.device());
    let theta = theta.repeat([batch, 1, 1]);
    let grid = Tensor::affine_grid_generator(&theta, [batch, 3, side, side], false);
    (images.to_kind(Kind::Float).grid_sampler(&grid, 0, 1, false) - 128.0) / 128.0
}

#[cfg(test)]
mod tests;
