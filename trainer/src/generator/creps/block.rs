//! Blocks of layers of lines, and the refinement of colours.

use polyinr::network::CrepsConfig;
use tch::Tensor;
use tch::nn::Path;

use crate::generator::modulated::{Modulated, Modulation};

/// A block: layers, and what they add to the lines.
#[derive(Debug)]
pub struct Block {
    layers: Vec<Modulated>,
    /// None in the first block.
    lines: Option<Modulated>,
}

impl Block {
    /// Block `number` of a network of that shape.
    pub fn new(root: &Path<'_>, shape: &CrepsConfig, number: usize, w_dim: usize) -> Self {
        let features = shape.blocks[number];
        let layer = |level: usize, i: usize, inputs: usize| {
            let name = format!("block.{number}.{i}");
            Modulated::new(root, (level, &name), [inputs, features], w_dim, Modulation::Columns)
        };
        let Some(before) = number.checked_sub(1).map(|b| shape.blocks[b]) else {
            return Self { layers: vec![layer(1, 0, features)], lines: None };
        };
        let (level, name) = (2 * number - 1, format!("block.{number}.lines"));
        let sides = [features, shape.line_channels];
        Self {
            layers: vec![layer(level, 0, before), layer(level + 1, 1, features)],
            lines: Some(Modulated::new(root, (level + 2, &name), sides, w_dim, Modulation::Sums)),
        }
    }

    /// Features after its layers.
    pub fn features(&self, x: &Tensor, w: &Tensor) -> Tensor {
        self.layers.iter().fold(x.shallow_clone(), |x, layer| layer.forward(&x, w))
    }

    /// What its features add to the lines.
    pub fn lines(&self, x: &Tensor, w: &Tensor) -> Option<Tensor> {
        self.lines.as_ref().map(|lines| lines.forward(x, w))
    }

    /// Multiplies what it adds to the lines.
    pub fn multiply_lines(&self, factor: f64) {
        self.lines.iter().for_each(|lines| lines.multiply(factor));
    }
}

/// Layers that go on from the last decoder, and the colours that they add.
#[derive(Debug)]
pub struct Refinement {
    layers: [Modulated; 2],
    rgb: Modulated,
}

impl Refinement {
    /// The refinement `number` of `[inputs, outputs]` features by the latent of `level`.
    pub fn new(
        root: &Path<'_>,
        number: usize,
        [inputs, outputs]: [usize; 2],
        (level, w_dim): (usize, usize),
    ) -> Self {
        let layer = |name: &str, sides, modulation| {
            let name = format!("refine.{number}.{name}");
            Modulated::new(root, (level, &name), sides, w_dim, modulation)
        };
        Self {
            layers: [
                layer("0", [inputs, outputs], Modulation::Columns),
                layer("1", [outputs; 2], Modulation::Columns),
            ],
            rgb: layer("rgb", [outputs, 3], Modulation::Sums),
        }
    }

    /// Features after its layers.
    pub fn features(&self, x: &Tensor, w: &Tensor) -> Tensor {
        self.layers.iter().fold(x.shallow_clone(), |x, layer| layer.forward(&x, w))
    }

    /// What its features add to the colours.
    pub fn colours(&self, x: &Tensor, w: &Tensor) -> Tensor {
        self.rgb.forward(x, w)
    }

    /// Multiplies what it adds to the colours.
    pub fn multiply_colours(&self, factor: f64) {
        self.rgb.multiply(factor);
    }
}
