//! Generators as they are trained: a mapping network and the network that draws.
//!
//! Tensors have the names and the layout of the library's model files, so that saving one is copying
//! them. A latent z and a class become w ([`Generator::map`]), and w becomes images
//! ([`Network::images`]). A folder holds each [`Network`].

mod coordinates;
pub mod creps;
mod drawing;
mod file;
#[cfg(test)]
pub(crate) mod golden;
pub mod inr_gan;
mod mapping;
mod modulated;
mod network;
pub mod poly_inr;

use std::collections::HashMap;
use std::rc::Rc;

use polyinr::model::GeneratorConfig;
use polyinr::network::NetworkConfig;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor, no_grad};

pub use coordinates::{Window, grid};
pub use drawing::Drawing;
pub use file::{Card, tensors_of};
pub use network::Network;

use crate::nn::store;
use creps::Creps;
use inr_gan::InrGan;
use mapping::Mapping;
use poly_inr::PolyInr;

/// Latents over which a network is measured, at least.
const LATENTS: i64 = 256;

/// A network that draws, with its mapping network.
#[derive(Debug)]
pub struct Generator {
    config: GeneratorConfig,
    store: VarStore,
    mapping: Mapping,
    network: Box<dyn Network>,
}

impl Generator {
    /// A generator of that shape with random weights, drawn from libtorch's generator: set that one
    /// before ([`random::reseed`](crate::random::reseed)), and the scale of activations after
    /// ([`normalise_scale`](Self::normalise_scale)). `embed_width` is the length of a class's
    /// embedding.
    pub fn new(config: &GeneratorConfig, embed_width: usize, device: Device) -> Self {
        let store = VarStore::new(device);
        let root = store.root();
        let rate = config.network.mapping_rate().into();
        let mapping = Mapping::new(&(&root / "mapping"), &config.latent, embed_width, rate);
        let w_dim = config.latent.w_dim;
        let network: Box<dyn Network> = match &config.network {
            NetworkConfig::PolyInr(shape) => Box::new(Rc::new(PolyInr::new(&root, shape, w_dim))),
            NetworkConfig::Creps(shape) => Box::new(Creps::new(&root, shape, w_dim)),
            NetworkConfig::InrGan(shape) => Box::new(InrGan::new(&root, shape, w_dim)),
        };
        Self { config: config.clone(), mapping, network, store }
    }

    /// The same generator with a network of another shape, where that is one which adds to its own
    /// ([`Network::extends`]): what is new changes nothing yet. It is fitted to random latents,
    /// drawn from libtorch's generator.
    ///
    /// # Errors
    /// Why the network cannot become that one, in words.
    pub fn grown(&self, network: &NetworkConfig) -> Result<Self, String> {
        let mut config = self.config.clone();
        config.network = network.clone();
        let grown = Self::new(&config, self.embed_width(), self.store.device());
        grown.network.extends(&self.config.network)?;
        let mut tensors: HashMap<_, _> = store::named(&grown.store).into_iter().collect();
        tensors.extend(self.store.variables());
        store::load(&grown.store, &tensors)?;
        if *network != self.config.network {
            no_grad(|| grown.network.settle(&self.config.network, &grown.random_w(false)));
        }
        Ok(grown)
    }

    /// Scales new weights so that pictures are worth training from ([`Network::normalise`]), by
    /// random latents, drawn from libtorch's generator. The averages of w become those latents'
    /// means.
    pub fn normalise_scale(&self) {
        no_grad(|| self.network.normalise(&self.random_w(true)));
    }

    /// Shape.
    pub fn config(&self) -> &GeneratorConfig {
        &self.config
    }

    /// All tensors, under the names of the model file.
    pub fn store(&self) -> &VarStore {
        &self.store
    }

    /// Number of classes; 0 for a model without.
    pub fn classes(&self) -> usize {
        self.config.latent.classes.len()
    }

    /// Numbers in a latent z.
    pub fn z_dim(&self) -> i64 {
        self.config.latent.z_dim as i64
    }

    /// Length of a class's embedding; 0 for a model without classes.
    pub fn embed_width(&self) -> usize {
        self.mapping.embed_width()
    }

    /// w `[batch, w_dim]` of latents z `[batch, z_dim]` and class numbers `[batch]`; the latter are
    /// ignored by a model without classes.
    ///
    /// # Panics
    /// When a model with classes gets no labels.
    pub fn map(&self, z: &Tensor, labels: Option<&Tensor>) -> Tensor {
        self.mapping.forward(z, labels)
    }

    /// `w_avg + psi (w - w_avg)`, with each class's own average.
    pub fn truncate(&self, w: &Tensor, labels: Option<&Tensor>, psi: f64) -> Tensor {
        self.mapping.average(labels).lerp(w, psi)
    }

    /// Moves the averages of w towards those of this batch, k images of a class at once:
    /// `w_avg ← decay^k w_avg + (1 - decay^k) mean(w)`; classes without an image stay.
    pub fn update_average(&self, w: &Tensor, labels: Option<&Tensor>, decay: f64) {
        self.mapping.update_average(w, labels, decay);
    }

    /// Puts a class embedding in place, `[classes, embed_width]`, as one made from a feature network.
    ///
    /// # Errors
    /// What is wrong with its shape.
    pub fn set_embedding(&self, embedding: &Tensor) -> Result<(), String> {
        self.mapping.set_embedding(embedding)
    }

    /// Levels of the network, each of which may have a latent w of its own.
    pub fn levels(&self) -> usize {
        self.config.network.level_groups().levels()
    }

    /// Images `[batch, 3, side, side]` of latents w ([`Network::images`]), nowhere moved.
    pub fn synthesise(&self, w: &Tensor, side: i64, kind: Kind) -> Tensor {
        self.network.images(w, None, side, kind)
    }

    /// Draws images `[batch, 3, side, side]` of latents w for training ([`Network::drawing`]).
    pub fn drawing(&self, w: &Tensor, shifts: Option<&Tensor>, side: i64, kind: Kind) -> Drawing {
        self.network.drawing(w, shifts, side, kind)
    }

    /// w of random latents, classes in turn; with `average` their means become those of the model.
    fn random_w(&self, average: bool) -> Tensor {
        let device = self.store.device();
        let count = self.classes() as i64;
        // Every class is seen once at least.
        let latents = LATENTS.max(count);
        let z = Tensor::randn([latents, self.z_dim()], (Kind::Float, device));
        let labels =
            (count > 0).then(|| Tensor::arange(latents, (Kind::Int64, device)).remainder(count));
        let w = self.map(&z, labels.as_ref());
        if average {
            self.update_average(&w, labels.as_ref(), 0.0);
        }
        w
    }
}
