//! The command line on real files.

#[cfg(unix)]
mod cases;
mod cleaning;
mod consistency;
mod damage;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(feature = "onnx")]
mod engines;
mod extend;
mod fields;
mod generate;
mod heatmap;
#[cfg(unix)]
mod interrupt;
mod invert;
mod models;
mod picture_fields;
mod refine;
mod support;
mod upscale;
mod usage;
