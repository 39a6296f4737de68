//! The built-in engine: exact float32 arithmetic on the processor, no dependency outside the binary.
//!
//! Results do not depend on the number of threads or on how a view is divided. They may differ in
//! the last bits between instruction sets, which are chosen at run time.

mod bands;
mod buffer;
mod creps;
mod feature_maps;
mod image_inputs;
mod inr_gan;
mod local_poly_inr;
mod networks;
mod perceptual;
mod poly_inr;
mod product;
mod simd;
mod tape;
mod winograd;

use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};

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
use crate::memory;
use crate::model::{Upscaler, Vgg16};
use crate::network::Network;
use crate::view::View;
use local_poly_inr::{PackedUpscaler, PictureBands};
use networks::{ComputedNetwork, PackedNetwork};
use perceptual::{PackedVgg16, Perception};

pub(crate) use bands::threads_memory;
pub(crate) use local_poly_inr::memory as picture_memory;
pub(crate) use networks::memory as generated_memory;

/// Name of this engine.
const NAME: &str = "cpu";

/// The built-in engine. Models' weights are packed for the processor once and kept as long as the
/// model lives.
#[derive(Debug)]
pub struct CpuEngine {
    pool: ThreadPool,
    home: Home,
    upscalers: Cache<Upscaler, PackedUpscaler>,
    generators: Cache<Network, PackedNetwork>,
    networks: Cache<Vgg16, PackedVgg16>,
}

impl CpuEngine {
    /// An engine with its own `threads`; `None` takes one for every processor.
    ///
    /// # Errors
    /// [`Error::Parameter`] for zero threads or more than 1024; [`Error::Engine`] when the system
    /// gives none, or the environment variable `POLYINR_CPU` names no instruction set.
    pub fn new(threads: Option<usize>) -> Result<Self> {
        EngineOptions { threads, ..EngineOptions::default() }.check_threads()?;
        if let Some(problem) = simd::problem() {
            return Err(Error::Engine { engine: NAME, problem });
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .thread_name(|i| format!("polyinr-{i}"))
            .build()
            .map_err(|e| Error::Engine { engine: NAME, problem: format!("no threads: {e}") })?;
        let (upscalers, generators) = (Cache::default(), Cache::default());
        Ok(Self { pool, home: Home::here(), upscalers, generators, networks: Cache::default() })
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// The instruction set in use, such as `AVX-512`.
    pub fn instruction_set(&self) -> &'static str {
        simd::name()
    }

    fn generated(
        &self,
        field: &GeneratedField,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let size = [view.width(), view.height()];
        memory::check(generated_memory(field.network(), size, self.threads()), "size")?;
        let packed = self.packed(field);
        let computed = ComputedNetwork { network: field.network(), packed: &packed };
        let mut bands = computed.bands(field, view, self.threads());
        bands::drive(&self.pool, view, bands.as_mut(), control, sink)
    }

    fn packed(&self, field: &GeneratedField) -> Arc<PackedNetwork> {
        self.generators.get(field.network(), PackedNetwork::new)
    }

    fn picture(
        &self,
        image: &PictureImage,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let (from, to) =
            ((image.width() as u32, image.height() as u32), (view.width(), view.height()));
        let needed = picture_memory(image.upscaler(), from, to, 0, self.threads());
        memory::check(needed, "size")?;
        let packed = self.upscalers.get(image.upscaler(), PackedUpscaler::new);
        let mut bands = PictureBands::new(&packed, image, view);
        bands::drive(&self.pool, view, &mut bands, control, sink)
    }
}

impl Engine for CpuEngine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check_process(&self) -> Result<()> {
        self.home.check(NAME)
    }

    fn threads(&self) -> usize {
        Self::threads(self)
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

impl Derivatives for CpuEngine {
    fn linearise<'a>(
        &'a self,
        request: &DerivativeRequest<'a>,
    ) -> Result<Box<dyn LinearisedField + 'a>> {
        self.check_process()?;
        request.code.check_shape(&request.network.code_shape())?;
        let packed = self.generators.get(request.network, PackedNetwork::new);
        networks::linearise(&packed, &self.pool, *request)
    }

    fn perceptual<'a>(
        &'a self,
        request: &PerceptualRequest<'_>,
    ) -> Result<Box<dyn PerceptualLoss + 'a>> {
        self.check_process()?;
        let blocks = request.blocks()?;
        // Packed by this engine's threads: those of all processors would not outlive a fork.
        let packed = self.pool.install(|| self.networks.get(request.vgg, PackedVgg16::new));
        Ok(Box::new(Perception::new(&self.pool, packed, blocks, request)))
    }
}

impl Features for CpuEngine {
    fn heatmaps(
        &self,
        field: &Field,
        view: &View,
        levels: &[usize],
        control: &Control<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        self.check_process()?;
        let generated = check_heatmaps(field, view, levels)?;
        control.check()?;
        let packed = self.packed(generated);
        let computed = ComputedNetwork { network: generated.network(), packed: &packed };
        let maps = computed.heatmaps(&self.pool, generated.code(), view, levels, control)?;
        finite::check(generated, &maps)?;
        Ok(maps)
    }
}
