//! A generator's shared weights as a graph: affine parameters and positions to colour.

use super::coordinates::{Positions, coordinates, homogeneous, window_coordinates};
use super::graph::{Builder, Dim, Value};
use super::latent::affine_parameters;
use super::proto::Element;
use crate::model::{AffineActivation, Generator, Synthesis};

/// The graph of `synthesis` (Poly-INR, equation 3), as a file. It takes `affine [levels, n, 3]` and
/// what [`coordinates`] takes; it gives `rgb [pixels, 3]`, nominal range `[0, 1]`, not clamped.
pub(super) fn synthesis_graph(
    synthesis: &Synthesis,
    positions: Positions,
    precision: Element,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("synthesis", precision);
    let (affine, x) = given_field(&mut graph, synthesis, positions);
    let rgb = colours(&mut graph, synthesis, &affine, &x);
    graph.output("rgb", &rgb, Element::F32, &[Dim::Named("pixels"), Dim::Fixed(3)]);
    graph.finish("Poly-INR synthesis: affine parameters and positions to colour", metadata)
}

/// The graph of a whole generator, as a file: a latent to a picture. It takes what
/// [`affine_parameters`] does; `size [2]`, the picture's width and height; and `window [4]` (x0, x1,
/// y0, y1), which is `[0, 1]²` when it is not given. It gives `picture [height, width, 3]`, nominal
/// range `[0, 1]`, not clamped, and `affine [levels, n, 3]`.
pub(super) fn generator_graph(generator: &Generator, metadata: &[(&str, &str)]) -> Vec<u8> {
    let mut graph = Builder::new("generator", Element::F32);
    let affine = affine_parameters(&mut graph, generator);
    let size = graph.input("size", Element::I64, &[Dim::Fixed(2)]);
    let window = graph.input_or("window", &[4], &[0.0, 1.0, 0.0, 1.0]);
    let [width, height] = [0, 1].map(|axis| graph.entry(&size, axis));
    let at = window_coordinates(&mut graph, [&width, &height], &window);
    let x = homogeneous(&mut graph, &at);
    let synthesis = generator.synthesis();
    let rgb = colours(&mut graph, synthesis, &affine, &x);
    let [width, height] = [width, height].map(|length| graph.unsqueeze(&length, 0));
    let three = graph.ints(&[1], &[3]);
    let shape = graph.concat(&[&height, &width, &three], 0);
    let picture = graph.op("Reshape", &[&rgb, &shape]);
    let dims = [Dim::Named("height"), Dim::Named("width"), Dim::Fixed(3)];
    graph.output("picture", &picture, Element::F32, &dims);
    let dims = [synthesis.levels.len(), synthesis.rgb.inputs, 3].map(Dim::Fixed);
    graph.output("affine", &affine, Element::F32, &dims);
    graph.finish("Poly-INR generator: latent, class and truncation to a picture", metadata)
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

/// Colours `[pixels, 3]` at `X`.
fn colours(graph: &mut Builder, synthesis: &Synthesis, affine: &Value, x: &Value) -> Value {
    let features = all_features(graph, synthesis, affine, x);
    // From the nominal range [-1, 1] to [0, 1].
    let rgb = graph.linear(features.last().unwrap_or(x), &synthesis.rgb);
    let rgb = graph.in_single(&rgb);
    let [one, half] = [1.0, 0.5].map(|v| graph.float(v));
    let moved = graph.add(&rgb, &one);
    graph.mul(&moved, &half)
}
