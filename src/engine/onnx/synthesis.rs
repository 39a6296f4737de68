//! A generator's shared weights as a graph: affine parameters and positions to colour.

use super::coordinates::{Positions, coordinates, homogeneous};
use super::graph::{Builder, Dim, Value};
use super::proto::Element;
use crate::model::{AffineActivation, Synthesis};

/// The graph of `synthesis` (Poly-INR, equation 3), as a file. It takes `affine [levels, n, 3]`, in
/// single precision, and what [`coordinates`] takes; it gives `rgb [pixels, 3]`, nominal range
/// `[0, 1]`, not clamped.
pub(super) fn synthesis_graph(
    synthesis: &Synthesis,
    positions: Positions,
    precision: Element,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("synthesis", precision);
    let n = synthesis.rgb.inputs;
    let dims = [synthesis.levels.len(), n, 3].map(Dim::Fixed);
    let affine = graph.input("affine", Element::F32, &dims);
    let affine = graph.to_precision(&affine);
    let at = coordinates(&mut graph, positions);
    let x = homogeneous(&mut graph, &at);
    let features = features(&mut graph, synthesis, &affine, &x);
    let rgb = colour(&mut graph, synthesis, &features);
    graph.output("rgb", &rgb, Element::F32, &[Dim::Named("pixels"), Dim::Fixed(3)]);
    graph.finish("Poly-INR synthesis: affine parameters and positions to colour", metadata)
}

/// `h` of the last level, `[pixels, n]`.
fn features(graph: &mut Builder, synthesis: &Synthesis, affine: &Value, x: &Value) -> Value {
    let mut h: Option<Value> = None;
    for (number, level) in synthesis.levels.iter().enumerate() {
        let term = affine_term(graph, affine, number, x);
        let input = match h {
            None => term,
            Some(h) => {
                let term = match synthesis.affine_activation {
                    AffineActivation::None => term,
                    AffineActivation::Lrelu => graph.lrelu(&term),
                };
                graph.mul(&h, &term)
            }
        };
        let products = graph.linear(&input, level);
        let active = graph.lrelu(&products);
        h = Some(graph.clamp(active, synthesis.clamp));
    }
    h.unwrap_or_else(|| x.clone())
}

/// `A_j X`, `[pixels, n]`.
fn affine_term(graph: &mut Builder, affine: &Value, level: usize, x: &Value) -> Value {
    let level = graph.entry(affine, level as i64);
    let turned = graph.op("Transpose", &[&level]);
    graph.op("MatMul", &[x, &turned])
}

/// Features to RGB, from the nominal range `[-1, 1]` to `[0, 1]`.
fn colour(graph: &mut Builder, synthesis: &Synthesis, features: &Value) -> Value {
    let rgb = graph.linear(features, &synthesis.rgb);
    let rgb = graph.cast(&rgb, Element::F32);
    let [one, half] = [1.0, 0.5].map(|v| graph.single(v));
    let moved = graph.add(&rgb, &one);
    graph.mul(&moved, &half)
}
