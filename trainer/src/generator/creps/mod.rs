//! CREPS as it is trained: w becomes lines along rows and columns, these maps, and
//! maps are fused to colours at every pixel.
//!
//! None of its tensors knows a resolution: a later stage trains the same network on a denser grid.

mod block;
mod input;

use polyinr::network::{CrepsConfig, NetworkConfig};
use tch::nn::Path;
use tch::{Kind, Tensor, no_grad};

use super::mapping::scaled_lrelu;
use super::modulated::{at, pointwise};
use super::network::Network;
use crate::nn::{Gain, Linear};
use block::{Block, Refinement};
use input::{Grid, Input};

/// Side of the grid over which new weights are measured.
const SIDE: i64 = 16;

/// Deviation of the colours of an untrained generator, nominal range `[-1, 1]`.
const COLOUR: f64 = 0.3;

/// A CREPS in training.
#[derive(Debug)]
pub struct Creps {
    shape: CrepsConfig,
    input: Input,
    blocks: Vec<Block>,
    decoders: Vec<[Linear; 4]>,
    rgb: Linear,
    refinements: [Refinement; 2],
}

impl Creps {
    /// A network of that shape under `root` with random weights, drawn from libtorch's generator.
    pub fn new(root: &Path<'_>, shape: &CrepsConfig, w_dim: usize) -> Self {
        let (c, last) = (shape.line_channels, shape.levels() - 1);
        let blocks = (0..shape.blocks.len()).map(|b| Block::new(root, shape, b, w_dim)).collect();
        Self {
            input: Input::new(root, shape, w_dim),
            blocks,
            decoders: (0..shape.maps()).map(|map| decoder(root, map, c)).collect(),
            rgb: Linear::new(&(root / "rgb"), c, 3, Gain::Equalised(1.0)),
            refinements: [
                Refinement::new(root, 0, [c, 4 * c], (last, w_dim)),
                Refinement::new(root, 1, [4 * c, 2 * c], (last, w_dim)),
            ],
            shape: shape.clone(),
        }
    }

    /// Lines `[batch, c, side, 2 R]` after every block but the first.
    fn lines(&self, w: &Tensor, grid: &Grid, kind: Kind) -> Vec<Tensor> {
        let (side, rank) = (grid.side(), self.shape.rank as i64);
        let mut x = self.input.forward(w, grid).to_kind(kind);
        let (mut sum, mut all) = (None, Vec::with_capacity(self.shape.maps()));
        for block in &self.blocks {
            x = block.features(&x, w);
            let Some(lines) = block.lines(&x, w) else { continue };
            let lines = match sum {
                None => lines,
                Some(sum) => sum + lines,
            };
            all.push(lines.reshape([-1, self.shape.line_channels as i64, side, 2 * rank]));
            sum = Some(lines);
        }
        all
    }

    /// What the last decoder gives, `[batch, c, positions]`, in `kind`.
    fn fused(&self, w: &Tensor, grid: &Grid, kind: Kind) -> Tensor {
        let lines = self.lines(w, grid, kind);
        let mut maps = lines.iter().map(composed);
        let mut fused = maps.next().expect("two blocks");
        for decoder in &self.decoders {
            fused = decoded(decoder, &fused);
            if let Some(map) = maps.next() {
                fused += map;
            }
        }
        fused
    }

    /// Colours `[batch, 3, positions]` of what the last decoder gave.
    fn colours(&self, fused: &Tensor, w: &Tensor) -> Tensor {
        let mut colours = linear(&self.rgb, fused);
        let mut x = fused.shallow_clone();
        for refinement in &self.refinements {
            x = refinement.features(&x, w);
            colours += refinement.colours(&x, w);
        }
        colours
    }
}

impl Network for Creps {
    fn images(&self, w: &Tensor, shifts: Option<&Tensor>, side: i64, kind: Kind) -> Tensor {
        let grid = Grid::new(side, shifts, w.device());
        let colours = self.colours(&self.fused(w, &grid, kind), w);
        colours.to_kind(Kind::Float).reshape([-1, 3, side, side])
    }

    /// Maps are products of sums over all blocks, which grow with every block: lines are scaled to
    /// what makes the last map that is decoded of unit size, and colours to a deviation of 0.3.
    fn normalise(&self, w: &Tensor) {
        let grid = Grid::new(SIDE, None, w.device());
        // Without biases everything after the lines is as large as they are, and maps are products
        // of two.
        let size = self.fused(w, &grid, Kind::Float).square().mean(Kind::Double);
        let size = size.sqrt().double_value(&[]).max(1e-12);
        self.blocks.iter().for_each(|block| block.multiply_lines(size.sqrt().recip()));
        let colours = self.colours(&self.fused(w, &grid, Kind::Float), w);
        let factor = COLOUR / colours.std(true).double_value(&[]).max(1e-12);
        no_grad(|| drop(self.rgb.weight().shallow_clone().f_mul_scalar_(factor)));
        self.refinements.iter().for_each(|refinement| refinement.multiply_colours(factor));
    }

    fn extends(&self, old: &NetworkConfig) -> Result<(), String> {
        match old {
            NetworkConfig::Creps(old) if *old == self.shape => Ok(()),
            NetworkConfig::Creps(old) => Err(format!(
                "a CREPS of {} blocks cannot become one of {}: every block adds to the lines that all maps \
                 after it are made from, and the picture would change. --blocks says how many there are \
                 from the beginning; more pixels need none",
                old.blocks.len(),
                self.shape.blocks.len()
            )),
            _ => Err("it is another network".to_owned()),
        }
    }

    /// Nothing is ever new.
    fn settle(&self, _: &NetworkConfig, _: &Tensor) {}
}

/// The map `[batch, c, positions]` of lines `[batch, c, side, 2 R]`: products of row lines and column
/// lines, summed over R.
fn composed(lines: &Tensor) -> Tensor {
    let rank = lines.size()[3] / 2;
    let (rows, columns) = (lines.narrow(3, 0, rank), lines.narrow(3, rank, rank));
    // Of either half sqrt(1/2).
    (rows * 0.5).matmul(&columns.transpose(2, 3)).flatten(2, 3)
}

fn decoder(root: &Path<'_>, map: usize, c: usize) -> [Linear; 4] {
    let sides = [[c, 2 * c], [2 * c, 4 * c], [4 * c, 2 * c], [2 * c, c]];
    std::array::from_fn(|i| {
        let path = at(root, &format!("decoder.{map}.{i}"));
        Linear::new(&path, sides[i][0], sides[i][1], Gain::Equalised(1.0))
    })
}

fn decoded(decoder: &[Linear; 4], map: &Tensor) -> Tensor {
    let layers = decoder.iter();
    layers.fold(map.shallow_clone(), |x, layer| scaled_lrelu(&linear(layer, &x)))
}

/// A layer that no image modulates, on `x [batch, inputs, positions]`.
fn linear(layer: &Linear, x: &Tensor) -> Tensor {
    let (weight, bias) = layer.scaled();
    pointwise(&weight.unsqueeze(0), &bias, x)
}

#[cfg(test)]
mod tests;
