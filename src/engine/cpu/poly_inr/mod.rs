//! Poly-INR: tiles of pixels, each taken through all levels while it is in cache.

mod backward;
mod forward;
mod heatmap;
mod packed;
mod passes;
mod slopes;

pub(super) use backward::LinearisedTiles;
pub(super) use forward::PolyInrBands;
pub(crate) use forward::memory;
pub(super) use heatmap::heatmaps;
pub(super) use packed::PackedPolyInr;
