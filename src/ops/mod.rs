//! What a user asks for, in terms of models, fields, views and engines.

mod bleed;
mod consistency;
mod generate;
mod heatmap;
mod invert;
mod refine;
mod super_resolve;
mod viridis;

pub use consistency::{Consistency, LEAST_REDUCTION, consistency, picture_consistency};
pub use generate::{GenerateOptions, generate, generated_field};
pub use heatmap::{ColourMap, Heatmap, heatmaps};
pub use invert::{Inversion, InvertOptions, InvertStep, Stage, invert};
pub use refine::Refine;
pub use super_resolve::{Size, SuperResolveOptions, super_resolve, super_resolve_raster};
