//! CREPS (Nguyen et al., CVPR 2023): a picture is composed of lines along its rows and columns.
//!
//! Every row is R lines of its y alone, every column R lines of its x alone: features that a stack of
//! modulated layers makes of sines of the coordinate. Each block adds to lines of few channels; products
//! of row lines and column lines, summed over R, give a map `F_l` a block, and the maps are fused with
//! decoders at every pixel. An image's code is what multiplies the inputs of every modulated layer.

mod config;
pub(crate) mod import;
mod lines;

pub use config::CrepsConfig;
pub(crate) use lines::LinePairs;

use super::code::{Code, CodeShape};
use super::layers::Linear;
use super::matrices::Matrix;
use super::modulated::{self, LayerReader, Modulated, Modulation};
use super::styles::Styles;
use crate::error::Result;
use crate::tensors::TensorSource;

/// Largest magnitude of the output of a modulated layer.
pub(crate) const CLAMP: f32 = 256.0;

/// The weights that all images of a CREPS share, and the heads that make codes of latents.
#[derive(Clone, Debug)]
pub struct Creps {
    config: CrepsConfig,
    input: CrepsInput,
    blocks: Vec<CrepsBlock>,
    decoders: Vec<[Linear; 4]>,
    rgb: Linear,
    refinements: Box<[Refinement; 2]>,
    shape: CodeShape,
}

/// What lines begin as: `sin(2π v f)` in the first half of C channels and cosines in the second, times
/// weight and code.
#[derive(Clone, Debug)]
pub struct CrepsInput {
    /// `f [C / 2, R]`.
    pub frequencies: Vec<f32>,
    /// `[C, 2 R]`: R row lines, then R column lines.
    pub weight: Vec<f32>,
    /// The code's tensor `[C, 2 R]`, by which the weight is multiplied; both are divided by `sqrt(C)`.
    pub modulation: Modulation,
}

/// A block of layers of lines.
#[derive(Clone, Debug)]
pub struct CrepsBlock {
    /// One in the first block, two in others. The code's tensor `[inputs]` multiplies each column of
    /// the weight, whose rows are then brought to length 1.
    pub layers: Vec<Modulated>,
    /// What the block adds to the channels of lines; none in the first. The code's tensor `[inputs]`,
    /// divided by `sqrt(inputs)`, multiplies each column of the weight.
    pub lines: Option<Modulated>,
}

/// What is added to the colours in the end.
#[derive(Clone, Debug)]
pub struct Refinement {
    /// As a block's.
    pub layers: [Modulated; 2],
    /// Features to colours, modulated as [`CrepsBlock::lines`].
    pub rgb: Modulated,
}

impl Creps {
    pub(crate) fn load(
        config: CrepsConfig,
        w_dim: usize,
        tensors: &dyn TensorSource,
    ) -> Result<Self> {
        let mut reader = LayerReader::new(tensors, w_dim, config.levels());
        let input = CrepsInput::load(&config, &mut reader)?;
        let blocks = (0..config.blocks.len()).map(|b| CrepsBlock::load(&config, b, &mut reader));
        let blocks = blocks.collect::<Result<_>>()?;
        let c = config.line_channels;
        let decoders =
            (0..config.maps()).map(|map| decoder(&reader, map, c)).collect::<Result<_>>()?;
        let rgb = reader.layer("rgb", c, 3)?.equalised_linear();
        let last = config.levels() - 1;
        let refinements = Box::new([
            Refinement::load(0, [c, 4 * c], last, &mut reader)?,
            Refinement::load(1, [4 * c, 2 * c], last, &mut reader)?,
        ]);
        Ok(Self { shape: reader.code_shape(), config, input, blocks, decoders, rgb, refinements })
    }

    /// Its shape.
    pub fn config(&self) -> &CrepsConfig {
        &self.config
    }

    /// What lines begin as.
    pub fn input(&self) -> &CrepsInput {
        &self.input
    }

    /// Blocks of layers of lines.
    pub fn blocks(&self) -> &[CrepsBlock] {
        &self.blocks
    }

    /// What maps go through, each of four layers with leaky ReLU, c → 2c → 4c → 2c → c: the first
    /// takes the first map, each but the last has the next map added to what it gives.
    pub fn decoders(&self) -> &[[Linear; 4]] {
        &self.decoders
    }

    /// What the last decoder gives to RGB, nominal range `[-1, 1]`.
    pub fn rgb(&self) -> &Linear {
        &self.rgb
    }

    /// What goes on from the last decoder, one after the other; each adds to the colours.
    pub fn refinements(&self) -> &[Refinement; 2] {
        &self.refinements
    }

    pub(crate) fn code_shape(&self) -> CodeShape {
        self.shape.clone()
    }

    pub(super) fn code(&self, styles: &Styles) -> Result<Code> {
        let layers = self.modulated().into_iter().map(|(_, layer)| &layer.modulation);
        modulated::code(
            [&self.input.modulation].into_iter().chain(layers),
            self.config.levels(),
            styles,
        )
    }

    /// All modulated layers with their names, in the order of the codes' tensors.
    fn modulated(&self) -> Vec<(String, &Modulated)> {
        let blocks = self.blocks.iter().enumerate().flat_map(|(b, block)| block.named(b));
        let refinements = self.refinements.iter().enumerate();
        blocks.chain(refinements.flat_map(|(k, refinement)| refinement.named(k))).collect()
    }

    pub(crate) fn matrices(&self) -> Vec<Matrix<'_>> {
        let last = self.config.levels() - 1;
        let modulated = self.modulated().into_iter().map(|(name, layer)| Matrix {
            name,
            level: layer.modulation.level(),
            layer: &layer.layer,
        });
        let decoders = self.decoders.iter().enumerate().flat_map(|(map, layers)| {
            layers.iter().enumerate().map(move |(i, layer)| (decoder_name(map, i), layer))
        });
        let rest = decoders.chain([("rgb".to_owned(), &self.rgb)]);
        modulated.chain(rest.map(|(name, layer)| Matrix { name, level: last, layer })).collect()
    }

    /// The same network with other matrices, in the order of [`matrices`](Self::matrices) and of
    /// their shapes.
    pub(super) fn with_matrices(&self, matrices: Vec<Linear>) -> Self {
        let mut new = self.clone();
        let blocks = new.blocks.iter_mut().flat_map(|b| b.layers.iter_mut().chain(&mut b.lines));
        let refined = new.refinements.iter_mut();
        let refined = refined.flat_map(|r| r.layers.iter_mut().chain([&mut r.rgb]));
        let modulated = blocks.chain(refined).map(|m| &mut m.layer);
        let rest = new.decoders.iter_mut().flatten().chain([&mut new.rgb]);
        modulated.chain(rest).zip(matrices).for_each(|(layer, own)| *layer = own);
        new
    }
}

impl CrepsInput {
    fn load(config: &CrepsConfig, reader: &mut LayerReader<'_>) -> Result<Self> {
        let (channels, rank) = (config.blocks[0], config.rank);
        let frequencies = reader.tensor("input.frequencies", &[channels / 2, rank])?;
        let weight = reader.tensor("input.weight", &[channels, 2 * rank])?;
        let modulation = reader.modulation(0, "input", &[[channels, 2 * rank]])?;
        Ok(Self { frequencies, weight, modulation })
    }
}

impl CrepsBlock {
    /// Its layers with their names, in the order of the codes' tensors.
    fn named(&self, block: usize) -> Vec<(String, &Modulated)> {
        let layers = self.layers.iter().enumerate();
        let layers = layers.map(|(i, layer)| (layer_name(block, i), layer));
        layers.chain(self.lines.iter().map(|lines| (lines_name(block), lines))).collect()
    }

    fn load(config: &CrepsConfig, block: usize, reader: &mut LayerReader<'_>) -> Result<Self> {
        let features = config.blocks[block];
        let Some(before) = block.checked_sub(1).map(|b| config.blocks[b]) else {
            let name = layer_name(0, 0);
            let layer = reader.modulated(1, &name, [features; 2], &[[1, features]])?;
            return Ok(Self { layers: vec![layer], lines: None });
        };
        let level = 2 * block - 1;
        let mut layer = |level, name: String, shape: [usize; 2]| {
            reader.modulated(level, &name, shape, &[[1, shape[0]]])
        };
        Ok(Self {
            layers: vec![
                layer(level, layer_name(block, 0), [before, features])?,
                layer(level + 1, layer_name(block, 1), [features; 2])?,
            ],
            lines: Some(layer(level + 2, lines_name(block), [features, config.line_channels])?),
        })
    }
}

impl Refinement {
    /// Its layers with their names, in the order of the codes' tensors.
    fn named(&self, number: usize) -> Vec<(String, &Modulated)> {
        let layers = self.layers.iter().enumerate();
        let layers = layers.map(|(i, layer)| (refined_name(number, i), layer));
        layers.chain([(refined_rgb_name(number), &self.rgb)]).collect()
    }

    fn load(
        number: usize,
        [inputs, outputs]: [usize; 2],
        level: usize,
        reader: &mut LayerReader<'_>,
    ) -> Result<Self> {
        let mut layer = |name: String, shape: [usize; 2]| {
            reader.modulated(level, &name, shape, &[[1, shape[0]]])
        };
        Ok(Self {
            layers: [
                layer(refined_name(number, 0), [inputs, outputs])?,
                layer(refined_name(number, 1), [outputs; 2])?,
            ],
            rgb: layer(refined_rgb_name(number), [outputs, 3])?,
        })
    }
}

fn decoder(reader: &LayerReader<'_>, map: usize, c: usize) -> Result<[Linear; 4]> {
    let layer = |i: usize, inputs, outputs| {
        Ok(reader.layer(&decoder_name(map, i), inputs, outputs)?.equalised_lrelu(1.0))
    };
    Ok([layer(0, c, 2 * c)?, layer(1, 2 * c, 4 * c)?, layer(2, 4 * c, 2 * c)?, layer(3, 2 * c, c)?])
}

pub(crate) fn layer_name(block: usize, layer: usize) -> String {
    format!("block.{block}.{layer}")
}

pub(crate) fn lines_name(block: usize) -> String {
    format!("block.{block}.lines")
}

pub(crate) fn decoder_name(map: usize, layer: usize) -> String {
    format!("decoder.{map}.{layer}")
}

pub(crate) fn refined_name(number: usize, layer: usize) -> String {
    format!("refine.{number}.{layer}")
}

pub(crate) fn refined_rgb_name(number: usize) -> String {
    format!("refine.{number}.rgb")
}
