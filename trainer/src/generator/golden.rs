//! Networks of other programs with what they made, for tests.

use std::collections::HashMap;
use std::path::Path;

use polyinr::model::{ImportOptions, import};
use tch::{Device, Tensor};

use super::Generator;

/// The reference network `name` as a model file of this project, opened; and the reference's other
/// tensors.
pub(crate) fn reference(name: &str) -> (Generator, HashMap<String, Tensor>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden").join(name);
    let options = ImportOptions {
        name: "reference".into(),
        native_resolution: Some(32),
        ..ImportOptions::default()
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), import(&path, &options).unwrap()).unwrap();
    let tensors = Tensor::read_safetensors(&path).unwrap().into_iter().collect();
    (Generator::open(file.path(), Device::Cpu).unwrap(), tensors)
}

/// Largest difference as a share of the range of `expected`.
pub(crate) fn difference(actual: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(actual.size(), expected.size());
    let range = (expected.max() - expected.min()).double_value(&[]);
    (actual - expected).abs().max().double_value(&[]) / range
}
