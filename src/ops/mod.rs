//! What a user asks for, in terms of models, fields, views and engines.

mod bleed;
mod generate;
mod invert;
mod refine;
mod super_resolve;

pub use generate::{GenerateOptions, generate, generated_field};
pub use invert::{Inversion, InvertOptions, InvertStep, Stage, invert};
pub use refine::Refine;
pub use super_resolve::{Size, SuperResolveOptions, super_resolve, super_resolve_raster};
