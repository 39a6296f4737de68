//! The mapping network as a graph: a latent z to latents w.

use super::graph::{Builder, Dim, Value, whole};
use super::proto::Element;
use crate::model::LatentSpace;

/// Latents w, `[levels, w_dim]`: mapped and truncated. The graph takes `z [z_dim]`; of models with classes
/// `class []`, a class's number; and `truncation [levels]`, psi of each level, which need not be given.
pub(super) fn styles(graph: &mut Builder, latents: &LatentSpace, levels: usize) -> Value {
    let config = latents.config();
    let z = graph.input("z", Element::F32, &[Dim::Fixed(config.z_dim)]);
    let z = normalised(graph, &z);
    let classes = config.classes.len();
    let (x, average) = if classes > 0 {
        let class = graph.input("class", Element::I64, &[]);
        let mut of_class = |rows: Vec<Vec<f32>>| {
            let table = graph.weights(&[classes, rows[0].len()], &rows.concat());
            graph.gather(&table, &class, 0)
        };
        let embedded = of_class((0..classes).map(|c| latents.embedded(Some(c))).collect());
        let averages = (0..classes).map(|c| latents.average(Some(c)).to_vec());
        let average = of_class(averages.collect());
        (graph.concat(&[&z, &embedded], 0), average)
    } else {
        let average = latents.average(None);
        (z, graph.weights(&[average.len()], average))
    };
    let w = latents.layers().iter().fold(x, |x, layer| {
        let y = graph.linear(&x, layer);
        graph.lrelu(&y)
    });
    let psi = graph.input_or("truncation", &[levels], &vec![1.0; levels]);
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
