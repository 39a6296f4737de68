//! A generator's mapping network and heads as a graph: a latent z to affine parameters.

use super::graph::{Builder, Dim, Value, whole};
use super::proto::Element;
use crate::model::{Generator, Heads};

/// Affine parameters `[levels, n, 3]` of an image, as [`Generator::affine`] computes them. The graph
/// takes `z [z_dim]`; of models with classes `class []`, a class's number; and `truncation [levels]`,
/// psi of each level, which need not be given.
pub(super) fn affine_parameters(graph: &mut Builder, generator: &Generator) -> Value {
    let styles = styles(graph, generator);
    let mut chain = graph.doubles(&[3, 2], &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    let levels: Vec<Value> = generator
        .heads
        .iter()
        .enumerate()
        .map(|(number, heads)| {
            let w = graph.entry(&styles, number as i64);
            level(graph, heads, &w, &mut chain)
        })
        .collect();
    graph.concat(&levels.iter().collect::<Vec<_>>(), 0)
}

/// Latents w, `[levels, w_dim]`: mapped and truncated.
fn styles(graph: &mut Builder, generator: &Generator) -> Value {
    let (config, mapping) = (&generator.config, &generator.mapping);
    let z = graph.input("z", Element::F32, &[Dim::Fixed(config.z_dim)]);
    let z = normalised(graph, &z);
    let classes = config.classes.len();
    let (x, average) = if classes > 0 {
        let class = graph.input("class", Element::I64, &[]);
        let mut of_class = |rows: Vec<Vec<f32>>| {
            let table = graph.weights(&[classes, rows[0].len()], &rows.concat());
            graph.gather(&table, &class, 0)
        };
        let embedded = of_class((0..classes).map(|c| mapping.embedded(Some(c))).collect());
        let averages = (0..classes).map(|c| mapping.average(Some(c)).to_vec());
        let average = of_class(averages.collect());
        (graph.concat(&[&z, &embedded], 0), average)
    } else {
        let average = mapping.average(None);
        (z, graph.weights(&[average.len()], average))
    };
    let w = mapping.layers.iter().fold(x, |x, layer| {
        let y = graph.linear(&x, layer);
        graph.lrelu(&y)
    });
    let psi = graph.input_or("truncation", &[config.levels], &vec![1.0; config.levels]);
    let psi = graph.unsqueeze(&psi, 1);
    let from_average = graph.sub(&w, &average);
    let part = graph.mul(&psi, &from_average);
    graph.add(&part, &average)
}

/// `z / sqrt(mean(z²) + 1e-8)`.
fn normalised(graph: &mut Builder, z: &Value) -> Value {
    let wide = graph.cast(z, Element::F64);
    let squares = graph.mul(&wide, &wide);
    let axes = graph.ints(&[1], &[0]);
    let mean = graph.op_with("ReduceMean", &[&squares, &axes], vec![whole("keepdims", 0)]);
    let least = graph.double(1e-8);
    let mean = graph.add(&mean, &least);
    let root = graph.op("Sqrt", &[&mean]);
    let scaled = graph.op("Div", &[&wide, &root]);
    graph.cast(&scaled, Element::F32)
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
