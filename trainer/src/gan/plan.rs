//! What the networks of a run are made from.

use polyinr::model::{GeneratorConfig, LatentConfig};
use tch::{Device, Tensor};

use super::network;
use super::schedule::Stage;
use super::settings::Settings;
use super::shape::NetworkArgs;

/// What networks are made from.
#[derive(Debug)]
pub struct Plan {
    /// What the run follows.
    pub settings: Settings,
    /// Names of the classes; empty for none.
    pub classes: Vec<String>,
    /// Where tensors live.
    pub device: Device,
    /// Embedding of classes to start from, `[classes, numbers]`.
    pub embedding: Option<Tensor>,
}

impl Plan {
    /// The plan of a run with these settings on pictures of these classes, whose embeddings begin as
    /// `embedding`, or at random.
    pub fn new(
        settings: &Settings,
        classes: &[String],
        embedding: Option<Tensor>,
        device: Device,
    ) -> Self {
        Self { settings: settings.clone(), classes: classes.to_vec(), device, embedding }
    }

    pub(super) fn generator(&self, stage: &Stage) -> GeneratorConfig {
        generator_config(&self.settings.networks, &self.classes, stage)
    }

    pub(super) fn embed_width(&self) -> usize {
        let width = |t: &Tensor| t.size()[1].cast_unsigned() as usize;
        self.embedding.as_ref().map_or(self.settings.networks.embed_dim, width)
    }
}

/// The shape of a stage's generator.
pub(super) fn generator_config(
    networks: &NetworkArgs,
    classes: &[String],
    stage: &Stage,
) -> GeneratorConfig {
    let mut latent = LatentConfig::new(networks.z_dim, networks.w_dim);
    latent.mapping_layers = networks.mapping_layers;
    latent.classes = classes.to_vec();
    GeneratorConfig::new(latent, stage.resolution, network::config(networks, stage))
}
