//! ONNX Runtime as an engine: graphs made from a model in memory, run by a library that is opened at
//! run time.

mod backward;
mod coordinates;
mod cuda;
mod encoder;
mod export;
mod generated;
mod gradient;
mod graph;
mod heat;
mod latent;
mod local;
mod picture;
mod probe;
mod proto;
mod runtime;
mod session;
mod synthesis;

use std::sync::Arc;

use ort::environment::Environment;
use parking_lot::Mutex;

use crate::control::Control;
use crate::engine::cache::Cache;
use crate::engine::finite::{self, Finite};
use crate::engine::home::Home;
use crate::engine::{Engine, EngineOptions, GradientRequest, Linearised, RowSink, check_heatmaps};
use crate::error::{Error, Result};
use crate::field::{Field, GeneratedField, PictureField};
use crate::model::{Affine, AffineActivation, Linear, ModelId, Synthesis, Upscaler};
use crate::view::{Grid, View, Window};
use backward::Form;
use coordinates::Positions;
use generated::GeneratedView;
use gradient::{BoundGradient, LinearField, PreparedGradient};
use picture::{PictureView, PreparedUpscaler};
use session::{Device, Prepared};

pub use cuda::has_driver;
pub use export::{ExportedGraph, export};
pub use probe::{PROBE_COMMAND, probe_by, probed};
pub use runtime::{
    RUNTIME_VARIABLE, RUNTIME_VERSION, Runtime, Tried, isolated_python, runtime_folder,
};

/// Name of this engine on the processor.
const NAME: &str = "onnx";
/// Name of this engine on NVIDIA's GPUs.
const CUDA: &str = "cuda";

/// Fields computed by ONNX Runtime, on the processor or on a GPU. Graphs are kept as long as their
/// model.
#[derive(Debug)]
pub struct OnnxEngine {
    runtime: Runtime,
    environment: Environment,
    device: Device,
    home: Home,
    generators: PerPositions<Synthesis, Prepared>,
    heatmaps: PerPositions<Synthesis, Prepared>,
    upscalers: PerPositions<Upscaler, PreparedUpscaler>,
    gradients: Mutex<Vec<Arc<PreparedGradient>>>,
    /// Of the affine parameters alone, and of the weights too.
    linearised: [Cache<Synthesis, BoundGradient>; 2],
}

/// What was made of models, by [`Positions`].
type PerPositions<M, P> = [Cache<M, P>; 2];

impl OnnxEngine {
    /// An engine on the processor, or with `cuda` on a GPU, as `options` say.
    ///
    /// # Errors
    /// [`Error::Parameter`] for impossible numbers of threads, and for options that only a GPU has
    /// without `cuda`; [`Error::Engine`] when ONNX Runtime or what it needs for the GPU is not found
    /// or too old, with what is missing.
    pub fn new(cuda: bool, options: &EngineOptions) -> Result<Self> {
        if options.threads.is_some_and(|t| !(1..=1024).contains(&t)) {
            return Err(Error::parameter("threads", "1 to 1024 are possible"));
        }
        options.check_for(if cuda { CUDA } else { NAME })?;
        let (runtime, environment) = runtime::open().map_err(|e| renamed(e, cuda))?;
        if cuda {
            cuda::prepare(&runtime).map_err(|problem| Error::Engine { engine: CUDA, problem })?;
        }
        let engine = Self::with(runtime, environment, cuda, options);
        engine.try_out()?;
        Ok(engine)
    }

    /// An engine that has not shown yet that it computes.
    fn with(
        runtime: Runtime,
        environment: Environment,
        cuda: bool,
        options: &EngineOptions,
    ) -> Self {
        Self {
            runtime,
            environment,
            device: Device::new(cuda, options),
            home: Home::here(),
            generators: Default::default(),
            heatmaps: Default::default(),
            upscalers: Default::default(),
            gradients: Mutex::default(),
            linearised: Default::default(),
        }
    }

    /// Sees whether the device runs graphs at all: a pixel of the smallest generator.
    fn try_out(&self) -> Result<()> {
        let model = ModelId { name: "smallest".to_owned(), id: String::new() };
        let affine = Affine::new(2, 1, vec![1.0; 6])?;
        let field = GeneratedField::from_parts(model, Arc::new(smallest()), affine)?;
        let view = View::new(Window::UNIT, 1, 1, Grid::Centres)?;
        self.generated(&field, &view, &Control::default(), &mut |_: u32, _: &[f32]| Ok(()))
    }

    /// The library in use.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    fn generator(&self, synthesis: &Arc<Synthesis>, positions: Positions) -> Result<Arc<Prepared>> {
        self.generators[positions as usize].try_get(synthesis, |synthesis| {
            let precision = self.device.precision;
            self.prepared(&synthesis::synthesis_graph(synthesis, positions, precision, &[]))
        })
    }

    fn heat_graph(
        &self,
        synthesis: &Arc<Synthesis>,
        positions: Positions,
    ) -> Result<Arc<Prepared>> {
        self.heatmaps[positions as usize]
            .try_get(synthesis, |synthesis| self.prepared(&heat::heat_graph(synthesis, positions)))
    }

    fn bound_gradient(
        &self,
        synthesis: &Arc<Synthesis>,
        weights: bool,
    ) -> Result<Arc<BoundGradient>> {
        self.linearised[usize::from(weights)].try_get(synthesis, |synthesis| {
            BoundGradient::new(&*self.gradients(Form::of(synthesis, weights))?, synthesis)
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
                local: Arc::new(self.prepared(&local)?),
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
        let graphs = self.upscaler(field.upscaler(), Positions::of(view))?;
        PictureView::new(graphs, field, view, self.device.local_pixels())?.render(control, sink)
    }

    fn generated(
        &self,
        field: &GeneratedField,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let graph = self.generator(field.synthesis(), Positions::of(view))?;
        GeneratedView::new(&graph, field, view, self.device.pixels())?.render(control, sink)
    }

    /// Graphs of derivatives for weights of that form.
    fn gradients(&self, form: Form) -> Result<Arc<PreparedGradient>> {
        let mut gradients = self.gradients.lock();
        if let Some(found) = gradients.iter().find(|g| g.form == form) {
            return Ok(found.clone());
        }
        let prepared = Arc::new(PreparedGradient {
            form,
            forward: Arc::new(self.prepared(&backward::forward_graph(&form))?),
            backward: Arc::new(self.prepared(&backward::backward_graph(&form))?),
        });
        gradients.push(prepared.clone());
        Ok(prepared)
    }
}

/// Two levels of one feature.
fn smallest() -> Synthesis {
    let layer = |outputs: usize| Linear {
        inputs: 1,
        outputs,
        weight: vec![1.0; outputs],
        bias: vec![0.0; outputs],
    };
    Synthesis {
        levels: vec![layer(1), layer(1)],
        rgb: layer(3),
        affine_activation: AffineActivation::Lrelu,
        clamp: Some(1.0),
    }
}

impl Engine for OnnxEngine {
    fn name(&self) -> &'static str {
        self.device.name()
    }

    fn check_process(&self) -> Result<()> {
        self.home.check(self.name())
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
        self.check_process()?;
        let sink = &mut Finite::new(field, sink);
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
        self.check_process()?;
        let generated = check_heatmaps(field, view, levels)?;
        let graph = self.heat_graph(generated.synthesis(), Positions::of(view))?;
        let mut shown = GeneratedView::new(&graph, generated, view, self.device.pixels())?;
        let maps = shown.heatmaps(levels, control)?;
        finite::check(field, &maps)?;
        Ok(maps)
    }

    fn linearise<'a>(&'a self, request: &GradientRequest<'a>) -> Result<Box<dyn Linearised + 'a>> {
        self.check_process()?;
        let GradientRequest { synthesis, affine, weights, .. } = *request;
        GeneratedField::check_fit(synthesis, affine)?;
        let graphs = self.bound_gradient(synthesis, weights)?;
        Ok(Box::new(LinearField::new(graphs, *request)?))
    }
}

/// Whether an engine can run here: `Ok` says with what.
///
/// # Errors
/// As [`OnnxEngine::new`].
pub fn check(cuda: bool, options: &EngineOptions) -> Result<String> {
    options.check_for(if cuda { CUDA } else { NAME })?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_of_a_model_is_kept() {
        let engine = match OnnxEngine::new(false, &EngineOptions::default()) {
            Ok(engine) => engine,
            Err(problem) => {
                assert!(std::env::var_os("CI").is_none(), "{problem}");
                return eprintln!("skipped: {problem}");
            }
        };
        let model = Arc::new(smallest());
        let graphs = || {
            let generator = engine.generator(&model, Positions::Grid).unwrap();
            let heatmaps = engine.heat_graph(&model, Positions::Grid).unwrap();
            (generator, heatmaps, engine.bound_gradient(&model, true).unwrap())
        };
        let (first, second) = (graphs(), graphs());
        assert!(Arc::ptr_eq(&first.0, &second.0) && Arc::ptr_eq(&first.1, &second.1));
        assert!(Arc::ptr_eq(&first.2, &second.2));
        assert!(!Arc::ptr_eq(&first.0, &first.1));
    }
}
