//! The generator: Poly-INR with its mapping network, as it is trained.
//!
//! Tensors have the names and the layout of the library's model files, so that saving one is copying
//! them. A latent z and a class become w ([`Generator::map`]), w becomes affine parameters
//! ([`Generator::affine`]), and these become colour at the positions of a grid
//! ([`Generator::render`]).

mod coordinates;
mod drawing;
mod file;
mod grow;
mod kernels;
mod level;
mod mapping;
mod scale;

use polyinr::model::GeneratorConfig;
use polyinr::network::NetworkConfig;
use polyinr::network::PolyInrConfig;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor, no_grad};

pub use coordinates::{Window, grid};
pub use drawing::Drawing;
pub use file::{Card, tensors_of};
pub use scale::Scale;

use crate::nn::{Gain, Linear};
use level::Level;
use mapping::Mapping;

/// Poly-INR with its mapping network.
#[derive(Debug)]
pub struct Generator {
    config: GeneratorConfig,
    store: VarStore,
    mapping: Mapping,
    levels: Vec<Level>,
    rgb: Linear,
}

impl Generator {
    /// A generator of that shape with random weights, drawn from libtorch's generator: set that one
    /// before ([`random::reseed`](crate::random::reseed)), and the scale of activations after
    /// ([`normalise_scale`](Self::normalise_scale)). `embed_width` is the length of a class's
    /// embedding.
    pub fn new(config: &GeneratorConfig, embed_width: usize, device: Device) -> Self {
        let store = VarStore::new(device);
        let root = store.root();
        let mapping = Mapping::new(&(&root / "mapping"), &config.latent, embed_width);
        let NetworkConfig::PolyInr(shape) = &config.network;
        let level = |j| Level::new(&root, j, shape, config.latent.w_dim);
        let levels = (0..shape.levels).map(level).collect();
        let rgb = Linear::new(&(&root / "rgb"), shape.features, 3, Gain::Plain);
        Self { config: config.clone(), mapping, levels, rgb, store }
    }

    /// Shape.
    pub fn config(&self) -> &GeneratorConfig {
        &self.config
    }

    /// Shape of its network.
    fn shape(&self) -> &PolyInrConfig {
        let NetworkConfig::PolyInr(shape) = &self.config.network;
        shape
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

    /// Affine parameters of every level, `[batch, 3, n]` with rows x, y, 1, the chain of coordinate
    /// maps collapsed into them. `w` is `[batch, w_dim]`, or `[batch, levels, w_dim]` with its own row
    /// for each level.
    pub fn affine(&self, w: &Tensor) -> Vec<Tensor> {
        let mut chain = level::identity_chain(w.size()[0], w.device());
        let row = |j: usize| if w.dim() == 3 { w.select(1, j as i64) } else { w.shallow_clone() };
        let levels = self.levels.iter().enumerate();
        levels.map(|(j, level)| level.affine(&row(j), &mut chain)).collect()
    }

    /// Colour `[batch, positions, 3]`, float32, at the positions `[positions, 3]` (x, y, 1) of images
    /// with these affine parameters, computed in `kind`.
    pub fn render(&self, affine: &[Tensor], positions: &Tensor, kind: Kind) -> Tensor {
        self.rgb.forward(&self.features(affine, positions, kind)).to_kind(Kind::Float)
    }

    /// Output `[batch, positions, n]` of as many levels as there are affine parameters, in `kind`.
    fn features(&self, affine: &[Tensor], positions: &Tensor, kind: Kind) -> Tensor {
        let mut h = self.clamp(self.levels[0].first(&affine[0], positions, kind));
        for (level, affine) in self.levels.iter().zip(affine).skip(1) {
            h = self.clamp(level.forward(&h, affine, positions, self.shape().affine_activation));
        }
        h
    }

    /// Images `[batch, 3, side, side]`, float32, nominal range `[-1, 1]`, of latents w, computed in
    /// `kind` on the grid of the paper: outer pixels' centres at 0 and 1.
    pub fn synthesise(&self, w: &Tensor, side: i64, kind: Kind) -> Tensor {
        self.draw(&self.affine(w), side, kind)
    }

    /// As [`synthesise`](Self::synthesise), each image's grid moved by a row of `shifts [batch, 2]`,
    /// in pixels to the right and down.
    pub fn synthesise_shifted(&self, w: &Tensor, shifts: &Tensor, side: i64, kind: Kind) -> Tensor {
        self.draw(&self.shifted_affine(w, shifts, side), side, kind)
    }

    /// Affine parameters of images whose grids of `side` pixels a side are moved by `shifts`.
    fn shifted_affine(&self, w: &Tensor, shifts: &Tensor, side: i64) -> Vec<Tensor> {
        // A (x + dx, y + dy, 1) = A' (x, y, 1): only the constant row changes.
        let pixel = 1.0 / (side - 1).max(1) as f64;
        let moved = |a: Tensor| {
            let constant = (shifts * pixel).unsqueeze(1).matmul(&a.narrow(1, 0, 2));
            Tensor::cat(&[a.narrow(1, 0, 2), a.narrow(1, 2, 1) + constant], 1)
        };
        self.affine(w).into_iter().map(moved).collect()
    }

    fn draw(&self, affine: &[Tensor], side: i64, kind: Kind) -> Tensor {
        let positions = grid(Window::UNIT, side, side, self.store.device());
        let colour = self.render(affine, &positions, kind);
        colour.transpose(1, 2).reshape([-1, 3, side, side])
    }

    /// A level's output within its limits. Gradients pass as if there were none: what is beyond them
    /// is rare, and the derivative of a clamp is one more pass over all activations.
    fn clamp(&self, mut h: Tensor) -> Tensor {
        if let Some(limit) = self.shape().clamp.map(f64::from) {
            no_grad(|| drop(h.clamp_(-limit, limit)));
        }
        h
    }
}

#[cfg(test)]
pub(crate) mod tests;
