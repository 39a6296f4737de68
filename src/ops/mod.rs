//! What a user asks for, in terms of models, fields, views and engines.

mod bleed;
mod generate;
mod interpolate;
mod mix;
mod space;
mod super_resolve;
#[cfg(test)]
mod test_fields;

pub use generate::{GenerateOptions, generate, generated_field};
pub use interpolate::{
    InterpolationPath, interpolate, interpolate_affine, interpolate_latents, interpolate_styles,
};
pub use mix::{mix, mix_affine, mix_styles};
pub use space::Space;
pub use super_resolve::{Size, super_resolve, super_resolve_raster};
