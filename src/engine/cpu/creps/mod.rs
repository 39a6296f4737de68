//! CREPS: lines of rows and columns, composed and fused at every pixel.

mod bands;
mod fusion;
mod heatmap;
mod linearised;
mod lines;
mod view_lines;
mod weights;

pub(super) use bands::CrepsBands;
pub(crate) use bands::memory;
pub(super) use heatmap::heatmaps;
pub(super) use linearised::LinearisedCreps;
pub(super) use weights::CrepsWeights;
