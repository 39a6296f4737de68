//! INR-GAN: blocks at growing resolutions, the first shared by the pixels of a cell.

mod bands;
mod forward;
mod heatmap;
mod image;
mod linearised;
mod weights;

pub(super) use bands::InrGanBands;
pub(crate) use bands::memory;
pub(super) use heatmap::heatmaps;
pub(super) use linearised::LinearisedInrGan;
