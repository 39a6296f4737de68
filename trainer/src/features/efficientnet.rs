//! EfficientNet-lite0 as timm's `tf_efficientnet_lite0`: inverted residuals with ReLU6, without
//! squeeze-and-excitation, padded as TensorFlow does.

use std::path::Path;

use tch::{Device, Kind, Tensor};

use super::timm::Weights;
use super::{FeatureNetwork, Maps, SIDE, resize, standardise};
use crate::error::Result;
use crate::nn::channels_last;

/// Strides of the first block of each stage.
const STRIDES: [i64; 7] = [1, 2, 2, 2, 1, 2, 1];

/// How many stages come before the end of each map: strides 4, 8, 16 and 32.
const MAP_ENDS: [usize; 4] = [2, 3, 5, 7];

/// Epsilon of TensorFlow's batch norm.
const EPSILON: f64 = 1e-3;

/// A convolution with the batch norm that follows it folded into weights and bias.
#[derive(Debug)]
struct Convolution {
    weight: Tensor,
    bias: Tensor,
    stride: i64,
    groups: i64,
}

impl Convolution {
    /// Convolution `name` and batch norm `norm` of `inputs` channels; depthwise when `depthwise`.
    fn load(
        weights: &Weights,
        (name, norm): (&str, &str),
        inputs: i64,
        stride: i64,
        depthwise: bool,
        kind: Kind,
    ) -> Result<Self> {
        let shape = if depthwise { [inputs, 1, -1, -1] } else { [-1, inputs, -1, -1] };
        let weight = weights.get(&format!("{name}.weight"), &shape)?;
        let outputs = weight.size()[0];
        let statistic = |part: &str| weights.get(&format!("{norm}.{part}"), &[outputs]);
        let scale = statistic("weight")? / (statistic("running_var")? + EPSILON).sqrt();
        let bias = statistic("bias")? - statistic("running_mean")? * &scale;
        let weight = weight * scale.view([-1, 1, 1, 1]);
        let groups = if depthwise { inputs } else { 1 };
        Ok(Self { weight: weight.to_kind(kind), bias: bias.to_kind(kind), stride, groups })
    }

    fn outputs(&self) -> i64 {
        self.weight.size()[0]
    }

    /// With TensorFlow's "same" padding: as many outputs as inputs divided by the stride, rounded up,
    /// and the odd row or column of zeros below or on the right.
    ///
    /// Depthwise ones with a stride compute in float32: on processors their backward pass is many
    /// times slower in bfloat16.
    fn forward(&self, x: &Tensor) -> Tensor {
        if self.groups > 1 && self.stride > 1 && x.kind() == Kind::BFloat16 {
            let wide = Self {
                weight: self.weight.to_kind(Kind::Float),
                bias: self.bias.to_kind(Kind::Float),
                ..*self
            };
            return wide.forward(&x.to_kind(Kind::Float)).to_kind(x.kind());
        }
        let (size, kernel) = (x.size(), self.weight.size());
        let total = |axis: usize| {
            let outputs = (size[axis] + self.stride - 1) / self.stride;
            ((outputs - 1) * self.stride + kernel[axis] - size[axis]).max(0)
        };
        let (rows, columns) = (total(2), total(3));
        let convolve = |x: &Tensor, padding: [i64; 2]| {
            let stride = [self.stride; 2];
            x.conv2d(&self.weight, Some(&self.bias), stride, padding, [1, 1], self.groups)
        };
        if rows % 2 == 0 && columns % 2 == 0 {
            return convolve(x, [rows / 2, columns / 2]);
        }
        let sides = [columns / 2, columns - columns / 2, rows / 2, rows - rows / 2];
        convolve(&x.constant_pad_nd(sides), [0, 0])
    }
}

/// An inverted residual; without the expansion it is a depthwise-separable convolution.
#[derive(Debug)]
struct Block {
    expand: Option<Convolution>,
    depthwise: Convolution,
    project: Convolution,
    skip: bool,
}

impl Block {
    fn load(weights: &Weights, name: &str, inputs: i64, stride: i64, kind: Kind) -> Result<Self> {
        let load = |part: &str, norm: u8, inputs: i64, stride: i64| {
            let names = (&*format!("{name}.{part}"), &*format!("{name}.bn{norm}"));
            Convolution::load(weights, names, inputs, stride, part == "conv_dw", kind)
        };
        let expanded = weights.has(&format!("{name}.conv_pwl.weight"));
        let expand = expanded.then(|| load("conv_pw", 1, inputs, 1)).transpose()?;
        let width = expand.as_ref().map_or(inputs, Convolution::outputs);
        let depthwise = load("conv_dw", 1 + u8::from(expanded), width, stride)?;
        let (project, norm) = if expanded { ("conv_pwl", 3) } else { ("conv_pw", 2) };
        let project = load(project, norm, width, 1)?;
        let skip = stride == 1 && project.outputs() == inputs;
        Ok(Self { expand, depthwise, project, skip })
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let expanded = self.expand.as_ref().map(|expand| relu6(expand.forward(x)));
        let hidden = relu6(self.depthwise.forward(expanded.as_ref().unwrap_or(x)));
        let y = self.project.forward(&hidden);
        if self.skip { y + x } else { y }
    }
}

/// `min(max(x, 0), 6)`, in place where no gradient passes: one pass over memory less.
fn relu6(mut x: Tensor) -> Tensor {
    if x.requires_grad() { x.relu6() } else { x.clamp_(0.0, 6.0) }
}

/// The network up to its last stage; the head that classifies is not used.
#[derive(Debug)]
pub struct EfficientNet {
    stem: Convolution,
    stages: Vec<Vec<Block>>,
    kind: Kind,
    side: i64,
}

impl EfficientNet {
    /// Which file it is and where that comes from, for messages about one that lacks.
    pub const SOURCE: &str = "it is the file that `cargo xtask efficientnet` gets, or \
                              model.safetensors of huggingface.co/timm/tf_efficientnet_lite0.in1k";

    /// Reads timm's `tf_efficientnet_lite0` (`timm/tf_efficientnet_lite0.in1k` on
    /// huggingface.co), which then computes in `kind`.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::Error::Weights) when the file is missing or another network's.
    pub fn open(path: &Path, device: Device, kind: Kind) -> Result<Self> {
        let weights = Weights::open(path, Self::SOURCE, device)?;
        let stem = Convolution::load(&weights, ("conv_stem", "bn1"), 3, 2, false, kind)?;
        let mut inputs = stem.outputs();
        let mut stages = Vec::new();
        for (index, stride) in STRIDES.into_iter().enumerate() {
            let stage = stage(&weights, index, inputs, stride, kind)?;
            inputs = stage.last().map_or(inputs, |block| block.project.outputs());
            stages.push(stage);
        }
        Ok(Self { stem, stages, kind, side: SIDE })
    }

    /// The network that sees pictures of fewer than `side` pixels either way at `side` x `side`,
    /// instead of the 224 that it was trained on.
    #[must_use]
    pub fn with_side(self, side: i64) -> Self {
        Self { side, ..self }
    }
}

/// All blocks of a stage; only the first has the stride.
fn stage(
    weights: &Weights,
    index: usize,
    mut inputs: i64,
    stride: i64,
    kind: Kind,
) -> Result<Vec<Block>> {
    let name = |block: usize| format!("blocks.{index}.{block}");
    let depth = weights.count(|block| name(block) + ".conv_dw.weight");
    let mut blocks = Vec::new();
    for block in 0..depth.max(1) {
        let stride = if block == 0 { stride } else { 1 };
        let block = Block::load(weights, &name(block), inputs, stride, kind)?;
        inputs = block.project.outputs();
        blocks.push(block);
    }
    Ok(blocks)
}

impl FeatureNetwork for EfficientNet {
    fn name(&self) -> &'static str {
        "efficientnet"
    }

    fn shape(&self) -> Maps {
        let width = |end: usize| self.stages[end - 1].last().map_or(0, |b| b.project.outputs());
        Maps::Pyramid(MAP_ENDS.map(width))
    }

    fn normalise(&self, images: &Tensor) -> Tensor {
        standardise(images, [0.5; 3], [0.5; 3])
    }

    /// Images that are smaller than its side either way are enlarged to it; others stay.
    fn resize(&self, images: &Tensor) -> Tensor {
        let small = images.size()[2..].iter().any(|&n| n < self.side);
        if small { resize(images, self.side) } else { images.shallow_clone() }
    }

    fn maps(&self, input: &Tensor) -> Vec<Tensor> {
        let mut x = relu6(self.stem.forward(&channels_last(&input.to_kind(self.kind))));
        let mut maps = Vec::new();
        for (stage, done) in self.stages.iter().zip(1..) {
            x = stage.iter().fold(x, |x, block| block.forward(&x));
            if MAP_ENDS.contains(&done) {
                maps.push(x.shallow_clone());
            }
        }
        maps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::golden;

    fn reduced(kind: Kind) -> EfficientNet {
        EfficientNet::open(&golden::file("efficientnet.safetensors"), Device::Cpu, kind).unwrap()
    }

    fn agrees_with_timm(path: &Path) {
        let network = EfficientNet::open(path, Device::Cpu, Kind::Float).unwrap();
        let maps = tch::no_grad(|| network.maps(&golden::tensor(path, "input")));
        for (level, map) in maps.iter().enumerate() {
            golden::compare(path, &format!("map.{level}"), map);
        }
    }

    #[test]
    fn a_reduced_network_agrees_with_timm() {
        agrees_with_timm(&golden::file("efficientnet.safetensors"));
    }

    #[test]
    #[ignore = "needs POLYINR_GOLDEN_FULL, a folder of golden/features.py --full"]
    fn full_sizes_agree_with_timm() {
        agrees_with_timm(&golden::full_file("tf_efficientnet_lite0.safetensors"));
    }

    #[test]
    fn maps_of_small_images_are_those_of_224_pixels() {
        let network = reduced(Kind::Float);
        let images = Tensor::rand([2, 3, 32, 32], (Kind::Float, Device::Cpu)) * 2.0 - 1.0;
        let shapes: Vec<_> = network.features(&images).iter().map(Tensor::size).collect();
        let shape = |channels, side| vec![2, channels, side, side];
        assert_eq!(shapes, [shape(8, 56), shape(10, 28), shape(14, 14), shape(20, 7)]);
        assert_eq!(network.shape(), Maps::Pyramid([8, 10, 14, 20]));
        let large = Tensor::zeros([1, 3, 256, 320], (Kind::Float, Device::Cpu));
        assert_eq!(network.features(&large)[3].size(), [1, 20, 8, 10]);
    }

    #[test]
    fn a_smaller_side_gives_smaller_maps() {
        let network = reduced(Kind::Float).with_side(128);
        let sides = |pixels: i64| {
            let maps = network
                .features(&Tensor::zeros([1, 3, pixels, pixels], (Kind::Float, Device::Cpu)));
            maps.iter().map(|map| map.size()[2]).collect::<Vec<_>>()
        };
        assert_eq!(sides(64), [32, 16, 8, 4]);
        assert_eq!(sides(160), [40, 20, 10, 5]);
    }

    #[test]
    fn bfloat16_is_near_float32() {
        let images = Tensor::rand([2, 3, 64, 64], (Kind::Float, Device::Cpu)) * 2.0 - 1.0;
        let [exact, coarse] =
            [Kind::Float, Kind::BFloat16].map(|kind| reduced(kind).features(&images));
        for (exact, coarse) in exact.iter().zip(&coarse) {
            let error = (exact - coarse).std(true) / exact.std(true);
            assert!(error.double_value(&[]) < 0.03, "{error:?}");
        }
    }

    #[test]
    fn gradients_reach_the_image() {
        for kind in [Kind::Float, Kind::BFloat16] {
            let images = Tensor::rand([1, 3, 64, 64], (Kind::Float, Device::Cpu));
            let images = images.set_requires_grad(true);
            reduced(kind).features(&images)[3].sum(Kind::Float).backward();
            assert!(images.grad().count_nonzero(None::<i64>).int64_value(&[]) > 64 * 64);
        }
    }

    #[test]
    fn another_networks_file_is_refused() {
        let path = golden::file("deit.safetensors");
        let error = EfficientNet::open(&path, Device::Cpu, Kind::Float).err().unwrap().to_string();
        assert!(error.contains("no tensor conv_stem.weight"), "{error}");
        assert!(error.contains("huggingface.co/timm/tf_efficientnet_lite0.in1k"), "{error}");
    }
}
