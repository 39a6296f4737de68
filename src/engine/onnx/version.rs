//! Versions of ONNX Runtime.

/// First minor version of ONNX Runtime 1 that will do.
pub(super) const LEAST_MINOR: u32 = ort::MINOR_VERSION;

/// Whether a version is recent enough.
pub(super) fn is_recent(version: &str) -> bool {
    let mut numbers = version.split('.').map(|n| n.parse::<u32>().unwrap_or(0));
    let minor = numbers.next().zip(numbers.next());
    minor.is_some_and(|(major, minor)| major == 1 && minor >= LEAST_MINOR)
}
