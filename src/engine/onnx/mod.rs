//! ONNX Runtime as an engine: graphs made from a model in memory, run by a library that is opened at
//! run time.

mod backward;
mod coordinates;
mod cuda;
mod encoder;
mod export;
mod gradient;
mod graph;
mod heat;
mod local;
mod picture;
mod proto;
mod runtime;
mod session;
mod synthesis;

use std::ops::Range;
use std::sync::Arc;

use ort::environment::Environment;
use ort::value::DynValue;
use parking_lot::Mutex;

use crate::control::Control;
use crate::engine::cache::Cache;
use crate::engine::{Engine, EngineOptions, GradientRequest, Linearised, RowSink, check_heatmaps};
use crate::error::{Error, Result};
use crate::field::{Field, GeneratedField, PictureField};
use crate::model::{AffineActivation, Linear, Synthesis, Upscaler};
use crate::view::View;
use backward::Form;
use coordinates::Positions;
use gradient::{LinearField, PreparedGradient};
use picture::{PictureView, PreparedUpscaler};
use session::{Device, Inputs, Prepared, doubles, floats, ints};

pub use cuda::has_driver;
pub use export::{ExportedGraph, export};
pub use runtime::{RUNTIME_VARIABLE, RUNTIME_VERSION, Runtime, Tried, data_folder};

/// Name of this engine on the processor.
const NAME: &str = "onnx";
/// Name of this engine on NVIDIA's GPUs.
const CUDA: &str = "cuda";

/// Fields computed by ONNX Runtime, on the processor or on a GPU.
#[derive(Debug)]
pub struct OnnxEngine {
    runtime: Runtime,
    environment: Environment,
    device: Device,
    generators: [Cache<Synthesis, Prepared>; 2],
    upscalers: [Cache<Upscaler, PreparedUpscaler>; 2],
    gradients: Mutex<Vec<Arc<PreparedGradient>>>,
}

impl OnnxEngine {
    /// An engine on the processor, or with `cuda` on a GPU, as `options` say.
    ///
    /// # Errors
    /// [`Error::Parameter`] for impossible numbers of threads; [`Error::Engine`] when ONNX Runtime or
    /// what it needs for the GPU is not found or too old, with what is missing.
    pub fn new(cuda: bool, options: &EngineOptions) -> Result<Self> {
        if options.threads.is_some_and(|t| !(1..=1024).contains(&t)) {
            return Err(Error::parameter("threads", "1 to 1024 are possible"));
        }
        let (runtime, environment) = runtime::open().map_err(|e| renamed(e, cuda))?;
        if cuda {
            cuda::prepare(&runtime).map_err(|problem| Error::Engine { engine: CUDA, problem })?;
        }
        let device = Device::new(cuda, options);
        let generators = [Cache::new(), Cache::new()];
        let upscalers = [Cache::new(), Cache::new()];
        let gradients = Mutex::new(Vec::new());
        let engine = Self { runtime, environment, device, generators, upscalers, gradients };
        if cuda {
            engine.try_out()?;
        }
        Ok(engine)
    }

    /// Sees whether the device runs a graph at all.
    fn try_out(&self) -> Result<()> {
        let level = Linear { inputs: 1, outputs: 1, weight: vec![1.0], bias: vec![0.0] };
        let rgb = Linear { inputs: 1, outputs: 3, weight: vec![1.0; 3], bias: vec![0.0; 3] };
        let smallest = Synthesis {
            levels: vec![level],
            rgb,
            affine_activation: AffineActivation::None,
            clamp: None,
        };
        self.generator(&Arc::new(smallest), Positions::Grid).map(drop)
    }

    /// The library in use.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    fn generator(&self, synthesis: &Arc<Synthesis>, positions: Positions) -> Result<Arc<Prepared>> {
        self.generators[positions as usize].try_get(synthesis, |synthesis| {
            let bytes =
                synthesis::synthesis_graph(synthesis, positions, self.device.precision, &[]);
            self.prepared(&bytes)
        })
    }

    fn prepared(&self, graph: &[u8]) -> Result<Prepared> {
        Prepared::new(&self.environment, &self.device, graph)
    }

    fn upscaler(
        &self,
        upscaler: &Arc<Upscaler>,
        positions: Positions,
    ) -> Result<Arc<PreparedUpscaler>> {
        self.upscalers[positions as usize].try_get(upscaler, |upscaler| {
            let encoder = encoder::encoder_graph(upscaler, self.device.precision, &[]);
            let local = local::local_graph(upscaler, positions, self.device.precision, &[]);
            Ok(PreparedUpscaler {
                encoder: self.prepared(&encoder)?,
                local: self.prepared(&local)?,
            })
        })
    }

    fn picture(
        &self,
        field: &PictureField,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let positions = Positions::of(view);
        let graphs = self.upscaler(field.upscaler(), positions)?;
        PictureView::new(graphs, field, view, positions, self.device.local_pixels())
            .render(control, sink)
    }

    fn generated(
        &self,
        field: &GeneratedField,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let positions = Positions::of(view);
        let prepared = self.generator(field.synthesis(), positions)?;
        let width = u64::from(view.width());
        let rows = u32::try_from(self.device.pixels() / width).unwrap_or(u32::MAX).max(1);
        let mut first = 0;
        while first < view.height() {
            control.check()?;
            let end = view.height().min(first.saturating_add(rows));
            let inputs =
                self.inputs(field, view, u64::from(first) * width..u64::from(end) * width)?;
            prepared.run(inputs, "rgb", |rgb| sink.rows(first, rgb))??;
            control.report(u64::from(end) * width, view.pixels())?;
            first = end;
        }
        Ok(())
    }

    /// What graphs of generators take for the pixels `span` of a view, counted along its rows.
    fn inputs(
        &self,
        field: &GeneratedField,
        view: &View,
        span: Range<u64>,
    ) -> Result<Inputs<'static>> {
        let affine = field.affine();
        let dims = [affine.levels(), affine.features(), 3];
        let mut inputs: Inputs<'static> =
            vec![("affine".into(), floats(&dims, affine.values().to_vec())?.into())];
        match Positions::of(view) {
            Positions::Grid => {
                inputs.extend(grid_inputs(view, span)?.map(|(name, v)| (name.into(), v.into())));
            }
            Positions::Given => {
                inputs.push(("positions".into(), given_positions(view, span)?.into()));
            }
        }
        Ok(inputs)
    }

    /// Runs a graph of heat-maps over all pixels with these means; sums come out, and maps go to
    /// `take` with the number of their first pixel.
    fn heat(
        &self,
        graph: &Prepared,
        (field, view): (&GeneratedField, &View),
        means: &[f32],
        mut take: impl FnMut(u64, &[f32]) -> Result<()>,
    ) -> Result<Vec<f64>> {
        let affine = field.affine();
        let dims = [affine.levels(), affine.features()];
        let mut sums = vec![0.0f64; means.len()];
        for span in heat::spans(view.pixels(), self.device.pixels()) {
            let first = span.start;
            let mut inputs = self.inputs(field, view, span)?;
            inputs.push(("means".into(), floats(&dims, means.to_vec())?.into()));
            let mut taken = Ok(());
            graph.run_all(inputs, |name, values| match name {
                "sums" => sums.iter_mut().zip(values).for_each(|(s, v)| *s += f64::from(*v)),
                _ => taken = take(first, values),
            })?;
            taken?;
        }
        Ok(sums)
    }

    /// Graphs of derivatives for weights of that form.
    fn gradients(&self, form: Form) -> Result<Arc<PreparedGradient>> {
        let mut gradients = self.gradients.lock();
        if let Some(found) = gradients.iter().find(|g| g.form == form) {
            return Ok(found.clone());
        }
        let prepared = Arc::new(PreparedGradient {
            form,
            forward: self.prepared(&backward::forward_graph(&form))?,
            backward: self.prepared(&backward::backward_graph(&form))?,
        });
        gradients.push(prepared.clone());
        Ok(prepared)
    }
}

/// What [`coordinates`] takes for pixels `span` of a view, counted along its rows.
fn grid_inputs(view: &View, span: Range<u64>) -> Result<[(&'static str, DynValue); 3]> {
    let [x, y] = view.map();
    let [column, row] = view.corner().map(i64::from);
    Ok([
        ("span", ints(&[3], vec![span.start as i64, span.end as i64, i64::from(view.width())])?),
        ("corner", ints(&[2], vec![column, row])?),
        ("map", doubles(&[6], [x, y].concat())?),
    ])
}

/// Positions of pixels `span` of a view, one by one.
fn given_positions(view: &View, span: Range<u64>) -> Result<DynValue> {
    let width = u64::from(view.width());
    let position = |pixel: u64| {
        let (x, y) = view.position((pixel % width) as i64, (pixel / width) as i64);
        [x, y]
    };
    let count = (span.end - span.start) as usize;
    doubles(&[count, 2], span.flat_map(position).collect())
}

impl Engine for OnnxEngine {
    fn name(&self) -> &'static str {
        self.device.name()
    }

    fn threads(&self) -> usize {
        self.device.threads
    }

    fn render(
        &self,
        field: &Field,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        match field {
            Field::Generated(field) => self.generated(field, view, control, sink),
            Field::Picture(field) => self.picture(field, view, control, sink),
        }
    }

    fn heatmaps(
        &self,
        field: &Field,
        view: &View,
        levels: &[usize],
        control: &Control<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        let field = check_heatmaps(field, view, levels)?;
        let positions = Positions::of(view);
        let graph = self.prepared(&heat::heat_graph(field.synthesis(), positions))?;
        let pixels = view.pixels();
        let nothing = vec![0.0; field.affine().levels() * field.affine().features()];
        let sums = self.heat(&graph, (field, view), &nothing, |first, maps| {
            control.report(first + count(maps, field), 2 * pixels)
        })?;
        let means: Vec<f32> = sums.iter().map(|sum| (sum / pixels as f64) as f32).collect();
        let mut all = vec![Vec::with_capacity(pixels as usize); levels.len()];
        self.heat(&graph, (field, view), &means, |first, maps| {
            let length = count(maps, field) as usize;
            for (out, level) in all.iter_mut().zip(levels) {
                out.extend_from_slice(&maps[level * length..(level + 1) * length]);
            }
            control.report(pixels + first + length as u64, 2 * pixels)
        })?;
        Ok(all)
    }

    fn linearise<'a>(&'a self, request: &GradientRequest<'a>) -> Result<Box<dyn Linearised + 'a>> {
        GeneratedField::check_fit(request.synthesis, request.affine)?;
        let graphs = self.gradients(Form::of(request.synthesis, request.weights))?;
        Ok(Box::new(LinearField::new(graphs, *request)?))
    }
}

/// Pixels of maps of all levels.
fn count(maps: &[f32], field: &GeneratedField) -> u64 {
    (maps.len() / field.affine().levels()) as u64
}

/// Whether an engine can run here: `Ok` says with what.
///
/// # Errors
/// As [`OnnxEngine::new`].
pub fn check(cuda: bool, options: &EngineOptions) -> Result<String> {
    let runtime = Runtime::find().map_err(|tried| renamed(runtime::missing(&tried), cuda))?;
    if cuda {
        OnnxEngine::new(true, options)?;
    }
    Ok(format!("ONNX Runtime {}, {}", runtime.version, runtime.path.display()))
}

/// The error as that of the engine that was asked for.
fn renamed(error: Error, cuda: bool) -> Error {
    match error {
        Error::Engine { problem, .. } if cuda => Error::Engine { engine: CUDA, problem },
        error => error,
    }
}
