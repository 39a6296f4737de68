//! What an image's weights are made of, on a tape: the layers that images share, and its code.

use super::tape::{Dense, Tape, Value};
use crate::engine::Derivative;
use crate::network::{Code, Linear, Matrix, Modulation, Tensor};

/// A layer's weight and bias.
pub(super) type Layer = [Value; 2];

/// Matrices and code.
#[derive(Debug)]
pub(super) struct ImageInputs {
    /// As `Network::matrices` has them.
    matrices: Vec<Layer>,
    /// Tensors of the code, level by level.
    code: Vec<Vec<Value>>,
}

impl ImageInputs {
    /// On a tape; derivatives by matrices are possible only with `weights`.
    pub(super) fn new(
        tape: &mut Tape,
        matrices: &[Matrix<'_>],
        code: &Code,
        weights: bool,
    ) -> Self {
        let mut layer = |Linear { inputs, outputs, weight, bias }: &Linear| {
            [(*inputs, weight), (*outputs, bias)].map(|(columns, values)| {
                let dense = Dense::new(columns, values.clone());
                if weights { tape.input(dense) } else { Value::constant(dense) }
            })
        };
        let matrices = matrices.iter().map(|matrix| layer(matrix.layer)).collect();
        let mut tensor = |tensor: &Tensor| {
            let columns = tensor.shape().last().copied().unwrap_or(1);
            tape.input(Dense::new(columns, tensor.values().to_vec()))
        };
        let levels = (0..code.levels()).map(|level| code.level(level));
        let code = levels.map(|level| level.iter().map(&mut tensor).collect()).collect();
        Self { matrices, code }
    }

    /// The layers that images share, in their order.
    pub(super) fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.matrices.iter()
    }

    /// What the code says of a layer.
    pub(super) fn modulation(&self, of: &Modulation) -> &[Value] {
        &self.code[of.level()][of.numbers()]
    }

    /// Derivatives of a loss by code and matrices, from those by what was made of them.
    pub(super) fn derivative(
        &self,
        tape: &Tape,
        seeds: Vec<(&Value, Dense)>,
        matrices: &[Matrix<'_>],
        weights: bool,
    ) -> Derivative {
        let code: Vec<&Value> = self.code.iter().flatten().collect();
        let layers = self.matrices.iter().flatten().filter(|_| weights);
        let wanted: Vec<&Value> = code.iter().copied().chain(layers).collect();
        let mut slopes = tape.slopes(seeds, &wanted).into_iter().map(Dense::into_values);
        let by_code = slopes.by_ref().take(code.len()).flatten().collect();
        let mut layer = |matrix: &Matrix<'_>| {
            let mut next = || slopes.next().unwrap_or_default();
            let Linear { inputs, outputs, .. } = *matrix.layer;
            Linear { inputs, outputs, weight: next(), bias: next() }
        };
        let by_weights = weights.then(|| matrices.iter().map(&mut layer).collect());
        Derivative { code: by_code, weights: by_weights }
    }
}
