//! The subcommands, a file or folder each.

pub mod completions;
pub mod consistency;
pub mod doctor;
#[cfg(feature = "onnx")]
pub mod export;
pub mod extend;
pub mod generate;
pub mod heatmap;
pub mod import;
pub mod inspect;
pub mod interpolate;
pub mod invert;
pub mod measure;
pub mod mix;
pub mod render;
pub mod restore;
#[cfg(feature = "onnx")]
pub mod runtime;
pub mod upscale;
#[cfg(feature = "onnx")]
mod wheels;
