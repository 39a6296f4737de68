//! The local Poly-INR upscaler for training.

use std::collections::HashMap;

use polyinr::model::{Strength, UpscalerConfig};
use polyinr::network::local_poly_inr::Blend;
use polyinr::network::{LocalPolyInrConfig, UpscalerNetworkConfig};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor, no_grad};

use super::encoder::{Encoder, FOLDED};
use super::positions::{CELLS, Positions, bicubic, centres};
use crate::nn::{Gain, Linear, lrelu, store};

/// The tensor of what is added to biases.
const STRENGTH: &str = "encoder.strength";
/// Positions that a whole picture is computed in at a time, for memory's sake.
const POSITIONS_AT_ONCE: u32 = 1 << 15;

/// An encoder gives every pixel of a picture its own affine parameters; shared levels turn them and
/// a position into colour near that pixel, as a residual over bicubic interpolation.
#[derive(Debug)]
pub struct Network {
    store: VarStore,
    config: UpscalerConfig,
    /// Whether 3x3 convolutions are in branches.
    branched: bool,
    encoder: Encoder,
    levels: Vec<Linear>,
    rgb: Linear,
}

impl Network {
    /// A network with random weights from libtorch's generator, whose result is close to bicubic
    /// interpolation.
    pub fn new(config: &UpscalerConfig, device: Device) -> Self {
        Self::with(config, false, device)
    }

    /// As [`new`](Self::new), the 3x3 convolutions of the encoder's body in branches, which are
    /// trained otherwise than the kernel that they make together. They add nothing at first.
    pub fn branched(config: &UpscalerConfig, device: Device) -> Self {
        Self::with(config, true, device)
    }

    fn with(config: &UpscalerConfig, branched: bool, device: Device) -> Self {
        let store = VarStore::new(device);
        let root = store.root();
        let UpscalerNetworkConfig::LocalPolyInr(shape) = &config.network;
        let n = shape.features;
        let level = |j: usize| Linear::new(&(&root / "level" / j), n, n, Gain::Plain);
        let network = Self {
            encoder: Encoder::new(&(&root / "encoder"), shape, branched),
            levels: (0..shape.levels).map(level).collect(),
            rgb: Linear::new(&(&root / "rgb"), n, 3, Gain::Plain),
            config: config.clone(),
            branched,
            store,
        };
        // What leaky ReLU takes from the deviation is given back.
        network.levels.iter().for_each(|layer| scale(layer, (2.0f64 / 1.04).sqrt()));
        scale(&network.rgb, 0.02);
        network
    }

    /// Another network with the same weights.
    pub fn duplicate(&self) -> Self {
        let other = Self::with(&self.config, self.branched, self.store.device());
        other.copy(&store::named(&self.store).into_iter().collect());
        other
    }

    /// The same network with or without branches, as [`branched`](Self::branched) has them; those that
    /// were trained become part of their kernels.
    pub fn rebranched(&self, branched: bool) -> Self {
        let other = Self::with(&self.config, branched, self.store.device());
        let mut tensors: HashMap<_, _> = store::named(&self.store).into_iter().collect();
        no_grad(|| tensors.extend(self.encoder.kernels()));
        tensors.retain(|name, _| !name.contains(".branch."));
        other.copy(&tensors);
        other
    }

    /// Takes the values of the tensors that have these names.
    fn copy(&self, from: &HashMap<String, Tensor>) {
        for (name, mut tensor) in store::named(&self.store) {
            if let Some(values) = from.get(&name) {
                no_grad(|| tensor.copy_(values));
            }
        }
    }

    /// The network with another shape `config`, which differs in the factors that it is for, in more
    /// blocks, and in that it can be told how much to clean. What is new adds nothing before it is
    /// trained, so that its results are the same.
    ///
    /// # Errors
    /// How else they differ, in words.
    pub fn reshaped(&self, config: &UpscalerConfig) -> Result<Self, String> {
        let UpscalerNetworkConfig::LocalPolyInr(asked) = &config.network;
        let (own, blocks) = (self.shape(), asked.residual_blocks);
        let had = own.residual_blocks;
        let mut same = own.clone();
        same.residual_blocks = blocks;
        same.strength = asked.strength;
        if same != *asked || had > blocks || (own.strength && !asked.strength) {
            return Err(format!("it is {:?}, the options say {config:?}", self.config));
        }
        let reshaped = Self::with(config, self.branched, self.store.device());
        let mut had_tensors: HashMap<_, _> = store::named(&self.store).into_iter().collect();
        // What is added to biases has rows for every block.
        had_tensors.remove(STRENGTH);
        reshaped.copy(&had_tensors);
        if let (Some(from), Some(to)) = (self.strength(), reshaped.strength()) {
            let rows = from.size()[0];
            no_grad(|| to.narrow(0, 0, rows).copy_(&from));
        }
        let fresh: Vec<_> = (had..blocks).map(|i| format!("encoder.block.{i}.conv1.")).collect();
        for (name, mut tensor) in store::named(&reshaped.store) {
            if fresh.iter().any(|block| name.starts_with(block)) {
                no_grad(|| drop(tensor.zero_()));
            }
        }
        Ok(reshaped)
    }

    /// What it adds to biases, where it is told how much to clean.
    fn strength(&self) -> Option<Tensor> {
        store::named(&self.store).remove(STRENGTH)
    }

    /// Shape of its network.
    fn shape(&self) -> &LocalPolyInrConfig {
        let UpscalerNetworkConfig::LocalPolyInr(shape) = &self.config.network;
        shape
    }

    /// Its shape.
    pub fn config(&self) -> &UpscalerConfig {
        &self.config
    }

    /// Its weights, under the names of model files.
    pub fn store(&self) -> &VarStore {
        &self.store
    }

    /// 1/s as the network is told it: within the range it is trained for.
    pub fn clamp_scale(&self, inverse_scale: f64) -> f64 {
        let [from, to] = self.config.scale_range;
        inverse_scale.clamp(1.0 / to, 1.0 / from)
    }

    /// The residual over bicubic interpolation at positions `at [B, P, 2]` (x, y in pixels from the
    /// upper left corner) of `pictures [B, 3, h, w]` (0 to 1): `[B, P, 3]`, float32. The encoder
    /// computes in `kind`, the levels in float32. All pictures are shown at the same scale;
    /// `inverse_scale` is 1/s. `strength [B, 2]` is what a network is told that can be.
    pub fn residual(
        &self,
        pictures: &Tensor,
        strength: Option<&Tensor>,
        at: &Tensor,
        inverse_scale: f64,
        kind: Kind,
    ) -> Tensor {
        let scale = self.clamp_scale(inverse_scale);
        let affine = self.encoder.forward(pictures, strength, scale, kind);
        let size = pictures.size();
        let positions = Positions::new(at, size[2], size[3]);
        self.levels(&affine, &positions).view([size[0], -1, 3])
    }

    /// The residual `[B P, 3]` at `positions`, from the affine parameters of all cells.
    fn levels(&self, affine: &Tensor, positions: &Positions) -> Tensor {
        let affine = affine.to_kind(Kind::Float);
        let terms = match self.shape().blend {
            Blend::Colours => terms(&affine, positions),
            Blend::Terms => blended_terms(&affine, positions),
        };
        let count = self.levels.len().cast_signed() as i64;
        let terms = lrelu(&terms).view([terms.size()[0], count, -1]).unbind(1);
        let mut h = terms[0].shallow_clone();
        for (j, level) in self.levels.iter().enumerate() {
            let x = if j == 0 { h } else { h * &terms[j] };
            h = lrelu(&level.forward(&x));
        }
        match self.shape().blend {
            Blend::Colours => self.rgb.forward(&positions.blended(&h)),
            Blend::Terms => self.rgb.forward(&h),
        }
    }

    /// `picture [3, h, w]` (0 to 1) at `width x height` pixels: `[3, height, width]`, float32, not
    /// clamped, as the library gives it when it is told `strength`.
    pub fn enlarge(&self, picture: &Tensor, strength: Strength, width: u32, height: u32) -> Tensor {
        let _guard = tch::no_grad_guard();
        let from = [picture.size()[2], picture.size()[1]].map(|n| u32::try_from(n).unwrap_or(0));
        let pixels = f64::from(from[0]) * f64::from(from[1]);
        let inverse_scale = (pixels / (f64::from(width) * f64::from(height))).sqrt();
        let pictures = picture.unsqueeze(0);
        let scale = self.clamp_scale(inverse_scale);
        let strength = Tensor::from_slice(&[strength.denoise, strength.deblur]).view([1, 2]);
        let strength = strength.to_device(picture.device());
        let affine = self.encoder.forward(&pictures, Some(&strength), scale, Kind::Float);
        let band = (POSITIONS_AT_ONCE / width).max(1);
        let rows = (0..height).step_by(band as usize).map(|first| {
            let rows = first..(first + band).min(height);
            let at = centres(rows, (width, height), (from[0], from[1])).to_device(picture.device());
            let positions = Positions::new(&at, from[1].into(), from[0].into());
            bicubic(&pictures, &at).squeeze_dim(0) + self.levels(&affine, &positions)
        });
        let pixels = Tensor::cat(&rows.collect::<Vec<_>>(), 0);
        pixels.view([height.into(), width.into(), 3]).permute([2, 0, 1])
    }
}

/// Affine terms of all levels, `[E, levels n]`, of every cell around a position.
fn terms(affine: &Tensor, positions: &Positions) -> Tensor {
    let rows = Tensor::embedding(affine, &positions.cells, -1, false, false);
    let components = rows.view([rows.size()[0], FOLDED, -1]).unbind(1);
    let [x, y] = &positions.offsets;
    components[2].addcmul(&components[0], x).addcmul(&components[1], y)
}

/// The blend of the affine terms around every position, `[B P, levels n]`.
fn blended_terms(affine: &Tensor, positions: &Positions) -> Tensor {
    const SUM: i64 = 0;
    let components = affine.reshape([affine.size()[0] * FOLDED, -1]);
    let numbers = Tensor::arange(FOLDED, (Kind::Int64, affine.device()));
    let numbers = positions.cells.unsqueeze(1) * FOLDED + numbers;
    let [x, y] = &positions.offsets;
    let place = Tensor::cat(&[x, y, &x.ones_like()], 1);
    let shares = positions.shares.view([-1, 1]) * place;
    let each = CELLS * FOLDED;
    let starts =
        Tensor::arange_start_step(0, numbers.numel() as i64, each, (Kind::Int64, affine.device()));
    let (sums, ..) = Tensor::embedding_bag(
        &components,
        &numbers.flatten(0, -1),
        &starts,
        false,
        SUM,
        false,
        Some(shares.flatten(0, -1)),
        false,
    );
    sums
}

/// Multiplies a layer's weights.
fn scale(layer: &Linear, by: f64) {
    no_grad(|| drop(layer.weight().shallow_clone().g_mul_scalar_(by)));
}
