//! Graphs that ONNX Runtime has taken, ready to run.

use std::borrow::Cow;

use ort::environment::Environment;
use ort::ep::CUDA;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor};
use parking_lot::Mutex;

use super::proto::Element;
use crate::engine::EngineOptions;
use crate::error::{Error, Result};

/// What graphs run on.
#[derive(Debug)]
pub(super) struct Device {
    cuda: Option<CUDA>,
    /// Threads on the processor.
    pub(super) threads: usize,
    /// Of weights and features.
    pub(super) precision: Element,
}

impl Device {
    pub(super) fn new(cuda: bool, options: &EngineOptions) -> Self {
        let all = || std::thread::available_parallelism().map_or(1, usize::from);
        let provider = || {
            let provider =
                CUDA::default().with_device_id(options.device as i32).with_tf32(options.tf32);
            match options.device_memory {
                Some(limit) => provider.with_memory_limit(limit),
                None => provider,
            }
        };
        let precision = if options.half { Element::F16 } else { Element::F32 };
        Self { cuda: cuda.then(provider), threads: options.threads.unwrap_or_else(all), precision }
    }

    /// Name of the engine that computes there.
    pub(super) fn name(&self) -> &'static str {
        if self.cuda.is_some() { super::CUDA } else { super::NAME }
    }

    /// Most pixels of a generator's field that are computed at once.
    pub(super) fn pixels(&self) -> u64 {
        if self.cuda.is_some() { 1 << 16 } else { 1 << 12 }
    }

    /// Most pixels of a picture's field that are computed at once: each takes four cells' affine
    /// parameters.
    pub(super) fn local_pixels(&self) -> usize {
        if self.cuda.is_some() { 1 << 16 } else { 1 << 12 }
    }

    fn configured(&self, builder: SessionBuilder) -> ort::Result<SessionBuilder> {
        let builder = builder.with_optimization_level(GraphOptimizationLevel::All)?;
        Ok(match &self.cuda {
            // Without a word ONNX Runtime would compute on the processor instead.
            Some(cuda) => {
                builder.with_execution_providers([cuda.clone().build().error_on_failure()])?
            }
            None => builder.with_intra_threads(self.threads)?,
        })
    }
}

/// A graph in ONNX Runtime. It runs one call at a time.
#[derive(Debug)]
pub(super) struct Prepared {
    session: Mutex<Session>,
    engine: &'static str,
}

/// What a graph is given, by name.
pub(super) type Inputs<'a> = Vec<(Cow<'static, str>, SessionInputValue<'a>)>;

impl Prepared {
    /// Takes the graph in the file `bytes`.
    pub(super) fn new(environment: &Environment, device: &Device, bytes: &[u8]) -> Result<Self> {
        let engine = device.name();
        let session = Session::builder(environment)
            .and_then(|builder| device.configured(builder))
            .and_then(|mut builder| builder.commit_from_memory(bytes))
            .map_err(|e| failed(engine, e))?;
        Ok(Self { session: Mutex::new(session), engine })
    }

    /// Runs the graph; hands its output `name` to `take`.
    pub(super) fn run<T>(
        &self,
        inputs: Inputs<'_>,
        name: &str,
        take: impl FnOnce(&[f32]) -> T,
    ) -> Result<T> {
        let mut session = self.session.lock();
        let outputs = session.run(inputs).map_err(|e| failed(self.engine, e))?;
        let values = outputs[name].try_extract_tensor::<f32>();
        let (_, values) = values.map_err(|e| failed(self.engine, e))?;
        Ok(take(values))
    }

    /// Runs the graph; hands all outputs to `take`, by name.
    pub(super) fn run_all(
        &self,
        inputs: Inputs<'_>,
        mut take: impl FnMut(&str, &[f32]),
    ) -> Result<()> {
        let mut session = self.session.lock();
        let outputs = session.run(inputs).map_err(|e| failed(self.engine, e))?;
        for (name, value) in outputs.iter() {
            let values = value.try_extract_tensor::<f32>();
            take(name, values.map_err(|e| failed(self.engine, e))?.1);
        }
        Ok(())
    }

    /// Runs the graph; its output `name`, for another graph.
    pub(super) fn run_to_value(&self, inputs: Inputs<'_>, name: &str) -> Result<DynValue> {
        let mut session = self.session.lock();
        let mut outputs = session.run(inputs).map_err(|e| failed(self.engine, e))?;
        outputs
            .remove(name)
            .ok_or_else(|| failed(self.engine, format!("the graph has no output {name}")))
    }
}

/// Floats for a graph.
pub(super) fn floats(dims: &[usize], values: Vec<f32>) -> Result<DynValue> {
    Ok(Tensor::from_array((dims.to_vec(), values)).map_err(|e| failed(super::NAME, e))?.into_dyn())
}

/// Floats of double precision for a graph.
pub(super) fn doubles(dims: &[usize], values: Vec<f64>) -> Result<DynValue> {
    Ok(Tensor::from_array((dims.to_vec(), values)).map_err(|e| failed(super::NAME, e))?.into_dyn())
}

/// Whole numbers for a graph.
pub(super) fn ints(dims: &[usize], values: Vec<i64>) -> Result<DynValue> {
    Ok(Tensor::from_array((dims.to_vec(), values)).map_err(|e| failed(super::NAME, e))?.into_dyn())
}

/// What ONNX Runtime says is wrong.
fn failed<E: std::fmt::Display>(engine: &'static str, error: E) -> Error {
    Error::Engine { engine, problem: format!("ONNX Runtime: {error}") }
}
