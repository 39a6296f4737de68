//! Heat-maps of a generator's levels: features are computed twice, first for their means.

use super::synthesis::{Layers, all_features, given_field};
use crate::engine::onnx::coordinates::Positions;
use crate::engine::onnx::graph::{Builder, Dim, Value, whole};
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
    let (mut sums, mut maps) = (Vec::new(), Vec::new());
    for (number, h) in features.iter().enumerate() {
        let axes = graph.ints(&[1], &[0]);
        sums.push(graph.op_with("ReduceSum", &[h, &axes], vec![whole("keepdims", 1)]));
        let mean = graph.entry(&means, number as i64);
        let map = graph.op("MatMul", &[h, &mean]);
        maps.push(graph.unsqueeze(&map, 0));
    }
    let [sums, maps] = [sums, maps].map(|parts| {
        let parts: Vec<&Value> = parts.iter().collect();
        graph.concat(&parts, 0)
    });
    graph.output("sums", &sums, Element::F32, &[levels, n].map(Dim::Fixed));
    graph.output("maps", &maps, Element::F32, &[Dim::Fixed(levels), Dim::Named("pixels")]);
    graph.finish("Heat-maps of Poly-INR levels", &[])
}
