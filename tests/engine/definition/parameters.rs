//! All numbers that make an image, in f64.

use std::ops::Range;

use polyinr::network::{Code, Linear, Modulation, Network};

/// A linear layer in f64.
#[derive(Clone)]
pub struct Layer {
    pub weight: Vec<f64>,
    pub bias: Vec<f64>,
}

impl Layer {
    pub fn new(layer: &Linear) -> Self {
        let wide = |v: &[f32]| v.iter().map(|v| f64::from(*v)).collect();
        Self { weight: wide(&layer.weight), bias: wide(&layer.bias) }
    }

    pub fn apply(&self, x: &[f64]) -> Vec<f64> {
        let rows = self.weight.chunks_exact(x.len()).zip(&self.bias);
        rows.map(|(row, b)| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + b).collect()
    }
}

/// A network's matrices, and an image's code.
#[derive(Clone)]
pub struct Parameters {
    /// In the order of [`Network::matrices`].
    pub matrices: Vec<Layer>,
    /// In the order of [`Code::values`].
    pub code: Vec<f64>,
    /// A code whose every value is its own number.
    numbers: Code,
}

impl Parameters {
    pub fn new(network: &Network, code: &Code) -> Self {
        let matrices = network.matrices().iter().map(|m| Layer::new(m.layer)).collect();
        let code: Vec<f64> = code.values().map(f64::from).collect();
        let numbers: Vec<f32> = (0..code.len()).map(|i| i as f32).collect();
        let numbers = Code::from_values(&network.code_shape(), &numbers).expect("as many values");
        Self { matrices, code, numbers }
    }

    /// What the code says of a layer, tensor by tensor.
    pub fn of(&self, modulation: &Modulation) -> Vec<&[f64]> {
        let own = |range: Range<usize>| &self.code[range];
        let tensors = modulation.of(&self.numbers).iter().map(|tensor| {
            let first = tensor.values()[0] as usize;
            own(first..first + tensor.values().len())
        });
        tensors.collect()
    }

    /// These, moved along a direction of their code.
    pub fn with_code_moved(mut self, direction: &[f32], by: f64) -> Self {
        move_along(&mut self.code, direction, by);
        self
    }

    /// These, moved along a direction of one of the matrices: of its weight, and of its bias.
    pub fn with_matrix_moved(mut self, number: usize, direction: [&[f32]; 2], by: f64) -> Self {
        let Layer { weight, bias } = &mut self.matrices[number];
        move_along(weight, direction[0], by);
        move_along(bias, direction[1], by);
        self
    }
}

fn move_along(values: &mut [f64], direction: &[f32], by: f64) {
    values.iter_mut().zip(direction).for_each(|(v, d)| *v += by * f64::from(*d));
}
