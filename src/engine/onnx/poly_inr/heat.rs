//! Heat-maps of a generator's levels: features are computed twice, first for their means.

use super::synthesis::{Layers, all_features, given_field};
use crate::engine::onnx::coordinates::Positions;
use crate::engine::onnx::graph::{Builder, Dim};
use crate::engine::onnx::heat::heat_outputs;
use crate::engine::onnx::proto::Element;
use crate::network::PolyInr;

/// The graph of heat-maps, as a file. It takes what
/// [`synthesis_graph`](super::synthesis::synthesis_graph) does and `means [levels, n]`; it gives
/// `sums [levels, n]`, every feature's sum over the pixels, and `maps [levels, pixels]`, features
/// weighted by the means.
pub(crate) fn heat_graph(network: &PolyInr, positions: Positions) -> Vec<u8> {
    let mut graph = Builder::new("heat-maps", Element::F32);
    let (levels, n) = (network.config().levels, network.config().features);
    let (affine, x) = given_field(&mut graph, network.config(), positions);
    let means = graph.input("means", Element::F32, &[levels, n].map(Dim::Fixed));
    let features =
        all_features(&mut graph, network.config(), &Layers::Constant(network), &affine, &x);
    heat_outputs(&mut graph, &features, &means, n);
    graph.finish("Heat-maps of Poly-INR levels", &[])
}
