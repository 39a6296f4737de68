//! A generator's latents: z and class become w, and w is truncated towards averages.

use super::config::LatentConfig;
use super::latent::{Latent, latent};
use super::truncation::Truncation;
use crate::error::{Error, Result};
use crate::network::{LevelGroups, Linear, Styles};
use crate::tensors::Tensors;

/// The mapping network of a generator, `w = fc(... fc(concat(rms(z),
/// rms(embed_proj(embed[class])))))`, with its classes and the averages of w. All generators have
/// it, whatever their network.
#[derive(Debug)]
pub struct LatentSpace {
    /// What errors call the model.
    model: String,
    config: LatentConfig,
    embedding: Option<Embedding>,
    layers: Vec<Linear>,
    /// Average w, one a class or one for all.
    averages: Vec<f32>,
}

#[derive(Debug)]
struct Embedding {
    table: Vec<f32>,
    width: usize,
    projection: Linear,
}

/// `x / sqrt(mean(x²) + 1e-8)`.
fn rms_normalised(x: &[f32]) -> impl Iterator<Item = f32> + '_ {
    let mean = x.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>() / x.len() as f64;
    let scale = (1.0 / (mean + 1e-8).sqrt()) as f32;
    x.iter().map(move |v| v * scale)
}

impl LatentSpace {
    /// Of a model whose mapping layers' learning rate is multiplied by `rate`, which is part of their
    /// arithmetic.
    pub(super) fn load(
        model: &str,
        config: LatentConfig,
        rate: f32,
        tensors: &Tensors<'_>,
    ) -> Result<Self> {
        let (classes, w_dim) = (config.classes.len(), config.w_dim);
        let embedding = if classes > 0 { Some(Embedding::load(classes, tensors)?) } else { None };
        let embedded = embedding.as_ref().map_or(0, |e| e.projection.outputs);
        let mut inputs = config.z_dim + embedded;
        let mut layers = Vec::with_capacity(config.mapping_layers);
        for i in 0..config.mapping_layers {
            let layer = Linear::load(tensors, &format!("mapping.fc{i}"), inputs, w_dim)?;
            layers.push(layer.equalised_lrelu(rate));
            inputs = w_dim;
        }
        // One average for all, `[w_dim]`, or one a class, `[classes, w_dim]`.
        let averages = match tensors.shape("mapping.w_avg") {
            Some(shape) if shape == [w_dim] => tensors.values("mapping.w_avg")?,
            _ => tensors.tensor("mapping.w_avg", &[classes.max(1), w_dim])?,
        };
        Ok(Self { model: model.to_owned(), config, embedding, layers, averages })
    }

    /// Its shape.
    pub fn config(&self) -> &LatentConfig {
        &self.config
    }

    /// Class names; none for a model without classes.
    pub fn classes(&self) -> &[String] {
        &self.config.classes
    }

    /// The number of the class called `name`, or of the class with that number.
    ///
    /// # Errors
    /// [`Error::Parameter`], naming the classes there are.
    pub fn class(&self, name: &str) -> Result<usize> {
        let classes = self.classes();
        classes
            .iter()
            .position(|c| c.eq_ignore_ascii_case(name))
            .or_else(|| name.parse().ok().filter(|n| *n < classes.len()))
            .ok_or_else(|| Error::parameter("class", self.no_such_class(name)))
    }

    /// The class of `seed` where none is named: the remainder of the seed by the number of classes.
    /// `None` for a model without classes.
    pub fn class_of_seed(&self, seed: u32) -> Option<usize> {
        (seed as usize).checked_rem(self.classes().len())
    }

    fn no_such_class(&self, name: &str) -> String {
        let classes = self.classes();
        if classes.is_empty() {
            return format!("model {} has no classes; leave it out", self.model);
        }
        let shown = classes.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if classes.len() > 20 { ", ..." } else { "" };
        format!("{name:?} is none of {}'s: {shown}{more}", self.model)
    }

    fn check_class(&self, class: Option<usize>) -> Result<()> {
        let count = self.classes().len();
        match class {
            None if count == 0 => Ok(()),
            Some(c) if c < count => Ok(()),
            None => Err(Error::parameter("class", self.no_such_class("none"))),
            Some(c) => Err(Error::parameter("class", self.no_such_class(&c.to_string()))),
        }
    }

    /// The latent z of `seed`, as published code draws it.
    pub fn latent(&self, seed: u32) -> Vec<f32> {
        latent(seed, self.config.z_dim)
    }

    /// The latent w of `z` and `class`, `[w_dim]`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `z` has the wrong length, or a class is missing, unknown, or given
    /// to a model without classes; [`Error::Model`] when the weights overflow.
    pub fn map(&self, z: &[f32], class: Option<usize>) -> Result<Vec<f32>> {
        if z.len() != self.config.z_dim {
            return Err(Error::parameter(
                "latent",
                format!("{} numbers given, {} needed", z.len(), self.config.z_dim),
            ));
        }
        self.check_class(class)?;
        let x: Vec<f32> = rms_normalised(z).chain(self.embedded(class)).collect();
        let w = self.layers.iter().fold(x, |x, layer| layer.apply_lrelu(&x));
        match w.iter().all(|v| v.is_finite()) {
            true => Ok(w),
            false => Err(super::overflow(&self.model)),
        }
    }

    /// `w` for every level, truncated: `w_avg + psi (w - w_avg)` with each level's psi.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the truncation or the class does not fit the model.
    pub fn styles(
        &self,
        w: &[f32],
        class: Option<usize>,
        truncation: &Truncation,
        levels: LevelGroups,
    ) -> Result<Styles> {
        let psis = truncation.psis(levels)?;
        self.check_class(class)?;
        let average = self.average(class);
        Ok(Styles::broadcast(w, levels.levels()).truncated(average, &psis))
    }

    /// `w` of every level of a latent: mapped and truncated.
    ///
    /// # Errors
    /// As [`map`](Self::map) and [`styles`](Self::styles).
    pub fn styles_of(&self, latent: &Latent, levels: LevelGroups) -> Result<Styles> {
        let Latent { z, class, truncation } = latent;
        self.styles(&self.map(z, *class)?, *class, truncation, levels)
    }

    /// Layers of the mapping network.
    #[cfg(feature = "onnx")]
    pub(crate) fn layers(&self) -> &[Linear] {
        &self.layers
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
        let w_dim = self.config.w_dim;
        let first = if self.averages.len() == w_dim { 0 } else { class.unwrap_or(0) };
        &self.averages[first * w_dim..(first + 1) * w_dim]
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
        let projection = Linear::load(tensors, PROJECTION, width, outputs)?;
        if width == 0 || outputs == 0 {
            return Err(tensors.error("its class embedding is empty"));
        }
        Ok(Self { table, width, projection: projection.equalised_lrelu(1.0) })
    }

    fn project(&self, class: usize) -> Vec<f32> {
        self.projection.apply_lrelu(&self.table[class * self.width..(class + 1) * self.width])
    }
}
