//! The mapping network: latent z and class to latent w.

use super::config::GeneratorConfig;
use super::layers::Linear;
use super::tensors::Tensors;
use crate::error::Result;

/// Learning-rate multiplier of the mapping layers, part of their arithmetic.
const MAPPING_LR: f32 = 0.1;

/// Mapping network: `w = fc(... fc(concat(rms(z), rms(embed_proj(embed[class])))))`.
#[derive(Debug)]
pub(crate) struct Mapping {
    embedding: Option<Embedding>,
    pub(crate) layers: Vec<Linear>,
    /// Average w, one a class or one for all.
    averages: Vec<f32>,
    w_dim: usize,
}

#[derive(Debug)]
struct Embedding {
    table: Vec<f32>,
    width: usize,
    projection: Linear,
}

/// A layer with StyleGAN's learning-rate multiplier folded in: `W lr/sqrt(in) x + b lr`, and
/// `sqrt(2)` with it where leaky ReLU follows (positive factors pass through the leaky ReLU).
pub(super) fn scaled_lrelu(layer: Linear, lr: f32) -> Linear {
    let gain = std::f32::consts::SQRT_2;
    let scale = lr / (layer.inputs as f32).sqrt() * gain;
    layer.scaled(scale, lr * gain)
}

/// `x / sqrt(mean(x²) + 1e-8)`.
fn rms_normalised(x: &[f32]) -> impl Iterator<Item = f32> + '_ {
    let mean = x.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>() / x.len() as f64;
    let scale = (1.0 / (mean + 1e-8).sqrt()) as f32;
    x.iter().map(move |v| v * scale)
}

impl Mapping {
    pub(super) fn load(config: &GeneratorConfig, tensors: &Tensors<'_>) -> Result<Self> {
        let (classes, w_dim) = (config.classes.len(), config.w_dim);
        let embedding = if classes > 0 { Some(Embedding::load(classes, tensors)?) } else { None };
        let embedded = embedding.as_ref().map_or(0, |e| e.projection.outputs);
        let mut inputs = config.z_dim + embedded;
        let mut layers = Vec::with_capacity(config.mapping_layers);
        for i in 0..config.mapping_layers {
            let layer = tensors.linear(&format!("mapping.fc{i}"), inputs, w_dim)?;
            layers.push(scaled_lrelu(layer, MAPPING_LR));
            inputs = w_dim;
        }
        // One average for all, `[w_dim]`, or one a class, `[classes, w_dim]`.
        let averages = match tensors.shape("mapping.w_avg") {
            Some(shape) if shape == [w_dim] => tensors.values("mapping.w_avg")?,
            _ => tensors.tensor("mapping.w_avg", &[classes.max(1), w_dim])?,
        };
        Ok(Self { embedding, layers, averages, w_dim })
    }

    /// w of `z`; the class must be one of the model's.
    pub(super) fn apply(&self, z: &[f32], class: Option<usize>) -> Vec<f32> {
        let x: Vec<f32> = rms_normalised(z).chain(self.embedded(class)).collect();
        self.layers.iter().fold(x, |x, layer| layer.apply_lrelu(&x))
    }

    /// What stands beside z for a class; nothing in models without classes.
    pub(crate) fn embedded(&self, class: Option<usize>) -> Vec<f32> {
        match (&self.embedding, class) {
            (Some(embedding), Some(class)) => rms_normalised(&embedding.project(class)).collect(),
            _ => Vec::new(),
        }
    }

    /// Average w of a class.
    pub(crate) fn average(&self, class: Option<usize>) -> &[f32] {
        let first = if self.averages.len() == self.w_dim { 0 } else { class.unwrap_or(0) };
        &self.averages[first * self.w_dim..(first + 1) * self.w_dim]
    }
}

impl Embedding {
    fn load(classes: usize, tensors: &Tensors<'_>) -> Result<Self> {
        const TABLE: &str = "mapping.embed.weight";
        const PROJECTION: &str = "mapping.embed_proj";
        let second = |name: &str| tensors.shape(name).and_then(|s| s.get(1).copied()).unwrap_or(0);
        let first = |name: &str| tensors.shape(name).and_then(|s| s.first().copied()).unwrap_or(0);
        let width = second(TABLE);
        let outputs = first(&format!("{PROJECTION}.weight"));
        let table = tensors.tensor(TABLE, &[classes, width])?;
        let projection = tensors.linear(PROJECTION, width, outputs)?;
        if width == 0 || outputs == 0 {
            return Err(tensors.error("its class embedding is empty"));
        }
        Ok(Self { table, width, projection: scaled_lrelu(projection, 1.0) })
    }

    fn project(&self, class: usize) -> Vec<f32> {
        self.projection.apply_lrelu(&self.table[class * self.width..(class + 1) * self.width])
    }
}
