//! Graphs of CREPS and INR-GAN against published numbers and their definitions.

mod bfloat16;
mod cache;
mod definition;
mod derivatives;
mod pictures;

use std::sync::Arc;

use crate::engine::{EngineOptions, OnnxEngine, Precision};
use crate::model::{Generator, ImportOptions, Model, import};

/// An engine on the processor; none, after saying so, where ONNX Runtime is not there.
fn engine(precision: Precision) -> Option<OnnxEngine> {
    let options = EngineOptions { threads: Some(2), precision, ..EngineOptions::default() };
    match OnnxEngine::new(false, &options) {
        Ok(engine) => Some(engine),
        Err(problem) => {
            assert!(std::env::var_os("CI").is_none(), "{problem}");
            eprintln!("skipped: {problem}");
            None
        }
    }
}

/// The path of reference vectors.
fn path(name: &str) -> String {
    format!("{}/tests/golden/{name}.safetensors", env!("CARGO_MANIFEST_DIR"))
}

/// The generator that reference vectors are of.
fn generator(name: &str) -> Arc<Generator> {
    let options = ImportOptions { name: name.to_owned(), ..ImportOptions::default() };
    let bytes = import(path(name), &options).unwrap();
    Model::from_bytes(name, &bytes).unwrap().generator().unwrap()
}

/// A tensor of reference vectors, whose first dimension counts latents, by latent.
fn vectors(name: &str, tensor: &str) -> Vec<Vec<f32>> {
    let bytes = std::fs::read(path(name)).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let tensor = tensors.tensor(tensor).unwrap();
    let quad = |b: &[u8]| f32::from_le_bytes(b.try_into().unwrap());
    let values: Vec<f32> = tensor.data().chunks_exact(4).map(quad).collect();
    values.chunks_exact(values.len() / tensor.shape()[0]).map(<[f32]>::to_vec).collect()
}

/// Largest difference, as a part of the range of `expected`.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let ends = |f: fn(f32, f32) -> f32, from| expected.iter().copied().fold(from, f);
    let range = ends(f32::max, f32::MIN) - ends(f32::min, f32::MAX);
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, |most: f32, d| if d <= most { most } else { d }) / range
}
