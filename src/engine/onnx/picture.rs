//! What graphs of all networks end with.

use super::graph::{Builder, Dim, Value};
use super::proto::Element;

/// Colours of the nominal range `[-1, 1]` in the nominal range `[0, 1]`.
pub(super) fn nominal(graph: &mut Builder, rgb: &Value) -> Value {
    let [one, half] = [1.0, 0.5].map(|v| graph.float(v));
    let moved = graph.add(rgb, &one);
    graph.mul(&moved, &half)
}

/// Hands out `rgb [pixels, 3]`.
pub(super) fn output_colours(graph: &mut Builder, rgb: &Value) {
    graph.output("rgb", rgb, Element::F32, &[Dim::Named("pixels"), Dim::Fixed(3)]);
}

/// Hands out `picture [height, width, 3]` of its colours `[pixels, 3]`.
pub(super) fn picture(graph: &mut Builder, rgb: &Value, [width, height]: [&Value; 2]) {
    let [width, height] = [width, height].map(|length| graph.unsqueeze(length, 0));
    let three = graph.ints(&[1], &[3]);
    let shape = graph.concat(&[&height, &width, &three], 0);
    let picture = graph.op("Reshape", &[rgb, &shape]);
    let dims = [Dim::Named("height"), Dim::Named("width"), Dim::Fixed(3)];
    graph.output("picture", &picture, Element::F32, &dims);
}
