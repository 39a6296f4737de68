//! A generator: latent to field.

use std::sync::Arc;

use super::config::GeneratorConfig;
use super::latent::Latent;
use super::latent_space::LatentSpace;
use super::truncation::Truncation;
use super::{About, Config, ModelId};
use crate::error::{Error, Result};
use crate::network::{Code, Network, Styles};
use crate::tensors::Tensors;

/// A latent z and a class become w, w becomes the code of a field, which the network shows.
#[derive(Debug)]
pub struct Generator {
    about: About,
    native_resolution: u32,
    latent_space: LatentSpace,
    network: Arc<Network>,
}

impl Generator {
    pub(crate) fn load(
        about: About,
        config: GeneratorConfig,
        tensors: &Tensors<'_>,
    ) -> Result<Self> {
        let GeneratorConfig { latent, native_resolution, network } = config;
        let rate = network.mapping_rate();
        let network = Arc::new(Network::load(&network, latent.w_dim, tensors)?);
        let latent_space = LatentSpace::load(&about.name, latent, rate, tensors)?;
        Ok(Self { about, native_resolution, latent_space, network })
    }

    /// What the file says about itself.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Its shape.
    pub fn config(&self) -> GeneratorConfig {
        let latent = self.latent_space.config().clone();
        GeneratorConfig::new(latent, self.native_resolution, self.network.config())
    }

    /// What the file says about itself, whole.
    pub fn describe(&self) -> Config {
        self.about.config(super::Kind::Generator(self.config()))
    }

    /// What a field file calls it.
    pub fn id(&self) -> ModelId {
        ModelId { name: self.about.name.clone(), id: self.about.id.clone() }
    }

    /// Side of the pictures it was trained on, in pixels.
    pub fn native_resolution(&self) -> u32 {
        self.native_resolution
    }

    /// Its latents: classes, and what makes w of z.
    pub fn latent_space(&self) -> &LatentSpace {
        &self.latent_space
    }

    /// What all its images share.
    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// Class names; none for a model without classes.
    pub fn classes(&self) -> &[String] {
        self.latent_space.classes()
    }

    /// The number of the class called `name`, or of the class with that number.
    ///
    /// # Errors
    /// As [`LatentSpace::class`].
    pub fn class(&self, name: &str) -> Result<usize> {
        self.latent_space.class(name)
    }

    /// The class of `seed` where none is named: the remainder of the seed by the number of classes.
    /// `None` for a model without classes.
    pub fn class_of_seed(&self, seed: u32) -> Option<usize> {
        self.latent_space.class_of_seed(seed)
    }

    /// The latent z of `seed`, as published code draws it.
    pub fn latent(&self, seed: u32) -> Vec<f32> {
        self.latent_space.latent(seed)
    }

    /// The latent w of `z` and `class`, `[w_dim]`.
    ///
    /// # Errors
    /// As [`LatentSpace::map`].
    pub fn map(&self, z: &[f32], class: Option<usize>) -> Result<Vec<f32>> {
        self.latent_space.map(z, class)
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
    ) -> Result<Styles> {
        self.latent_space.styles(w, class, truncation, self.network.level_groups())
    }

    /// `w` of every level of a latent: mapped and truncated.
    ///
    /// # Errors
    /// As [`map`](Self::map) and [`styles`](Self::styles).
    pub fn styles_of(&self, latent: &Latent) -> Result<Styles> {
        self.latent_space.styles_of(latent, self.network.level_groups())
    }

    /// The code of the image that `styles` make.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the styles do not fit the model; [`Error::Model`] when the weights
    /// overflow.
    pub fn code(&self, styles: &Styles) -> Result<Code> {
        let (levels, w_dim) =
            (self.network.level_groups().levels(), self.latent_space.config().w_dim);
        if styles.rows().len() != levels || styles.rows().iter().any(|w| w.len() != w_dim) {
            return Err(Error::parameter("styles", format!("[{levels}, {w_dim}] needed")));
        }
        let made = self.network.code(styles);
        made.map_err(|_| super::overflow(&self.about.name))
    }
}
