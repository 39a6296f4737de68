//! The shape of an INR-GAN.

use serde::{Deserialize, Serialize};

use crate::network::range::out_of_range;

/// Shape of an INR-GAN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InrGanConfig {
    /// Blocks, of 4, 8, 16, ... pixels.
    pub blocks: Vec<InrGanBlock>,
    /// Side of the grid that the first blocks run at, in pixels: those of fewer run at it too.
    pub input_resolution: usize,
    /// Rank of the matrices that modulate weights.
    pub rank: usize,
    /// How the features of a block become those of the next.
    pub upsampling: Upsampling,
    /// Whether inputs of a block's later layers are divided by their deviation over the picture.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub normalised: bool,
}

/// Shape of a block of an INR-GAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InrGanBlock {
    /// Features of its layers.
    pub features: usize,
    /// Number of its layers.
    pub layers: usize,
    /// Waves that coordinates are embedded with, a sine and a cosine each; 0 in a block that runs at
    /// the resolution of the one before.
    #[serde(default)]
    pub waves: usize,
    /// Maps of constants that stand beside them.
    #[serde(default)]
    pub constants: usize,
}

/// How the features of a block become those of the next, at twice the resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Upsampling {
    /// Those of the cell that a position is in.
    Nearest,
    /// Between those of the four cells around it; corners of grids lie on each other.
    Bilinear,
}

impl InrGanConfig {
    /// A network of these blocks whose first run at `input_resolution` pixels, in the nearest variant
    /// of rank 10.
    pub fn new(blocks: Vec<InrGanBlock>, input_resolution: usize) -> Self {
        let upsampling = Upsampling::Nearest;
        Self { blocks, input_resolution, rank: 10, upsampling, normalised: false }
    }

    /// The same network in the bilinear variant, whose features are normalised.
    pub fn bilinear(self) -> Self {
        Self { upsampling: Upsampling::Bilinear, normalised: true, ..self }
    }

    /// Side of the grid that a block runs at, in pixels.
    pub fn resolution_of(&self, block: usize) -> usize {
        (4 << block).max(self.input_resolution)
    }

    /// Side of the pictures that such a network is trained on, in pixels.
    pub fn resolution(&self) -> u32 {
        self.blocks.len().checked_sub(1).map_or(0, |last| self.resolution_of(last)) as u32
    }

    /// Whether a block begins with coordinates: the first, and those at a higher resolution than the
    /// one before.
    pub fn takes_coordinates(&self, block: usize) -> bool {
        block == 0 || self.resolution_of(block) > self.resolution_of(block - 1)
    }

    /// The level of a block's first layer; its others follow, and its colours share the level of the
    /// next block's first.
    pub fn first_level(&self, block: usize) -> usize {
        self.blocks[..block].iter().map(|b| b.layers).sum()
    }

    /// Latents w that a picture is made from: one for every layer, and one for the last colours.
    pub fn levels(&self) -> usize {
        self.first_level(self.blocks.len()) + 1
    }

    /// Whether the inputs of a block's layer are divided by their deviation over the picture.
    pub fn is_normalised(&self, block: usize, layer: usize) -> bool {
        self.normalised && block > 0 && layer > 0
    }

    /// The last block that a picture of `density` pixels a unit takes, so that its grid is as fine as the
    /// pixels: those after it are for larger pictures (the paper's cheap pictures of low resolution).
    pub fn last_block(&self, density: f64) -> usize {
        let last = self.blocks.len().saturating_sub(1);
        // As many pixels, up to rounding.
        let enough = |b: &usize| self.resolution_of(*b) as f64 >= density * (1.0 - 1e-9);
        let found = (0..last).find(enough).unwrap_or(last);
        let found = self.resolution_of(found);
        (0..=last).rev().find(|b| self.resolution_of(*b) <= found).unwrap_or(last)
    }

    /// Values of a coordinate's embedding in a block.
    pub fn embedding(&self, block: usize) -> usize {
        2 * self.blocks[block].waves + self.blocks[block].constants
    }

    /// Inputs of a block's layer.
    pub fn inputs(&self, block: usize, layer: usize) -> usize {
        let before = block.checked_sub(1).map_or(0, |b| self.blocks[b].features);
        match layer {
            0 => before + self.embedding(block),
            _ => self.blocks[block].features,
        }
    }

    /// Features of a position on its way through all layers, and what stands beside them.
    pub(crate) fn kept_features(&self) -> usize {
        let kept = |(block, b): (usize, &InrGanBlock)| {
            (b.layers + usize::from(self.normalised)) * b.features + 2 * self.inputs(block, 0)
        };
        self.blocks.iter().enumerate().map(kept).sum()
    }

    /// What is wrong with the numbers, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        out_of_range("the number of blocks", self.blocks.len(), 1, 10)
            .or_else(|| out_of_range("input_resolution", self.input_resolution, 1, 4096))
            .or_else(|| out_of_range("rank", self.rank, 1, 1024))
            .or_else(|| (0..self.blocks.len()).find_map(|block| self.problem_of(block)))
    }

    fn problem_of(&self, block: usize) -> Option<String> {
        let InrGanBlock { features, layers, waves, constants } = self.blocks[block];
        let most = if self.takes_coordinates(block) { 8192 } else { 0 };
        out_of_range("features", features, 1, 8192)
            .or_else(|| out_of_range("layers", layers, 1, 8))
            .or_else(|| out_of_range("waves", waves, 0, most))
            .or_else(|| out_of_range("constants", constants, 0, most))
            .or_else(|| match self.inputs(block, 0) {
                0 => Some("its config gives the first layer no inputs".to_owned()),
                _ => None,
            })
    }
}
