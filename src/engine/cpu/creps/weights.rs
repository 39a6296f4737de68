//! The weights that one image of a CREPS is computed with.

use std::sync::Arc;

use crate::engine::cpu::image_inputs::{ImageInputs, Layer};
use crate::engine::cpu::tape::{Dense, Norm, Tape, Value};
use crate::network::creps::Creps;
use crate::network::{Code, Modulated};

/// What lines are made with.
#[derive(Clone, Debug)]
pub(super) struct LineWeights {
    /// Lines a row, and a column.
    pub(super) rank: usize,
    /// `[C / 2, R]`.
    pub(super) frequencies: Arc<Dense>,
    /// `[C, 2 R]`.
    pub(super) input: Value,
    pub(super) blocks: Vec<BlockWeights>,
}

/// Layers of a block, and what it adds to the channels of lines.
#[derive(Clone, Debug)]
pub(super) struct BlockWeights {
    pub(super) layers: Vec<Layer>,
    pub(super) lines: Option<Layer>,
}

/// What composed maps are fused with.
#[derive(Clone, Debug)]
pub(super) struct FusionWeights {
    pub(super) decoders: Vec<[Layer; 4]>,
    pub(super) rgb: Layer,
    /// Two layers, and what they add to the colours.
    pub(super) refinements: Vec<([Layer; 2], Layer)>,
}

/// All of them.
#[derive(Clone, Debug)]
pub(crate) struct CrepsWeights {
    pub(super) lines: LineWeights,
    pub(super) fusion: FusionWeights,
}

impl CrepsWeights {
    /// Those of the image that `inputs`, of `network`, make.
    pub(super) fn new(tape: &mut Tape, network: &Creps, inputs: &ImageInputs) -> Self {
        // In the order of the network's matrices.
        let mut shared = inputs.layers();
        let mut next = || shared.next().cloned().expect("a matrix for every layer");
        let mut modulated = |own: &Modulated, norm: Option<Norm>| {
            let [w, b] = next();
            let s = &inputs.modulation(&own.modulation)[0];
            let w = match norm {
                Some(norm) => {
                    let w = tape.modulated(&w, s, 1.0);
                    tape.normalised(&w, norm)
                }
                None => tape.modulated(&w, s, 1.0 / (own.layer.inputs as f32).sqrt()),
            };
            [w, b]
        };
        let normed = Some(Norm::OfSum);
        let mut blocks = Vec::new();
        for block in network.blocks() {
            let layers = block.layers.iter().map(|layer| modulated(layer, normed)).collect();
            let lines = block.lines.as_ref().map(|lines| modulated(lines, None));
            blocks.push(BlockWeights { layers, lines });
        }
        let mut refinements = Vec::new();
        for refinement in network.refinements() {
            let layers = refinement.layers.each_ref().map(|layer| modulated(layer, normed));
            refinements.push((layers, modulated(&refinement.rgb, None)));
        }
        let decoders = network.decoders().iter().map(|_| [(); 4].map(|()| next())).collect();
        let fusion = FusionWeights { decoders, rgb: next(), refinements };
        Self { lines: LineWeights::new(tape, network, inputs, blocks), fusion }
    }

    /// Those of the image that `code` makes, to be looked at only.
    pub(crate) fn of(network: &Creps, code: &Code) -> Self {
        let mut tape = Tape::forgetting();
        let inputs = ImageInputs::new(&mut tape, &network.matrices(), code, false);
        Self::new(&mut tape, network, &inputs)
    }
}

impl LineWeights {
    fn new(
        tape: &mut Tape,
        network: &Creps,
        inputs: &ImageInputs,
        blocks: Vec<BlockWeights>,
    ) -> Self {
        let (own, rank) = (network.input(), network.config().rank);
        let weight = Value::constant(Dense::new(2 * rank, own.weight.clone()));
        let scale = 1.0 / (network.config().blocks[0] as f32).sqrt();
        let input = tape.multiplied(&weight, &inputs.modulation(&own.modulation)[0], scale);
        let frequencies = Arc::new(Dense::new(rank, own.frequencies.clone()));
        Self { rank, frequencies, input, blocks }
    }

    /// All values, in a fixed order.
    pub(super) fn values(&self) -> Vec<&Value> {
        let mut all = vec![&self.input];
        for block in &self.blocks {
            all.extend(block.layers.iter().flatten().chain(block.lines.iter().flatten()));
        }
        all
    }

    /// The same, as inputs of another tape.
    pub(super) fn on(&self, tape: &mut Tape) -> Self {
        let mut own = self.clone();
        renew(tape, &mut own.input);
        for block in &mut own.blocks {
            let layers = block.layers.iter_mut().flatten();
            layers.chain(block.lines.iter_mut().flatten()).for_each(|value| renew(tape, value));
        }
        own
    }
}

impl FusionWeights {
    /// All values, in a fixed order.
    pub(super) fn values(&self) -> Vec<&Value> {
        let mut all: Vec<&Value> = self.decoders.iter().flatten().flatten().collect();
        all.extend(&self.rgb);
        for (layers, rgb) in &self.refinements {
            all.extend(layers.iter().flatten().chain(rgb));
        }
        all
    }

    /// The same, as inputs of another tape.
    pub(super) fn on(&self, tape: &mut Tape) -> Self {
        let mut own = self.clone();
        let decoders = own.decoders.iter_mut().flatten().flatten();
        decoders.chain(&mut own.rgb).for_each(|value| renew(tape, value));
        for (layers, rgb) in &mut own.refinements {
            layers.iter_mut().flatten().chain(rgb).for_each(|value| renew(tape, value));
        }
        own
    }
}

fn renew(tape: &mut Tape, value: &mut Value) {
    *value = tape.input(value.dense().clone());
}
