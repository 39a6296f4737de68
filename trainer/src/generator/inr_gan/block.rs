//! A block of INR-GAN: an embedding of positions, layers, colours.

use std::collections::VecDeque;

use polyinr::network::InrGanConfig;
use tch::nn::Path;
use tch::{Kind, Tensor};

use super::embedding::Embedding;
use super::places::Places;
use crate::generator::modulated::{Modulated, Modulation};

/// Layers at one resolution, and the colours that they add.
#[derive(Debug)]
pub struct Block {
    embedding: Embedding,
    layers: Vec<Modulated>,
    /// Which layers' inputs are divided by their deviations.
    normalised: Vec<bool>,
    rgb: Modulated,
}

impl Block {
    /// Block `number` of a network of that shape.
    pub fn new(root: &Path<'_>, shape: &InrGanConfig, number: usize, w_dim: usize) -> Self {
        let (block, level) = (shape.blocks[number], shape.first_level(number));
        let layer = |i: usize| {
            let (name, sides) =
                (format!("block.{number}.{i}"), [shape.inputs(number, i), block.features]);
            Modulated::new(root, (level + i, &name), sides, w_dim, Modulation::Factors(shape.rank))
        };
        let rgb = (level + block.layers, &*format!("block.{number}.rgb"));
        Self {
            embedding: Embedding::new(root, shape, number),
            layers: (0..block.layers).map(layer).collect(),
            normalised: (0..block.layers).map(|i| shape.is_normalised(number, i)).collect(),
            rgb: Modulated::new(root, rgb, [block.features, 3], w_dim, Modulation::Sums),
        }
    }

    /// The embedding of these places, `[batch or 1, values, rows, columns]`, in `kind`.
    pub fn embedded(&self, places: &Places, kind: Kind) -> Tensor {
        self.embedding.forward(places).to_kind(kind)
    }

    /// Features `[batch, features, positions]` after its layers.
    pub fn features(&self, x: &Tensor, w: &Tensor, deviations: &mut Deviations) -> Tensor {
        let mut x = x.shallow_clone();
        for (layer, normalised) in self.layers.iter().zip(&self.normalised) {
            if *normalised {
                x = deviations.divided(&x);
            }
            x = layer.forward(&x, w);
        }
        x
    }

    /// Colours that its features add.
    pub fn colours(&self, x: &Tensor, w: &Tensor) -> Tensor {
        self.rgb.forward(x, w)
    }

    /// Multiplies its colours.
    pub fn multiply_colours(&self, factor: f64) {
        self.rgb.multiply(factor);
    }

    /// Makes its colours zero.
    pub fn silence_colours(&self) {
        self.rgb.silence();
    }
}

/// Deviations over the picture that features are divided by, layer after layer.
#[derive(Debug)]
pub struct Deviations {
    known: VecDeque<Tensor>,
    measured: VecDeque<Tensor>,
}

impl Deviations {
    /// Those that features turn out to have.
    pub fn measured() -> Self {
        Self { known: VecDeque::new(), measured: VecDeque::new() }
    }

    /// Those that were measured, for the same layers elsewhere in the picture.
    pub fn known(self) -> Self {
        Self { known: self.measured, measured: VecDeque::new() }
    }

    /// `x [batch, features, positions]` divided by its deviations.
    fn divided(&mut self, x: &Tensor) -> Tensor {
        let deviation = self.known.pop_front().unwrap_or_else(|| {
            let deviation = x.to_kind(Kind::Float).std_dim([2i64].as_slice(), true, true) + 1e-8;
            self.measured.push_back(deviation.shallow_clone());
            deviation
        });
        x / deviation.to_kind(x.kind())
    }
}
