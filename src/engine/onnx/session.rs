//! Graphs that ONNX Runtime has taken, ready to run.

use std::sync::Arc;

use ort::environment::Environment;
use ort::ep::CUDA;
use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{IoBinding, Session};
use ort::value::{DynValue, Outlet, Tensor};
use parking_lot::Mutex;

use super::name::{CUDA, NAME};
use super::proto::Element;
use crate::engine::{EngineOptions, Precision};
use crate::error::{Error, Result};

/// What graphs run on.
#[derive(Debug)]
pub(super) struct Device {
    cuda: Option<CUDA>,
    /// Number of the GPU.
    gpu: i32,
    /// Threads on the processor.
    pub(super) threads: usize,
    /// Of weights and features.
    pub(super) precision: Element,
}

impl Device {
    pub(super) fn new(cuda: bool, options: &EngineOptions) -> Self {
        let all = || std::thread::available_parallelism().map_or(1, usize::from);
        let gpu = options.device.unwrap_or(0) as i32;
        let provider = || {
            let provider = CUDA::default().with_device_id(gpu).with_tf32(options.tf32);
            match options.device_memory {
                Some(limit) => provider.with_memory_limit(limit),
                None => provider,
            }
        };
        let precision = match options.precision {
            Precision::Exact => Element::F32,
            Precision::F16 => Element::F16,
            Precision::Bf16 => Element::BF16,
        };
        let threads = options.threads.unwrap_or_else(all);
        Self { cuda: cuda.then(provider), gpu, threads, precision }
    }

    /// Name of the engine that computes there.
    pub(super) fn name(&self) -> &'static str {
        if self.cuda.is_some() { CUDA } else { NAME }
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

    /// The memory that its graphs compute in.
    fn memory(&self) -> ort::Result<MemoryInfo<'static>> {
        let (device, number) = match self.cuda {
            Some(_) => (AllocationDevice::CUDA, self.gpu),
            None => (AllocationDevice::CPU, 0),
        };
        MemoryInfo::new(device, number, AllocatorType::Device, MemoryType::Default)
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
    memory: MemoryInfo<'static>,
    engine: &'static str,
    /// Names of its inputs.
    inputs: Vec<String>,
    /// Names of its outputs.
    outputs: Vec<String>,
}

impl Prepared {
    /// Takes the graph in the file `bytes`.
    pub(super) fn new(environment: &Environment, device: &Device, bytes: &[u8]) -> Result<Self> {
        let engine = device.name();
        let taken = || {
            let mut builder = device.configured(Session::builder(environment)?)?;
            Ok((builder.commit_from_memory(bytes)?, device.memory()?))
        };
        let (session, memory) = taken().map_err(|e: ort::Error| failed(engine, e))?;
        let names = |all: &[Outlet]| all.iter().map(|one| one.name().to_owned()).collect();
        let (inputs, outputs) = (names(session.inputs()), names(session.outputs()));
        Ok(Self { session: Mutex::new(session), memory, engine, inputs, outputs })
    }

    /// The graph with places for its inputs and outputs.
    pub(super) fn bound(self: &Arc<Self>) -> Result<Bound> {
        let binding = self.session.lock().create_binding().map_err(|e| failed(self.engine, e))?;
        Ok(Bound { graph: self.clone(), binding, outputs: Vec::new() })
    }

    /// Runs the graph once; its output `name`, left where another graph of the device takes it from.
    pub(super) fn run(&self, inputs: &[(&str, DynValue)], name: &str) -> Result<DynValue> {
        let mut session = self.session.lock();
        let mut run = || {
            let mut binding = session.create_binding()?;
            for (name, value) in inputs {
                binding.bind_input(*name, value)?;
            }
            binding.bind_output_to_device(name, &self.memory)?;
            let mut outputs = session.run_binding(&binding)?;
            outputs.remove(name).ok_or_else(|| ort::Error::new(format!("no output {name}")))
        };
        run().map_err(|e| failed(self.engine, e))
    }
}

/// A graph with values in its inputs and buffers at its outputs. An input stays, on a GPU in its
/// memory, until something else is put there; runs fill the same buffers.
#[derive(Debug)]
pub(super) struct Bound {
    graph: Arc<Prepared>,
    binding: IoBinding,
    outputs: Vec<Output>,
}

/// A buffer in the processor's memory.
#[derive(Debug)]
struct Output {
    name: String,
    dims: Vec<usize>,
    values: Tensor<f32>,
}

impl Bound {
    /// Puts `value` into the input `name`.
    pub(super) fn put(&mut self, name: &str, value: &DynValue) -> Result<()> {
        // A copy to a GPU takes memory from the session's pool, which is for one thread at a time.
        let _alone = self.graph.session.lock();
        self.binding.bind_input(name, value).map_err(|e| failed(self.graph.engine, e))
    }

    /// Whether the graph has an input `name`.
    pub(super) fn takes(&self, name: &str) -> bool {
        self.graph.inputs.iter().any(|input| input == name)
    }

    /// Whether the graph has an output `name`.
    pub(super) fn gives(&self, name: &str) -> bool {
        self.graph.outputs.iter().any(|output| output == name)
    }

    /// Puts `value` into the input `name`, if the graph has it.
    pub(super) fn put_if_taken(&mut self, name: &str, value: &DynValue) -> Result<()> {
        if self.takes(name) { self.put(name, value) } else { Ok(()) }
    }

    /// Names of all buffers, and what the last run wrote into them.
    pub(super) fn all_values(&self) -> impl Iterator<Item = (&str, &[f32])> {
        self.outputs.iter().map(|output| (output.name.as_str(), output.values.extract_tensor().1))
    }

    /// Gives the output `name` a buffer of this shape, unless it has one.
    pub(super) fn buffer(&mut self, name: &str, dims: &[usize]) -> Result<()> {
        if self.outputs.iter().any(|output| output.name == name && output.dims == dims) {
            return Ok(());
        }
        let mut bind = || {
            let mut values = Tensor::new(&Allocator::default(), dims)?;
            self.binding.bind_output(name, &mut values)?;
            Ok(values)
        };
        let values = bind().map_err(|e: ort::Error| failed(self.graph.engine, e))?;
        self.outputs.retain(|output| output.name != name);
        self.outputs.push(Output { name: name.to_owned(), dims: dims.to_vec(), values });
        Ok(())
    }

    /// Runs the graph; its buffers then hold what came out.
    pub(super) fn run(&mut self) -> Result<()> {
        let mut session = self.graph.session.lock();
        let run = session.run_binding(&self.binding).map(drop);
        run.map_err(|e| failed(self.graph.engine, e))
    }

    /// What the last run wrote into the buffer of `name`.
    pub(super) fn values(&self, name: &str) -> Result<&[f32]> {
        match self.outputs.iter().find(|output| output.name == name) {
            Some(output) => Ok(output.values.extract_tensor().1),
            None => Err(failed(self.graph.engine, format!("no buffer for output {name}"))),
        }
    }
}

/// Floats for a graph.
pub(super) fn floats(dims: &[usize], values: Vec<f32>) -> Result<DynValue> {
    Ok(Tensor::from_array((dims.to_vec(), values)).map_err(|e| failed(NAME, e))?.into_dyn())
}

/// Floats of double precision for a graph.
pub(super) fn doubles(dims: &[usize], values: Vec<f64>) -> Result<DynValue> {
    Ok(Tensor::from_array((dims.to_vec(), values)).map_err(|e| failed(NAME, e))?.into_dyn())
}

/// Whole numbers for a graph.
pub(super) fn ints(dims: &[usize], values: Vec<i64>) -> Result<DynValue> {
    Ok(Tensor::from_array((dims.to_vec(), values)).map_err(|e| failed(NAME, e))?.into_dyn())
}

/// What ONNX Runtime says is wrong.
fn failed<E: std::fmt::Display>(engine: &'static str, error: E) -> Error {
    Error::Engine { engine, problem: format!("ONNX Runtime: {error}") }
}
