//! Graphs that ONNX Runtime has taken, ready to run.

use ort::environment::Environment;
use ort::session::{Session, SessionInputValue};
use ort::session::builder::GraphOptimizationLevel;
use ort::value::{DynValue, Tensor};
use parking_lot::Mutex;

use crate::error::{Error, Result};

/// A graph in ONNX Runtime. It runs one call at a time.
#[derive(Debug)]
pub(super) struct Prepared {
    session: Mutex<Session>,
}

/// What a graph is given, by name.
pub(super) type Inputs<'a> = Vec<(&'static str, SessionInputValue<'a>)>;

impl Prepared {
    /// Takes the graph in the file `bytes`.
    pub(super) fn new(environment: &Environment, threads: usize, bytes: &[u8]) -> Result<Self> {
        let session = Session::builder(environment)
            .and_then(|b| Ok(b.with_optimization_level(GraphOptimizationLevel::All)?))
            .and_then(|b| Ok(b.with_intra_threads(threads)?))
            .and_then(|mut b| b.commit_from_memory(bytes));
        Ok(Self { session: Mutex::new(session.map_err(failed)?) })
    }

    /// Runs the graph; hands its output `name` to `take`.
    pub(super) fn run<T>(
        &self,
        inputs: Inputs<'_>,
        name: &str,
        take: impl FnOnce(&[f32]) -> T,
    ) -> Result<T> {
        let mut session = self.session.lock();
        let outputs = session.run(inputs).map_err(failed)?;
        let (_, values) = outputs[name].try_extract_tensor::<f32>().map_err(failed)?;
        Ok(take(values))
    }

    /// Runs the graph; its output `name`, for another graph.
    pub(super) fn run_to_value(&self, inputs: Inputs<'_>, name: &str) -> Result<DynValue> {
        let mut session = self.session.lock();
        let mut outputs = session.run(inputs).map_err(failed)?;
        outputs.remove(name).ok_or_else(|| failed(format!("the graph has no output {name}")))
    }
}

/// Floats for a graph.
pub(super) fn floats(dims: &[usize], values: Vec<f32>) -> Result<DynValue> {
    Ok(Tensor::from_array((dims.to_vec(), values)).map_err(failed)?.into_dyn())
}

/// Floats of double precision for a graph.
pub(super) fn doubles(dims: &[usize], values: Vec<f64>) -> Result<DynValue> {
    Ok(Tensor::from_array((dims.to_vec(), values)).map_err(failed)?.into_dyn())
}

/// Whole numbers for a graph.
pub(super) fn ints(dims: &[usize], values: Vec<i64>) -> Result<DynValue> {
    Ok(Tensor::from_array((dims.to_vec(), values)).map_err(failed)?.into_dyn())
}

/// What ONNX Runtime says is wrong.
pub(super) fn failed<E: std::fmt::Display>(error: E) -> Error {
    Error::Engine { engine: super::NAME, problem: format!("ONNX Runtime: {error}") }
}
