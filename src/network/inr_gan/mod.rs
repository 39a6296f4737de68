//! INR-GAN (Skorokhodov et al., CVPR 2021): layers of every position whose weights an image modulates
//! by matrices of low rank, the first of them shared by the pixels of a cell.
//!
//! Blocks run at growing resolutions. A block takes the features of the one before, repeats them at twice
//! the resolution, and puts an embedding of its own coordinates beside them; colours of all blocks add
//! up. An image's code is the factors of the matrices, `L [outputs, rank]` and `R [rank, inputs]` a layer,
//! and what multiplies the features before they become colours.

mod config;
mod grids;
pub(crate) mod import;

use std::sync::Arc;

pub use config::{InrGanBlock, InrGanConfig, Upsampling};
#[cfg(feature = "onnx")]
pub(crate) use grids::Tap;
pub(crate) use grids::{Grids, Stage};

use super::code::{Code, CodeShape};
use super::layers::Linear;
use super::matrices::Matrix;
use super::modulated::{self, LayerReader, Modulated};
use super::styles::Styles;
use crate::error::Result;
use crate::tensors::TensorSource;

/// Largest magnitude of the output of a block's layer.
pub(crate) const CLAMP: f32 = 256.0;

/// The weights that all images of an INR-GAN share, and the heads that make codes of latents.
#[derive(Clone, Debug)]
pub struct InrGan {
    config: InrGanConfig,
    blocks: Vec<InrGanLayers>,
    shape: CodeShape,
}

/// The layers of a block.
#[derive(Clone, Debug)]
pub struct InrGanLayers {
    /// How positions are embedded, in blocks that take them.
    pub embedding: Option<Arc<Embedding>>,
    /// Weights W are used as `W ⊙ (L R / sqrt(rank) + 1)`, each row brought to length 1.
    pub layers: Vec<Modulated>,
    /// Features to colours; the code's tensor `[inputs]`, divided by `sqrt(inputs)`, multiplies each
    /// column of the weight.
    pub rgb: Modulated,
}

/// An embedding of positions: sines, then cosines, then constants.
#[derive(Debug)]
pub struct Embedding {
    /// `[waves, 2]`: factors of x and y of each wave.
    pub basis: Vec<f32>,
    /// `[constants, r, r]`, maps over the grid of the block's resolution r, rows before columns.
    pub constants: Vec<f32>,
}

impl InrGan {
    pub(crate) fn load(
        config: InrGanConfig,
        w_dim: usize,
        tensors: &dyn TensorSource,
    ) -> Result<Self> {
        let mut reader = LayerReader::new(tensors, w_dim, config.levels());
        let blocks = (0..config.blocks.len()).map(|b| InrGanLayers::load(&config, b, &mut reader));
        let blocks = blocks.collect::<Result<_>>()?;
        Ok(Self { blocks, shape: reader.code_shape(), config })
    }

    /// Its shape.
    pub fn config(&self) -> &InrGanConfig {
        &self.config
    }

    /// Its blocks, from the coarsest.
    pub fn blocks(&self) -> &[InrGanLayers] {
        &self.blocks
    }

    pub(crate) fn code_shape(&self) -> CodeShape {
        self.shape.clone()
    }

    pub(super) fn code(&self, styles: &Styles) -> Result<Code> {
        let layers = self.modulated().into_iter().map(|(_, layer)| &layer.modulation);
        modulated::code(layers, self.config.levels(), styles)
    }

    /// All layers with their names, in the order of the codes' tensors.
    fn modulated(&self) -> Vec<(String, &Modulated)> {
        self.blocks.iter().enumerate().flat_map(|(b, block)| block.named(b)).collect()
    }

    pub(crate) fn matrices(&self) -> Vec<Matrix<'_>> {
        let mut matrices = Vec::new();
        for (name, Modulated { layer, modulation }) in self.modulated() {
            matrices.push(Matrix { name, level: modulation.level(), layer });
        }
        matrices
    }

    /// The same network with other matrices, in the order of [`matrices`](Self::matrices) and of
    /// their shapes.
    pub(super) fn with_matrices(&self, matrices: Vec<Linear>) -> Self {
        let mut new = self.clone();
        let layers = new.blocks.iter_mut().flat_map(|b| b.layers.iter_mut().chain([&mut b.rgb]));
        layers.zip(matrices).for_each(|(layer, own)| layer.layer = own);
        new
    }
}

impl InrGanLayers {
    /// Its layers with their names, in the order of the codes' tensors.
    fn named(&self, block: usize) -> Vec<(String, &Modulated)> {
        let layers = self.layers.iter().enumerate();
        let layers = layers.map(|(i, layer)| (layer_name(block, i), layer));
        layers.chain([(rgb_name(block), &self.rgb)]).collect()
    }

    fn load(config: &InrGanConfig, block: usize, reader: &mut LayerReader<'_>) -> Result<Self> {
        let InrGanBlock { features, layers, .. } = config.blocks[block];
        let level = config.first_level(block);
        let embedding = match config.embedding(block) {
            0 => None,
            _ => Some(Arc::new(Embedding::load(config, block, reader)?)),
        };
        let layer = |i: usize| {
            let shape = [config.inputs(block, i), features];
            let factors = [[features, config.rank], [config.rank, shape[0]]];
            reader.modulated(level + i, &layer_name(block, i), shape, &factors)
        };
        let made = (0..layers).map(layer).collect::<Result<_>>()?;
        let rgb = [features, 3];
        let rgb = reader.modulated(level + layers, &rgb_name(block), rgb, &[[1, features]])?;
        Ok(Self { embedding, layers: made, rgb })
    }
}

impl Embedding {
    fn load(config: &InrGanConfig, block: usize, reader: &LayerReader<'_>) -> Result<Self> {
        let (InrGanBlock { waves, constants, .. }, side) =
            (config.blocks[block], config.resolution_of(block));
        let tensor = |part: &str, shape: &[usize]| match shape[0] {
            0 => Ok(Vec::new()),
            _ => reader.tensor(&format!("block.{block}.{part}"), shape),
        };
        Ok(Self {
            basis: tensor("basis", &[waves, 2])?,
            constants: tensor("constants", &[constants, side, side])?,
        })
    }
}

pub(crate) fn layer_name(block: usize, layer: usize) -> String {
    format!("block.{block}.{layer}")
}

pub(crate) fn rgb_name(block: usize) -> String {
    format!("block.{block}.rgb")
}
