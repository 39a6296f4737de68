//! A network's encoder as a graph: pixels to every pixel's affine parameters.

use crate::engine::onnx::graph::{Builder, Dim, Value, wholes};
use crate::engine::onnx::proto::Element;
use crate::network::local_poly_inr::AffineLayer;
use crate::network::{Conv3x3, Linear, LocalPolyInr};

/// The graph, as a file. It takes `pixels [height, width, 3]`, a part of a picture, and `inside [4]`:
/// first row, first column, last row + 1, last column + 1 of those whose affine parameters are
/// wanted. It gives `cells [wanted, levels * n * 4]`, row by row.
///
/// Convolutions see zeros around the part. That is right at the picture's own edges; elsewhere
/// `inside` has to leave out [`LocalPolyInr::reach`] pixels.
pub(in crate::engine) fn encoder_graph(
    network: &LocalPolyInr,
    precision: Element,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("encoder", precision);
    let dims = [Dim::Named("height"), Dim::Named("width"), Dim::Fixed(3)];
    let pixels = graph.input("pixels", Element::F32, &dims);
    let inside = graph.input("inside", Element::I64, &[Dim::Fixed(4)]);
    let half = graph.float(0.5);
    let centred = graph.sub(&pixels, &half);
    let planes = graph.op_with("Transpose", &[&centred], vec![wholes("perm", &[2, 0, 1])]);
    let batch = graph.unsqueeze(&planes, 0);
    let batch = graph.in_precision(&batch);
    let features = body(&mut graph, network, &batch);
    let affine = match &network.weights().affine {
        AffineLayer::Conv(layer) => conv(&mut graph, &features, layer),
        AffineLayer::Point(layer) => point(&mut graph, &features, layer),
    };
    let affine = graph.in_single(&affine);
    let cells = inner(&mut graph, network, &affine, &inside);
    let dims = [Dim::Named("cells"), Dim::Fixed(network.cell_size())];
    graph.output("cells", &cells, Element::F32, &dims);
    graph.finish("Local Poly-INR encoder: pixels to their affine parameters", metadata)
}

/// Features of all pixels, `[1, channels, height, width]`.
fn body(graph: &mut Builder, network: &LocalPolyInr, picture: &Value) -> Value {
    let head = conv(graph, picture, &network.weights().head);
    let mut y = head.clone();
    for [first, second] in &network.weights().blocks {
        let inner = conv(graph, &y, first);
        let inner = graph.op("Relu", &[&inner]);
        let change = conv(graph, &inner, second);
        y = graph.add(&y, &change);
    }
    let tail = conv(graph, &y, &network.weights().tail);
    graph.add(&tail, &head)
}

fn conv(graph: &mut Builder, value: &Value, conv: &Conv3x3) -> Value {
    let weight = graph.weights(&[conv.outputs, conv.inputs, 3, 3], &conv.weight);
    let bias = graph.weights(&[conv.outputs], &conv.bias);
    let pads = vec![wholes("pads", &[1, 1, 1, 1])];
    graph.op_with("Conv", &[value, &weight, &bias], pads)
}

/// A linear layer of every pixel.
fn point(graph: &mut Builder, value: &Value, layer: &Linear) -> Value {
    let weight = graph.weights(&[layer.outputs, layer.inputs, 1, 1], &layer.weight);
    let bias = graph.weights(&[layer.outputs], &layer.bias);
    graph.op("Conv", &[value, &weight, &bias])
}

/// What lies inside, as rows of cells.
fn inner(graph: &mut Builder, network: &LocalPolyInr, affine: &Value, inside: &Value) -> Value {
    let [starts, ends] = [[0, 1], [2, 3]].map(|ends| {
        let ends = graph.ints(&[2], &ends);
        graph.gather(inside, &ends, 0)
    });
    let axes = graph.ints(&[2], &[2, 3]);
    let part = graph.op("Slice", &[affine, &starts, &ends, &axes]);
    let rows = graph.op_with("Transpose", &[&part], vec![wholes("perm", &[0, 2, 3, 1])]);
    graph.reshape(&rows, &[-1, network.cell_size() as i64])
}
