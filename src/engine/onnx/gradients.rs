//! Outputs of graphs that give derivatives.

use super::differentiate::derivatives;
use super::graph::{Builder, Value};
use super::layers::GivenValue;
use super::proto::Element;

/// What derivatives by the input `name` are called.
pub(super) fn gradient_name(name: &str) -> String {
    format!("{name}_gradient")
}

/// Hands out the derivatives by each of `by` that has a part in the values of `seeds`, of a loss whose
/// derivatives by those are known.
pub(super) fn output_gradients(graph: &mut Builder, seeds: &[(Value, Value)], by: &[GivenValue]) {
    let values: Vec<&Value> = by.iter().map(|(_, value, _)| value).collect();
    let found = derivatives(graph, seeds, &values);
    for ((name, _, dims), found) in by.iter().zip(found) {
        if let Some(found) = found {
            graph.output(&gradient_name(name), &found, Element::F32, dims);
        }
    }
}
