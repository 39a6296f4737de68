//! What pixels are composed of lines, and how maps become colours.

use crate::engine::onnx::graph::{Builder, Value};
use crate::engine::onnx::layers::{Codes, Shared};
use crate::engine::onnx::picture::nominal;
use crate::network::creps::{CLAMP, decoder_name, refined_name, refined_rgb_name};
use crate::network::{Creps, Linear};

/// What pixels come to.
pub(super) struct Fused {
    /// Each map that lines are composed to, then each that a decoder gives, with the next added.
    pub(super) maps: Vec<Value>,
    /// `[pixels, 3]`.
    pub(super) rgb: Value,
}

/// Pixels of `lines [lines, R c]` of every map, by the numbers of their rows and columns among them.
pub(super) fn fused(
    graph: &mut Builder,
    network: &Creps,
    shared: &mut Shared,
    codes: &mut Codes,
    lines: &[Value],
    pairs: &[Value; 2],
) -> Fused {
    let composed = lines.iter().map(|lines| composed(graph, network, lines, pairs));
    let composed: Vec<Value> = composed.collect();
    let mut maps = composed.clone();
    let mut map = composed[0].clone();
    for (number, decoder) in network.decoders().iter().enumerate() {
        let given = decoded(graph, shared, number, decoder, &map);
        map = match composed.get(number + 1) {
            Some(next) => graph.add(&given, next),
            None => given,
        };
        maps.push(map.clone());
    }
    let rgb = shared.linear(graph, "rgb", network.rgb(), &map);
    let rgb = graph.in_single(&rgb);
    let rgb = refined(graph, network, shared, codes, map, rgb);
    Fused { maps, rgb: nominal(graph, &rgb) }
}

/// A map `[pixels, c]`: the sum over R of the products of a row's and a column's lines.
fn composed(graph: &mut Builder, network: &Creps, lines: &Value, pairs: &[Value; 2]) -> Value {
    let (rank, channels) = (network.config().rank as i64, network.config().line_channels as i64);
    let [row, column] = pairs.each_ref().map(|numbers| graph.gather(lines, numbers, 0));
    let products = graph.mul(&row, &column);
    let products = graph.reshape(&products, &[-1, rank, channels]);
    let map = graph.sum(&products, 1, false);
    graph.in_precision(&map)
}

fn decoded(
    graph: &mut Builder,
    shared: &mut Shared,
    number: usize,
    decoder: &[Linear; 4],
    map: &Value,
) -> Value {
    decoder.iter().enumerate().fold(map.clone(), |x, (i, layer)| {
        let products = shared.linear(graph, &decoder_name(number, i), layer, &x);
        graph.lrelu(&products)
    })
}

/// `rgb` with what the refinements add, which begin at the last map.
fn refined(
    graph: &mut Builder,
    network: &Creps,
    shared: &mut Shared,
    codes: &mut Codes,
    map: Value,
    mut rgb: Value,
) -> Value {
    let mut x = map;
    for (number, refinement) in network.refinements().iter().enumerate() {
        for (i, layer) in refinement.layers.iter().enumerate() {
            let code = codes.of(graph, &layer.modulation);
            let values = shared.layer(graph, &refined_name(number, i), &layer.layer);
            let values = values.with_columns(graph, &code[0]).with_even_rows(graph);
            x = values.activate(graph, &x, CLAMP);
        }
        let code = codes.of(graph, &refinement.rgb.modulation);
        let values = shared.layer(graph, &refined_rgb_name(number), &refinement.rgb.layer);
        let added = values.with_scaled_columns(graph, &code[0]).apply(graph, &x);
        let added = graph.clamp(added, Some(CLAMP));
        let added = graph.in_single(&added);
        rgb = graph.add(&rgb, &added);
    }
    rgb
}
