//! What a user asks for, in terms of models, fields, views and engines.

mod consistency;
mod copied;
mod extend;
mod generate;
mod heatmap;
mod interpolate;
mod invert;
mod mean;
mod memory;
mod mix;
mod refine;
mod size;
mod space;
mod strength;
mod super_resolve;
mod super_resolve_options;
#[cfg(test)]
mod test_fields;
mod viridis;

pub use consistency::{Consistency, LEAST_REDUCTION, consistency, picture_consistency};
pub use extend::{
    ExtendMethod, ExtendOptions, Extended, ExtendedSide, Margin, Margins, Side, extend,
    extended_view, extended_window,
};
pub use generate::{GenerateOptions, generate, generated_field};
pub use heatmap::{ColourMap, Heatmap, heatmaps};
pub use interpolate::{
    InterpolationPath, interpolate, interpolate_codes, interpolate_latents, interpolate_styles,
};
pub use invert::{Inversion, InvertOptions, InvertStep, Stage, invert};
pub use memory::{
    Extent, extend_memory, gaps_memory, invert_memory, render_memory, shared_memory,
    super_resolve_memory,
};
pub use mix::{mix, mix_codes, mix_styles};
pub use refine::Refine;
pub use size::Size;
pub use space::Space;
pub use super_resolve::{
    render_picture, strength, super_resolve, super_resolve_raster, super_resolve_view,
};
pub use super_resolve_options::SuperResolveOptions;
