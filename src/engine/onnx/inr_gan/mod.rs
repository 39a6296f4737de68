//! Graphs of INR-GAN: blocks at the places of growing resolutions.
//!
//! Where inputs of layers are divided by their deviation over the picture, those are computed by a graph
//! of their own at the places of the native picture.

mod blocks;
mod graphs;
mod inputs;
mod places;
mod window;

pub(super) use blocks::fixed_tensors;
pub(super) use graphs::{
    derivative_graphs, generator_graph, heat_graph, most_features, pixel_graph,
    statistics_derivative_graphs, statistics_graph,
};
pub(super) use inputs::{put_places, statistics_run, statistics_shapes};

/// What graphs call the deviations of the inputs of a layer.
fn deviation_name(block: usize, layer: usize) -> String {
    format!("deviation.{block}.{layer}")
}
