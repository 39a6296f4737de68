//! The mapping network: latent z and class to w.

use polyinr::model::LatentConfig;
use tch::nn::Path;
use tch::{Kind, Tensor, no_grad};

use crate::nn::{Gain, Linear, lrelu};

/// `w = fc(... fc(concat(rms(z), rms(embed_proj(embed[class])))))`, layers followed by leaky ReLU
/// with gain `sqrt(2)`.
#[derive(Debug)]
pub struct Mapping {
    /// Table `[classes, width]` and its projection.
    embedding: Option<(Tensor, Linear)>,
    layers: Vec<Linear>,
    /// Average w, `[max(classes, 1), w_dim]`.
    averages: Tensor,
}

impl Mapping {
    /// A network with random weights; the projected embedding is as long as z. `rate` multiplies the
    /// layers' learning rates, and with them their weights.
    pub fn new(path: &Path<'_>, config: &LatentConfig, embed_width: usize, rate: f64) -> Self {
        let classes = config.classes.len();
        let options = (Kind::Float, path.device());
        let embedding = (classes > 0).then(|| {
            let table = Tensor::randn([classes as i64, embed_width as i64], options);
            let table = (path / "embed").add("weight", table, true);
            let gain = Gain::Equalised(1.0);
            (table, Linear::new(&(path / "embed_proj"), embed_width, config.z_dim, gain))
        });
        let mut inputs = if classes > 0 { 2 * config.z_dim } else { config.z_dim };
        let mut layers = Vec::with_capacity(config.mapping_layers);
        for i in 0..config.mapping_layers {
            let gain = Gain::Equalised(rate);
            layers.push(Linear::new(&(path / format!("fc{i}")), inputs, config.w_dim, gain));
            inputs = config.w_dim;
        }
        let averages = Tensor::zeros([classes.max(1) as i64, config.w_dim as i64], options);
        Self { embedding, layers, averages: path.add("w_avg", averages, false) }
    }

    /// Length of a class's embedding, 0 without classes.
    pub fn embed_width(&self) -> usize {
        let width = self.embedding.as_ref().map(|(table, _)| table.size()[1]);
        width.and_then(|w| usize::try_from(w).ok()).unwrap_or(0)
    }

    /// w of z `[batch, z_dim]` and class numbers `[batch]`.
    pub fn forward(&self, z: &Tensor, labels: Option<&Tensor>) -> Tensor {
        let mut x = rms_normalised(z);
        if let Some((table, projection)) = &self.embedding {
            let labels = labels.expect("a model with classes needs labels");
            let embedded = scaled_lrelu(&projection.forward(&table.index_select(0, labels)));
            x = Tensor::cat(&[x, rms_normalised(&embedded)], 1);
        }
        self.layers.iter().fold(x, |x, layer| scaled_lrelu(&layer.forward(&x)))
    }

    /// Average w, `[batch, w_dim]` of the images' classes or `[1, w_dim]`.
    pub fn average(&self, labels: Option<&Tensor>) -> Tensor {
        match labels {
            Some(labels) if self.embedding.is_some() => self.averages.index_select(0, labels),
            _ => self.averages.shallow_clone(),
        }
    }

    /// Moves the averages towards this batch's, by every picture of theirs once.
    pub fn update_average(&self, w: &Tensor, labels: Option<&Tensor>, decay: f64) {
        no_grad(|| {
            let mut averages = self.averages.shallow_clone();
            let Some(labels) = labels.filter(|_| self.embedding.is_some()) else {
                let mean = w.mean_dim(0, true, Kind::Float);
                averages.copy_(&mean.lerp(&averages, decay.powi(w.size()[0] as i32)));
                return;
            };
            let classes = averages.size()[0];
            let members = labels.one_hot(classes).to_kind(Kind::Float);
            let counts = members.sum_dim_intlist(0, false, Kind::Float).unsqueeze(1);
            let means = members.tr().matmul(w) / counts.clamp_min(1.0);
            // 1 where there is no picture.
            let kept = Tensor::full_like(&counts, decay).pow(&counts);
            averages.copy_(&means.lerp_tensor(&averages, &kept));
        });
    }

    /// Replaces the table of the embedding.
    pub fn set_embedding(&self, values: &Tensor) -> Result<(), String> {
        let Some((table, _)) = &self.embedding else {
            return Err("the model has no classes".to_owned());
        };
        if values.size() != table.size() {
            let (is, should) = (values.size(), table.size());
            return Err(format!("it has shape {is:?}, {should:?} is needed"));
        }
        no_grad(|| table.shallow_clone().copy_(values));
        Ok(())
    }
}

/// Leaky ReLU with gain `sqrt(2)`.
pub fn scaled_lrelu(x: &Tensor) -> Tensor {
    lrelu(x) * std::f64::consts::SQRT_2
}

/// `x / sqrt(mean(x²) + 1e-8)` over features.
fn rms_normalised(x: &Tensor) -> Tensor {
    x * (x.square().mean_dim(1, true, Kind::Float) + 1e-8).rsqrt()
}
