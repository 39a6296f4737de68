//! The vision transformer with a distillation token, as timm's `deit_*_distilled_patch16_224`.

use std::path::Path;

use tch::{Device, Kind, Tensor};

use super::timm::Weights;
use super::{FeatureNetwork, Maps, resize, standardise};
use crate::error::Result;

/// Rows and columns of a patch, pixels.
const PATCH: i64 = 16;

/// Tokens before those of the patches: class and distillation.
const PREFIX: i64 = 2;

/// Epsilon of the transformer's layer norms.
const EPSILON: f64 = 1e-6;

/// Features of a head in all networks of this family.
const HEAD: i64 = 64;

/// Mean and deviation of ImageNet's colours.
const MEAN: [f64; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f64; 3] = [0.229, 0.224, 0.225];

/// Weight and bias of a layer.
#[derive(Debug)]
struct Layer {
    weight: Tensor,
    bias: Tensor,
}

impl Layer {
    fn load(weights: &Weights, name: &str, shape: &[i64], kind: Kind) -> Result<Self> {
        let weight = weights.get(&format!("{name}.weight"), shape)?;
        let bias = weights.get(&format!("{name}.bias"), &weight.size()[..1])?;
        Ok(Self { weight: weight.to_kind(kind), bias: bias.to_kind(kind) })
    }

    fn linear(&self, x: &Tensor) -> Tensor {
        x.linear(&self.weight, Some(&self.bias))
    }

    fn norm(&self, x: &Tensor) -> Tensor {
        x.layer_norm(self.weight.size(), Some(&self.weight), Some(&self.bias), EPSILON, true)
    }
}

/// A transformer block that normalises what goes into attention and into the perceptron.
#[derive(Debug)]
struct Block {
    attention_norm: Layer,
    qkv: Layer,
    output: Layer,
    perceptron_norm: Layer,
    expand: Layer,
    reduce: Layer,
    heads: i64,
}

impl Block {
    fn load(weights: &Weights, name: &str, width: i64, heads: i64, kind: Kind) -> Result<Self> {
        let layer = |part: &str, shape: &[i64]| {
            Layer::load(weights, &format!("{name}.{part}"), shape, kind)
        };
        let expand = layer("mlp.fc1", &[-1, width])?;
        Ok(Self {
            attention_norm: layer("norm1", &[width])?,
            qkv: layer("attn.qkv", &[3 * width, width])?,
            output: layer("attn.proj", &[width, width])?,
            perceptron_norm: layer("norm2", &[width])?,
            reduce: layer("mlp.fc2", &[width, expand.weight.size()[0]])?,
            expand,
            heads,
        })
    }

    fn attention(&self, x: &Tensor) -> Tensor {
        let (batch, tokens, width) = x.size3().expect("[batch, tokens, width]");
        let qkv = self.qkv.linear(x).view([batch, tokens, 3, self.heads, width / self.heads]);
        let [q, k, v] = [0, 1, 2].map(|part| qkv.select(2, part).transpose(1, 2));
        let mask = None::<&Tensor>;
        let y = Tensor::scaled_dot_product_attention(&q, &k, &v, mask, 0.0, false, None, false);
        self.output.linear(&y.transpose(1, 2).reshape([batch, tokens, width]))
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let x = x + self.attention(&self.attention_norm.norm(x));
        let hidden = self.expand.linear(&self.perceptron_norm.norm(&x)).gelu("none");
        x + self.reduce.linear(&hidden)
    }
}

/// What turns the class and distillation tokens into logits.
#[derive(Debug)]
struct Classifier {
    norm: Layer,
    class: Layer,
    distilled: Layer,
}

/// The transformer; without its classifier, where the file has none.
#[derive(Debug)]
pub struct Deit {
    patch: Layer,
    prefix: Tensor,
    positions: Tensor,
    blocks: Vec<Block>,
    classifier: Option<Classifier>,
    kind: Kind,
}

impl Deit {
    /// Reads a file of the family, which then computes in `kind`; `hint` says in every error which
    /// one it has to be. Heads have 64 features, unless the file's metadata `num_heads` says
    /// otherwise, as the shape of no tensor shows it.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::Error::Weights) when the file is missing or another network's.
    pub fn open(path: &Path, hint: &'static str, device: Device, kind: Kind) -> Result<Self> {
        let weights = Weights::open(path, hint, device)?;
        let patch = Layer::load(&weights, "patch_embed.proj", &[-1, 3, PATCH, PATCH], kind)?;
        let width = patch.weight.size()[0];
        let token = |name: &str| weights.get(name, &[1, 1, width]);
        let prefix = Tensor::cat(&[token("cls_token")?, token("dist_token")?], 1).to_kind(kind);
        let positions = weights.get("pos_embed", &[1, -1, width])?.to_kind(kind);
        let heads = heads(&weights, width)?;
        let depth = weights.count(|block| format!("blocks.{block}.norm1.weight"));
        let blocks = (0..depth.max(1))
            .map(|block| Block::load(&weights, &format!("blocks.{block}"), width, heads, kind))
            .collect::<Result<_>>()?;
        let classifier = classifier(&weights, width, kind)?;
        let network = Self { patch, prefix, positions, blocks, classifier, kind };
        if network.grid() < 1 || network.grid().pow(2) + PREFIX != network.positions.size()[1] {
            let tokens = network.positions.size()[1];
            return Err(
                weights.error(format!("pos_embed has {tokens} rows, no square and {PREFIX}"))
            );
        }
        Ok(network)
    }

    /// Features of a token.
    pub fn width(&self) -> i64 {
        self.patch.weight.size()[0]
    }

    /// Rows and columns of patches: 14 at 224 pixels.
    pub fn grid(&self) -> i64 {
        ((self.positions.size()[1] - PREFIX).max(0) as f64).sqrt() as i64
    }

    /// How many classes the classifier tells apart; 0 where the file has none.
    pub fn classes(&self) -> i64 {
        self.classifier.as_ref().map_or(0, |classifier| classifier.class.weight.size()[0])
    }

    /// Images in [-1, 1] of any size as the network takes them.
    pub fn prepare(&self, images: &Tensor) -> Tensor {
        self.resize(&standardise(images, MEAN, DEVIATION))
    }

    fn resize(&self, images: &Tensor) -> Tensor {
        resize(images, self.grid() * PATCH)
    }

    /// Class, distillation and patch tokens before the first block, `[B, 2 + grid², width]`.
    fn embed(&self, input: &Tensor) -> Tensor {
        let (patch, stride) = (&self.patch, [PATCH; 2]);
        let x = input.to_kind(self.kind);
        let x = x.conv2d(&patch.weight, Some(&patch.bias), stride, [0, 0], [1, 1], 1);
        let prefix = self.prefix.expand([x.size()[0], PREFIX, -1], false);
        Tensor::cat(&[prefix, x.flatten(2, -1).transpose(1, 2)], 1) + &self.positions
    }

    /// The tokens of the patches after each quarter of the blocks (blocks 3, 6, 9 and 12 of 12), as
    /// maps `[B, width, grid, grid]` of prepared images.
    pub fn maps(&self, input: &Tensor) -> Vec<Tensor> {
        let depth = self.blocks.len();
        let taken = [1, 2, 3, 4].map(|quarter| quarter * depth / 4);
        let mut x = self.embed(input);
        let mut maps = Vec::new();
        for (block, done) in self.blocks.iter().zip(1..) {
            x = block.forward(&x);
            if taken.contains(&done) {
                let patches = x.narrow(1, PREFIX, self.grid().pow(2)).transpose(1, 2);
                maps.push(patches.unflatten(2, [self.grid(), self.grid()]));
            }
        }
        maps
    }

    /// Logits `[B, classes]` of prepared images, float32: the mean of what the class token and the
    /// distillation token say. `None` where the file has no classifier.
    pub fn classify(&self, input: &Tensor) -> Option<Tensor> {
        let Classifier { norm, class, distilled } = self.classifier.as_ref()?;
        let x = self.blocks.iter().fold(self.embed(input), |x, block| block.forward(&x));
        let x = norm.norm(&x.narrow(1, 0, PREFIX));
        let logits = class.linear(&x.select(1, 0)) + distilled.linear(&x.select(1, 1));
        Some(logits.to_kind(Kind::Float) / 2.0)
    }
}

fn heads(weights: &Weights, width: i64) -> Result<i64> {
    let heads = match weights.metadata("num_heads") {
        Some(text) => text.parse().unwrap_or(0),
        None => width / HEAD,
    };
    if heads < 1 || width % heads != 0 {
        let problem = format!("{width} features cannot be split among {heads} heads of attention");
        return Err(weights.error(problem));
    }
    Ok(heads)
}

fn classifier(weights: &Weights, width: i64, kind: Kind) -> Result<Option<Classifier>> {
    if !weights.has("head.weight") {
        return Ok(None);
    }
    let class = Layer::load(weights, "head", &[-1, width], kind)?;
    let outputs = class.weight.size()[0];
    let distilled = Layer::load(weights, "head_dist", &[outputs, width], kind)?;
    let norm = Layer::load(weights, "norm", &[width], kind)?;
    Ok(Some(Classifier { norm, class, distilled }))
}

/// The transformer as a feature network.
#[derive(Debug)]
pub struct DeitFeatures(Deit);

impl DeitFeatures {
    /// Which file it is and where that comes from, for messages about one that lacks.
    pub const SOURCE: &str = "it is the file model.safetensors of \
                              huggingface.co/timm/deit_base_distilled_patch16_224.fb_in1k, which has \
                              to be downloaded";

    /// Reads timm's `deit_base_distilled_patch16_224`
    /// (`timm/deit_base_distilled_patch16_224.fb_in1k` on huggingface.co), which then computes in
    /// `kind`.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::Error::Weights) when the file is missing, another network's, or of
    /// one with fewer than four blocks.
    pub fn open(path: &Path, device: Device, kind: Kind) -> Result<Self> {
        let network = Deit::open(path, Self::SOURCE, device, kind)?;
        match network.blocks.len() {
            0..4 => {
                let problem = format!("has {} blocks, at least 4 are needed", network.blocks.len());
                Err(crate::Error::weights(path, format!("{problem}; {}", Self::SOURCE)))
            }
            _ => Ok(Self(network)),
        }
    }
}

impl FeatureNetwork for DeitFeatures {
    fn name(&self) -> &'static str {
        "deit"
    }

    fn shape(&self) -> Maps {
        Maps::Isotropic { width: self.0.width(), grid: self.0.grid() }
    }

    fn normalise(&self, images: &Tensor) -> Tensor {
        standardise(images, MEAN, DEVIATION)
    }

    fn resize(&self, images: &Tensor) -> Tensor {
        self.0.resize(images)
    }

    fn maps(&self, input: &Tensor) -> Vec<Tensor> {
        self.0.maps(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::golden;

    fn reduced() -> Deit {
        let path = golden::file("deit.safetensors");
        Deit::open(&path, "", Device::Cpu, Kind::Float).unwrap()
    }

    fn agrees_with_timm(path: &Path) {
        let network = Deit::open(path, "", Device::Cpu, Kind::Float).unwrap();
        let input = golden::tensor(path, "input");
        let (maps, logits) = tch::no_grad(|| (network.maps(&input), network.classify(&input)));
        for (level, map) in maps.iter().enumerate() {
            golden::compare(path, &format!("tokens.{level}"), &map.flatten(2, -1).transpose(1, 2));
        }
        golden::compare(path, "logits", &logits.unwrap());
    }

    #[test]
    fn a_reduced_network_agrees_with_timm() {
        agrees_with_timm(&golden::file("deit.safetensors"));
    }

    #[test]
    #[ignore = "needs POLYINR_GOLDEN_FULL, a folder of golden/features.py --full"]
    fn full_sizes_agree_with_timm() {
        agrees_with_timm(&golden::full_file("deit_small_distilled_patch16_224.safetensors"));
        agrees_with_timm(&golden::full_file("deit_base_distilled_patch16_224.safetensors"));
    }

    #[test]
    fn sizes_are_read_from_the_file() {
        let network = reduced();
        assert_eq!((network.width(), network.grid(), network.classes()), (16, 8, 10));
        assert_eq!(network.blocks.len(), 8);
        let images = Tensor::zeros([2, 3, 40, 40], (Kind::Float, Device::Cpu));
        let maps = network.maps(&network.prepare(&images));
        assert!(maps.iter().all(|map| map.size() == [2, 16, 8, 8]));
        assert_eq!(maps.len(), 4);
    }

    #[test]
    fn gradients_reach_the_image() {
        let path = golden::file("deit.safetensors");
        for kind in [Kind::Float, Kind::BFloat16] {
            let network = DeitFeatures::open(&path, Device::Cpu, kind).unwrap();
            let images = Tensor::rand([1, 3, 64, 64], (Kind::Float, Device::Cpu));
            let images = images.set_requires_grad(true);
            let weights = Tensor::randn([1, 16, 8, 8], (kind, Device::Cpu));
            (&network.features(&images)[3] * weights).sum(Kind::Float).backward();
            assert!(images.grad().count_nonzero(None::<i64>).int64_value(&[]) > 64 * 64);
        }
    }

    /// Writes the golden file without some tensors and with another number of heads.
    fn altered(path: &Path, without: &str, heads: &str) {
        let bytes = std::fs::read(golden::file("deit.safetensors")).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let kept = file.iter().filter(|(name, _)| !name.starts_with(without));
        let metadata = [("num_heads".to_owned(), heads.to_owned())].into();
        safetensors::serialize_to_file(kept, Some(metadata), path).unwrap();
    }

    #[test]
    fn misfits_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deit.safetensors");
        let error = |without: &str, heads: &str| {
            altered(&path, without, heads);
            DeitFeatures::open(&path, Device::Cpu, Kind::Float).err().unwrap().to_string()
        };
        let message = error("dist_token", "2");
        assert!(message.contains("no tensor dist_token"), "{message}");
        assert!(message.contains("huggingface.co/timm/deit_base_distilled"), "{message}");
        let message = error("none", "3");
        assert!(message.contains("16 features cannot be split among 3 heads"), "{message}");
        let message = error("blocks.3.", "2");
        assert!(message.contains("has 3 blocks, at least 4 are needed"), "{message}");
    }
}
