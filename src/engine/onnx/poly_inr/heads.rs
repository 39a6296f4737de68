//! The heads as a graph: latents w to affine parameters.

use crate::engine::onnx::graph::{Builder, Value};
use crate::engine::onnx::proto::Element;
use crate::network::poly_inr::{Heads, PolyInr};

/// Affine parameters `[levels, n, 3]` of an image, as
/// [`Network::code`](crate::network::Network::code) computes them from `styles [levels, w_dim]`.
pub(super) fn affine_parameters(graph: &mut Builder, network: &PolyInr, styles: &Value) -> Value {
    let mut chain = graph.doubles(&[3, 2], &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    let levels: Vec<Value> = network
        .heads()
        .iter()
        .enumerate()
        .map(|(number, heads)| {
            let w = graph.entry(styles, number as i64);
            level(graph, heads, &w, &mut chain)
        })
        .collect();
    graph.concat(&levels.iter().collect::<Vec<_>>(), 0)
}

/// Affine parameters of a level, `[1, n, 3]`. Moves `chain [3, 2]` on: the position at this level as
/// a function of the view's, rows x, y, 1.
fn level(graph: &mut Builder, heads: &Heads, w: &Value, chain: &mut Value) -> Value {
    let v = match &heads.style {
        Some(style) => {
            let styled = graph.linear(w, style);
            graph.lrelu(&styled)
        }
        None => w.clone(),
    };
    let head = |graph: &mut Builder, layer| {
        let values = graph.linear(&v, layer);
        graph.cast(&values, Element::F64)
    };
    if let Some((matrix, shift)) = &heads.chain {
        let matrix = head(graph, matrix);
        let matrix = graph.reshape(&matrix, &[2, 2]);
        let shift = head(graph, shift);
        let moved = graph.op("MatMul", &[chain, &matrix]);
        *chain = add_to_constants(graph, &moved, &shift);
    }
    let basis = head(graph, &heads.basis);
    let basis = graph.reshape(&basis, &[2, -1]);
    let offset = head(graph, &heads.offset);
    let terms = graph.op("MatMul", &[chain, &basis]);
    let terms = add_to_constants(graph, &terms, &offset);
    let columns = graph.op("Transpose", &[&terms]);
    let columns = graph.cast(&columns, Element::F32);
    graph.unsqueeze(&columns, 0)
}

/// `rows [3, ..]` with `constants` added to the last of them.
fn add_to_constants(graph: &mut Builder, rows: &Value, constants: &Value) -> Value {
    let last = graph.doubles(&[3, 1], &[0.0, 0.0, 1.0]);
    let added = graph.mul(&last, constants);
    graph.add(rows, &added)
}
