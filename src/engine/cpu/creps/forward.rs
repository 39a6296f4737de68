//! The arithmetic, on a tape.

use std::f32::consts::{SQRT_2, TAU};
use std::sync::Arc;

use crate::engine::cpu::tape::{Activation, Dense, Norm, Pairs, Tape, Value};
use crate::network::creps::{CLAMP, Creps, LinePairs};
use crate::network::{Code, Linear, Modulated};

/// Of layers between features.
const ACTIVE: Activation = Activation::LRELU.times(SQRT_2).within(CLAMP);
/// Of layers to the channels of lines, and to colours.
const BARE: Activation = Activation::NONE.within(CLAMP);

/// A layer's weight and bias, as an image uses them.
type Layer = [Value; 2];

/// Whose lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    /// Of rows: a function of y.
    Rows,
    /// Of columns: a function of x.
    Columns,
}

/// The weights that an image is computed with.
#[derive(Debug)]
pub(super) struct CrepsWeights {
    rank: usize,
    /// `[C, 2 R]`.
    frequencies: Arc<Dense>,
    input: Value,
    blocks: Vec<(Vec<Layer>, Option<Layer>)>,
    decoders: Vec<[Layer; 4]>,
    rgb: Layer,
    refinements: Vec<([Layer; 2], Layer)>,
}

/// What weights are made of: the layers that images share, and one image's code.
pub(super) struct CrepsInputs {
    /// As `Network::matrices` has them.
    pub(super) matrices: Vec<Layer>,
    /// Tensors of the code, level by level.
    pub(super) code: Vec<Vec<Value>>,
}

impl CrepsInputs {
    /// On a tape; matrices are constants unless derivatives by them are wanted.
    pub(super) fn new(tape: &mut Tape, network: &Creps, code: &Code, weights: bool) -> Self {
        let mut layer = |layer: &Linear| {
            [(layer.inputs, &layer.weight), (layer.outputs, &layer.bias)].map(|(columns, values)| {
                let dense = Dense::new(columns, values.clone());
                if weights { tape.input(dense) } else { Value::constant(dense) }
            })
        };
        let matrices = network.matrices().iter().map(|matrix| layer(matrix.layer)).collect();
        let tensor = |tensor: &crate::network::Tensor| {
            let columns = tensor.shape().last().copied().unwrap_or(1);
            tape.input(Dense::new(columns, tensor.values().to_vec()))
        };
        let mut tensor = tensor;
        let code = (0..code.levels())
            .map(|level| code.level(level).iter().map(&mut tensor).collect())
            .collect();
        Self { matrices, code }
    }
}

impl CrepsWeights {
    /// Those of the image that the code in `inputs` makes.
    pub(super) fn new(tape: &mut Tape, network: &Creps, inputs: &CrepsInputs) -> Self {
        let mut matrices = inputs.matrices.iter();
        let mut next = || matrices.next().cloned().expect("a matrix for every layer");
        let mut modulated = |tape: &mut Tape, own: &Modulated, norm: Option<Norm>| {
            let [w, b] = next();
            let s = &inputs.code[own.modulation.level()][own.modulation.numbers().start];
            let scale = match norm {
                Some(_) => 1.0,
                None => 1.0 / (own.layer.inputs as f32).sqrt(),
            };
            let w = tape.modulated(&w, s, scale);
            [norm.map_or(w.clone(), |norm| tape.normalised(&w, norm)), b]
        };
        let normed = Some(Norm::OfSum);
        let blocks = network.blocks().iter().map(|block| {
            let layers = block.layers.iter().map(|l| modulated(tape, l, normed)).collect();
            (layers, block.lines.as_ref().map(|l| modulated(tape, l, None)))
        });
        let blocks = blocks.collect();
        let refinements = network.refinements().iter().map(|refinement| {
            let [a, b] = &refinement.layers;
            let layers = [modulated(tape, a, normed), modulated(tape, b, normed)];
            (layers, modulated(tape, &refinement.rgb, None))
        });
        let refinements = refinements.collect();
        let decoders = network.decoders().iter().map(|d| [(); 4].map(|()| next()));
        let decoders = decoders.collect();
        let rgb = next();
        let own = network.input();
        let (channels, rank) = (network.config().blocks[0], network.config().rank);
        let weight = Value::constant(Dense::new(2 * rank, own.weight.clone()));
        let code = &inputs.code[own.modulation.level()][own.modulation.numbers().start];
        let input = tape.multiplied(&weight, code, 1.0 / (channels as f32).sqrt());
        let frequencies = Arc::new(Dense::new(rank, own.frequencies.clone()));
        Self { rank, frequencies, input, blocks, decoders, rgb, refinements }
    }
}
