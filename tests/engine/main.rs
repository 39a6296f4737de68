//! The built-in engine against published numbers, definitions, and itself.

mod cleaning;
mod definition;
mod golden;
mod gradient;
mod invariance;
mod local;
#[cfg(feature = "onnx")]
mod onnx;
mod properties;
#[path = "../../benches/random/networks.rs"]
mod random;
mod range;
mod reference;
mod released;
mod shapes;
