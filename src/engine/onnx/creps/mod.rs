//! Graphs of CREPS: lines of rows and columns, and what pixels are composed of them.
//!
//! Lines are computed by a graph of their own, so that all pixels of a row or column share theirs.

mod band;
mod graphs;
mod lines;
mod pixels;

pub(super) use band::Band;
pub(super) use graphs::{
    derivative_graphs, generator_graph, heat_graph, line_derivative_graphs, lines_graph,
    pixel_graph,
};
pub(super) use lines::fixed_tensors;

/// What graphs call the lines of a map.
fn lines_name(map: usize) -> String {
    format!("lines.{map}")
}
