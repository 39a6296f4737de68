//! What pixels of a field share, and is computed before them by a graph of its own.

use ort::value::DynValue;

use super::layers::InputValues;
use super::session::{Bound, floats};
use crate::error::Result;

/// A run of the graph of shared values.
pub(super) struct SharedRun {
    /// Names and values.
    pub(super) inputs: Vec<(String, DynValue)>,
    /// Names and shapes; those of several runs go together along the first axis.
    pub(super) outputs: Vec<(String, Vec<usize>)>,
}

impl SharedRun {
    /// Puts in what `graph` takes of it.
    pub(super) fn put(&self, graph: &mut Bound) -> Result<()> {
        self.inputs.iter().try_for_each(|(name, value)| graph.put_if_taken(name, value))
    }
}

/// What `graph` gives in all `runs`, of these shapes.
pub(super) fn shared_values(
    graph: &mut Bound,
    runs: &[SharedRun],
    shapes: Vec<(String, Vec<usize>)>,
) -> Result<Vec<InputValues>> {
    let mut all: Vec<InputValues> =
        shapes.into_iter().map(|(name, dims)| (name, dims, Vec::new())).collect();
    for run in runs {
        run.put(graph)?;
        for (name, dims) in &run.outputs {
            graph.buffer(name, dims)?;
        }
        graph.run()?;
        for (name, _, values) in &mut all {
            values.extend_from_slice(graph.values(name)?);
        }
    }
    Ok(all)
}

/// Puts values into the inputs of their names, where `graph` has them.
pub(super) fn put_values(graph: &mut Bound, values: &[InputValues]) -> Result<()> {
    for (name, dims, values) in values {
        if graph.takes(name) {
            graph.put(name, &floats(dims, values.clone())?)?;
        }
    }
    Ok(())
}
