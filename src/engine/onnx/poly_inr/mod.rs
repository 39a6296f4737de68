//! Graphs of Poly-INR.

mod heads;
mod heat;
mod synthesis;

pub(super) use heat::heat_graph;
pub(super) use synthesis::{derivative_graphs, generator_graph, synthesis_graph};
