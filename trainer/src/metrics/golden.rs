//! Golden numbers for tests: files of `trainer/golden`, made by the scripts beside them.

use std::collections::HashMap;
use std::path::PathBuf;

use tch::{Kind, Tensor};

/// Where a golden file is.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(name)
}

/// The tensors of a golden file.
pub fn read(name: &str) -> HashMap<String, Tensor> {
    Tensor::read_safetensors(path(name)).unwrap().into_iter().collect()
}

/// The numbers of `metrics.py`.
pub fn metrics() -> HashMap<String, Tensor> {
    read("metrics.safetensors")
}

/// Panics where a number differs from the expected one by more than `tolerance`, relative to the
/// largest expected.
pub fn assert_close(actual: &Tensor, expected: &Tensor, tolerance: f64) {
    assert_eq!(actual.size(), expected.size());
    let (actual, expected) = (actual.to_kind(Kind::Double), expected.to_kind(Kind::Double));
    let error = (&actual - &expected).abs().max() / expected.abs().max().clamp_min(1e-30);
    let error = error.double_value(&[]);
    assert!(error <= tolerance, "relative error {error}");
}
