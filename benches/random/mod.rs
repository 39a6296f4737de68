//! Generators with random weights.

use std::sync::Arc;

use polyinr::GeneratedField;
use polyinr::model::{ModelId, latent};
use polyinr::network::{Code, Linear, Network, PolyInr, PolyInrConfig};

/// Levels of the generators.
pub const LEVELS: usize = 10;

/// Weights that keep features at unit scale.
fn linear(inputs: usize, outputs: usize, seed: u32) -> Linear {
    let scale = (2.0 / inputs as f32).sqrt();
    let weight = latent(seed, inputs * outputs).into_iter().map(|w| w * scale).collect();
    Linear { inputs, outputs, weight, bias: vec![0.0; outputs] }
}

/// A field of `n` features.
pub fn field(n: usize) -> GeneratedField {
    let levels = (0..LEVELS).map(|j| linear(n, n, j as u32)).collect();
    let network = PolyInr::new(PolyInrConfig::new(LEVELS, n), levels, linear(n, 3, 99));
    let network = Network::PolyInr(network.expect("layers that fit"));
    let code = Code::from_values(&network.code_shape(), &latent(7, LEVELS * n * 3));
    let model = ModelId { name: "random".into(), id: String::new() };
    GeneratedField::from_parts(model, Arc::new(network), code.expect("finite numbers"))
        .expect("parts that fit")
}

/// Products of the levels for `pixels`, in operations.
pub fn operations(n: usize, pixels: usize) -> usize {
    2 * n * n * (LEVELS - 1) * pixels
}
