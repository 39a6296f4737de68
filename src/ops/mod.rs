//! What a user asks for, in terms of models, fields, views and engines.

mod consistency;
mod extend;
mod generate;
mod heatmap;
mod interpolate;
mod invert;
mod memory;
mod mix;
mod path;
mod render;
mod size;
mod space;
mod strength;
mod super_resolve;
#[cfg(test)]
mod test_fields;
mod viridis;

pub use crate::field::Refine;
pub use consistency::{Consistency, LEAST_REDUCTION, consistency, picture_consistency};
pub use extend::{
    ExtendMethod, ExtendOptions, Extended, ExtendedSide, Margin, Margins, Side, extend,
    extended_view, extended_window,
};
pub use generate::GenerateOptions;
pub use heatmap::{ColourMap, Heatmap, heatmaps};
pub use interpolate::{interpolate, interpolate_codes, interpolate_latents, interpolate_styles};
pub use invert::{Inversion, InvertOptions, InvertStep, Stage, invert};
pub use memory::{extend_memory, invert_memory};
pub use mix::{mix, mix_codes, mix_styles};
pub use path::{InterpolationPath, PathFrame};
pub use render::{
    field_memory, generated_memory, picture_memory, render, render_to_vec, shared_memory,
};
pub use size::Size;
pub use space::Space;
pub use strength::strength;
pub use super_resolve::{SuperResolveOptions, super_resolve, super_resolve_raster};
