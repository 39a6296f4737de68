//! The built-in engine against published numbers, definitions, and itself.

mod definition;
mod golden;
mod gradient;
mod invariance;
#[cfg(feature = "onnx")]
mod onnx;
mod range;
mod reference;
