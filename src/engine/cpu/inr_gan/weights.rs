//! The weights that one image of an INR-GAN is computed with.

use crate::engine::cpu::image_inputs::{ImageInputs, Layer};
use crate::engine::cpu::tape::{Norm, Tape, Value};
use crate::network::Modulated;
use crate::network::inr_gan::InrGan;

/// Weights of all blocks.
#[derive(Clone, Debug)]
pub(super) struct InrGanWeights {
    pub(super) blocks: Vec<BlockWeights>,
}

/// Weights of a block.
#[derive(Clone, Debug)]
pub(super) struct BlockWeights {
    pub(super) layers: Vec<Layer>,
    pub(super) rgb: Layer,
    /// What inputs of layers are divided by: their deviations over the native picture, `[1, inputs]`.
    pub(super) deviations: Vec<Option<Value>>,
}

impl InrGanWeights {
    /// Those of the image that `inputs`, of `network`, make; without deviations, which a whole picture
    /// tells.
    pub(super) fn new(tape: &mut Tape, network: &InrGan, inputs: &ImageInputs) -> Self {
        // In the order of the network's matrices.
        let mut shared = inputs.layers();
        let mut next = || shared.next().cloned().expect("a matrix for every layer");
        let scale = 1.0 / (network.config().rank as f32).sqrt();
        let mut blocks = Vec::new();
        for block in network.blocks() {
            let mut layers = Vec::new();
            for Modulated { modulation, .. } in &block.layers {
                let ([w, b], factors) = (next(), inputs.modulation(modulation));
                let w = tape.factored(&w, [&factors[0], &factors[1]], scale);
                layers.push([tape.normalised(&w, Norm::OfLength), b]);
            }
            let ([w, b], Modulated { layer, modulation }) = (next(), &block.rgb);
            let s = &inputs.modulation(modulation)[0];
            let rgb = [tape.modulated(&w, s, 1.0 / (layer.inputs as f32).sqrt()), b];
            blocks.push(BlockWeights { deviations: vec![None; layers.len()], layers, rgb });
        }
        Self { blocks }
    }

    /// All values, in a fixed order.
    pub(super) fn values(&self) -> Vec<&Value> {
        let mut all = Vec::new();
        for BlockWeights { layers, rgb, deviations } in &self.blocks {
            all.extend(layers.iter().flatten().chain(rgb).chain(deviations.iter().flatten()));
        }
        all
    }

    /// The same, as inputs of another tape.
    pub(super) fn on(&self, tape: &mut Tape) -> Self {
        let mut own = self.clone();
        for BlockWeights { layers, rgb, deviations } in &mut own.blocks {
            let layers = layers.iter_mut().flatten().chain(rgb);
            for value in layers.chain(deviations.iter_mut().flatten()) {
                *value = tape.input(value.dense().clone());
            }
        }
        own
    }
}
