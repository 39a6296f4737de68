//! A generator's shared weights as a graph: affine parameters and positions to colour.

use super::coordinates::{Positions, coordinates, homogeneous};
use super::graph::{Builder, Dim, Value};
use super::proto::Element;
use crate::model::{AffineActivation, Synthesis};

/// The graph of `synthesis` (Poly-INR, equation 3), as a file. It takes `affine [levels, n, 3]` and what [`coordinates`] takes; it gives `rgb [pixels, 3]`, nominal range
/// `[0, 1]`, not clamped.
pub(super) fn synthesis_graph(
    synthesis: &Synthesis,
    positions: Positions,
    precision: Element,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("synthesis", precision);
    let (affine, x) = given_field(&mut graph, synthesis, positions);
    let features = all_features(&mut graph, synthesis, &affine, &x);
    let rgb = colour(&mut graph, synthesis, features.last().unwrap_or(&x));
    graph.output("rgb", &rgb, Element::F32, &[Dim::Named("pixels"), Dim::Fixed(3)]);
    graph.finish("Poly-INR synthesis: affine parameters and positions to colour", metadata)
}

/// The inputs: affine parameters, and `X` of the pixels.
pub(super) fn given_field(
    graph: &mut Builder,
    synthesis: &Synthesis,
    positions: Positions,
) -> (Value, Value) {
    let dims = [synthesis.levels.len(), synthesis.rgb.inputs, 3].map(Dim::Fixed);
    let affine = graph.input("affine", Element::F32, &dims);
    let at = coordinates(graph, positions);
    (affine, homogeneous(graph, &at))
}

/// `h` of every level, `[pixels, n]`.
pub(super) fn all_features(
    graph: &mut Builder,
    synthesis: &Synthesis,
    affine: &Value,
    x: &Value,
) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for (number, level) in synthesis.levels.iter().enumerate() {
        let term = affine_term(graph, affine, number, x);
        let input = match all.last() {
            None => term,
            Some(h) => {
                let term = match synthesis.affine_activation {
                    AffineActivation::None => term,
                    AffineActivation::Lrelu => graph.lrelu(&term),
                };
                graph.mul(h, &term)
            }
        };
        let products = graph.linear(&input, level);
        let active = graph.lrelu(&products);
        all.push(graph.clamp(active, synthesis.clamp));
    }
    all
}

/// `A_j X`, `[pixels, n]`.
fn affine_term(graph: &mut Builder, affine: &Value, level: usize, x: &Value) -> Value {
    let level = graph.entry(affine, level as i64);
    let turned = graph.op("Transpose", &[&level]);
    let term = graph.op("MatMul", &[x, &turned]);
    graph.in_precision(&term)
}

/// Features to RGB, from the nominal range `[-1, 1]` to `[0, 1]`.
fn colour(graph: &mut Builder, synthesis: &Synthesis, features: &Value) -> Value {
    let rgb = graph.linear(features, &synthesis.rgb);
    let rgb = graph.in_single(&rgb);
    let [one, half] = [1.0, 0.5].map(|v| graph.float(v));
    let moved = graph.add(&rgb, &one);
    graph.mul(&moved, &half)
}
