//! ONNX Runtime as an engine: graphs made from a model in memory, run by a library that is opened at
//! run time.

mod coordinates;
mod creps;
mod cuda;
mod derivatives;
mod differentiate;
mod export;
mod generated;
mod gradients;
mod graph;
mod group;
mod heat;
mod inr_gan;
mod latent;
mod layers;
mod local_poly_inr;
mod name;
mod networks;
mod picture;
mod points;
mod poly_inr;
mod probe;
mod probed;
mod proto;
mod runtime;
mod session;
mod shapes;
mod shared;
#[cfg(test)]
mod tests;
mod version;

use std::sync::Arc;

use ort::environment::Environment;
use parking_lot::Mutex;

use crate::control::Control;
use crate::engine::cache::Cache;
use crate::engine::finite::{self, Finite};
use crate::engine::home::Home;
use crate::engine::{
    DerivativeRequest, Derivatives, Engine, EngineOptions, Features, LinearisedField,
    PerceptualLoss, PerceptualRequest, RowSink, check_heatmaps,
};
use crate::error::{Error, Result};
use crate::field::{Field, GeneratedField, Image, PictureImage};
use crate::model::{ModelId, Upscaler};
use crate::network::{Code, Linear, Network, PolyInr, PolyInrConfig, UpscalerNetwork};
use crate::view::{Grid, View, Window};
use coordinates::Positions;
use derivatives::{BoundDerivatives, DerivativeGraphs, LinearisedGraph};
use generated::{GeneratedView, GeneratorGraphs};
use local_poly_inr::{PictureView, PreparedUpscaler, encoder_graph, local_graph};
use name::{CUDA, NAME};
use networks::{FORMS, Form};
use proto::Element;
use session::{Device, Prepared};

pub(super) use cuda::driver;
pub use export::{ExportedGraph, export};
pub use probe::{PROBE_COMMAND, probe_by};
pub use probed::probed;
pub use runtime::{
    RUNTIME_VARIABLE, RUNTIME_VERSION, RejectedRuntime, Runtime, isolated_python, runtime_folder,
};

/// Fields computed by ONNX Runtime, on the processor or on a GPU. Graphs are kept as long as their
/// model.
#[derive(Debug)]
pub struct OnnxEngine {
    runtime: Runtime,
    environment: Environment,
    device: Device,
    home: Home,
    /// By the [form](Form) that a view takes.
    generators: [Cache<Network, GeneratorGraphs>; FORMS],
    heatmaps: [Cache<Network, GeneratorGraphs>; FORMS],
    /// By [`Positions`].
    upscalers: [Cache<Upscaler, PreparedUpscaler>; 2],
    derivatives: Mutex<Vec<Arc<DerivativeGraphs>>>,
    /// By the code alone, and by matrices too.
    linearised: [Cache<Network, BoundDerivatives>; 2],
}

impl OnnxEngine {
    /// An engine on the processor, or with `cuda` on a GPU, as `options` say.
    ///
    /// # Errors
    /// [`Error::Parameter`] for impossible numbers of threads, and for options that only a GPU has
    /// without `cuda`; [`Error::Engine`] when ONNX Runtime or what it needs for the GPU is not found
    /// or too old, with what is missing.
    pub fn new(cuda: bool, options: &EngineOptions) -> Result<Self> {
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
            derivatives: Mutex::default(),
            linearised: Default::default(),
        }
    }

    /// Sees whether the device runs graphs at all: a pixel of the smallest generator.
    fn try_out(&self) -> Result<()> {
        let model = ModelId { name: "smallest".to_owned(), id: String::new() };
        let network = smallest()?;
        let code = Code::from_values(&network.code_shape(), &[1.0; 6])?;
        let field = GeneratedField::from_parts(model, Arc::new(network), code)?;
        let view = View::new(Window::UNIT, 1, 1, Grid::Centres)?;
        self.generated(&field, &view, &Control::default(), &mut |_: u32, _: &[f32]| Ok(()))
    }

    /// The library in use.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    fn generator(&self, network: &Arc<Network>, form: Form) -> Result<Arc<GeneratorGraphs>> {
        self.generators[form.number()].try_get(network, |network| {
            let precision = self.device.precision;
            self.graphs(
                &networks::pixel_graph(network, form, precision, &[]),
                network,
                form,
                precision,
            )
        })
    }

    fn heat_graphs(&self, network: &Arc<Network>, form: Form) -> Result<Arc<GeneratorGraphs>> {
        self.heatmaps[form.number()].try_get(network, |network| {
            self.graphs(&networks::heat_graph(network, form), network, form, Element::F32)
        })
    }

    /// A graph of pixels, with that of what they share in `precision`.
    fn graphs(
        &self,
        pixels: &[u8],
        network: &Network,
        form: Form,
        precision: Element,
    ) -> Result<GeneratorGraphs> {
        let shared = networks::shared_graph(network, form, precision, &[]);
        let shared = shared.map(|(_, graph)| self.prepared(&graph)).transpose()?;
        Ok(GeneratorGraphs {
            pixels: Arc::new(self.prepared(pixels)?),
            shared: shared.map(Arc::new),
        })
    }

    fn bound_derivatives(
        &self,
        network: &Arc<Network>,
        weights: bool,
    ) -> Result<Arc<BoundDerivatives>> {
        self.linearised[usize::from(weights)].try_get(network, |network| {
            BoundDerivatives::new(&*self.derivative_graphs(network, weights)?, network)
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
            let UpscalerNetwork::LocalPolyInr(network) = upscaler.network();
            let encoder = encoder_graph(network, self.device.precision, &[]);
            let local = local_graph(network, positions, self.device.precision, &[]);
            Ok(PreparedUpscaler {
                encoder: self.prepared(&encoder)?,
                local: Arc::new(self.prepared(&local)?),
            })
        })
    }

    fn picture(
        &self,
        image: &PictureImage,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let graphs = self.upscaler(image.upscaler(), Positions::of(view))?;
        PictureView::new(graphs, image, view, self.device.local_pixels())?.render(control, sink)
    }

    fn generated(
        &self,
        field: &GeneratedField,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let form = Form::of(field, view);
        let graphs = self.generator(field.network(), form)?;
        GeneratedView::new(&graphs, field, form, view, self.device.pixels())?.render(control, sink)
    }

    /// Graphs of derivatives for networks of this one's shape.
    fn derivative_graphs(&self, network: &Network, weights: bool) -> Result<Arc<DerivativeGraphs>> {
        let config = network.config();
        let mut all = self.derivatives.lock();
        if let Some(found) = all.iter().find(|g| g.network == config && g.weights == weights) {
            return Ok(found.clone());
        }
        let pair = |[forward, backward]: [Vec<u8>; 2]| -> Result<_> {
            Ok([Arc::new(self.prepared(&forward)?), Arc::new(self.prepared(&backward)?)])
        };
        let graphs = Arc::new(DerivativeGraphs {
            network: config,
            weights,
            pixels: pair(networks::derivative_graphs(network, weights))?,
            shared: networks::shared_derivative_graphs(network, weights).map(pair).transpose()?,
        });
        all.push(graphs.clone());
        Ok(graphs)
    }
}

/// Two levels of one feature.
fn smallest() -> Result<Network> {
    let layer = |outputs: usize| Linear {
        inputs: 1,
        outputs,
        weight: vec![1.0; outputs],
        bias: vec![0.0; outputs],
    };
    let config = PolyInrConfig { clamp: Some(1.0), ..PolyInrConfig::new(2, 1) };
    PolyInr::new(config, vec![layer(1), layer(1)], layer(3)).map(Network::PolyInr)
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
        image: &Image,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        self.check_process()?;
        let sink = &mut Finite::new(image, sink);
        match image {
            Image::Generated(field) => self.generated(field, view, control, sink),
            Image::Picture(image) => self.picture(image, view, control, sink),
        }
    }

    fn features(&self) -> Result<&dyn Features> {
        Ok(self)
    }

    fn derivatives(&self) -> Result<&dyn Derivatives> {
        Ok(self)
    }
}

impl Features for OnnxEngine {
    fn heatmaps(
        &self,
        field: &Field,
        view: &View,
        levels: &[usize],
        control: &Control<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        self.check_process()?;
        let generated = check_heatmaps(field, view, levels)?;
        let form = Form::of_heatmaps(generated, view);
        let graphs = self.heat_graphs(generated.network(), form)?;
        let mut shown = GeneratedView::new(&graphs, generated, form, view, self.device.pixels())?;
        let maps = shown.heatmaps(levels, control)?;
        finite::check(generated, &maps)?;
        Ok(maps)
    }
}

impl Derivatives for OnnxEngine {
    fn linearise<'a>(
        &'a self,
        request: &DerivativeRequest<'a>,
    ) -> Result<Box<dyn LinearisedField + 'a>> {
        self.check_process()?;
        request.code.check_shape(&request.network.code_shape())?;
        let graphs = self.bound_derivatives(request.network, request.weights)?;
        Ok(Box::new(LinearisedGraph::new(graphs, *request)?))
    }

    fn perceptual<'a>(
        &'a self,
        request: &PerceptualRequest<'_>,
    ) -> Result<Box<dyn PerceptualLoss + 'a>> {
        request.blocks()?;
        let problem = "it computes no perceptual losses; take the cpu engine, or leave VGG16 out";
        Err(Error::Engine { engine: self.name(), problem: problem.to_owned() })
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
