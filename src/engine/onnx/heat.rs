//! What graphs of heat-maps end with.

use super::graph::{Builder, Dim, Value};
use super::proto::Element;

/// Hands out, of every level's `features [pixels, own]` and `means [levels, n]`, the sums `[levels, n]`
/// of every feature over the pixels, and `maps [levels, pixels]`, features weighted by the means. A level
/// of fewer features than `n` has sums of 0 in the rest.
pub(super) fn heat_outputs(graph: &mut Builder, features: &[Value], means: &Value, n: usize) {
    let levels = features.len();
    let (mut sums, mut maps) = (Vec::new(), Vec::new());
    for (number, h) in features.iter().enumerate() {
        let own = graph.lengths(h)[1].unwrap_or(n);
        let sum = graph.sum(h, 0, true);
        let mut mean = graph.entry(means, number as i64);
        if own < n {
            let rest = graph.floats(&[1, n - own], &vec![0.0; n - own]);
            sums.push(graph.concat(&[&sum, &rest], 1));
            mean = graph.slice(&mean, 0, 0, own);
        } else {
            sums.push(sum);
        }
        let map = graph.op("MatMul", &[h, &mean]);
        maps.push(graph.unsqueeze(&map, 0));
    }
    let [sums, maps] = [sums, maps].map(|parts| {
        let parts: Vec<&Value> = parts.iter().collect();
        graph.concat(&parts, 0)
    });
    graph.output("sums", &sums, Element::F32, &[levels, n].map(Dim::Fixed));
    graph.output("maps", &maps, Element::F32, &[Dim::Fixed(levels), Dim::Named("pixels")]);
}
