//! The built-in engine: exact float32 arithmetic on the processor, no dependency outside the binary.
//!
//! Results do not depend on the number of threads or on how a view is divided. They may differ in
//! the last bits between instruction sets, which are chosen at run time.

mod affine;
mod bands;
mod bicubic;
mod buffer;
mod encoder;
pub(crate) mod gemm;
mod generator;
mod gradient;
mod heatmap;
mod kernels;
mod local;
mod perceptual;
mod picture;
mod product;
mod simd;
mod winograd;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::control::Control;
use crate::engine::cache::Cache;
use crate::engine::{
    Engine, GradientRequest, Linearised, PerceptualLoss, PerceptualRequest, RowSink, check_heatmaps,
};
use crate::error::{Error, Result};
use crate::field::{Field, GeneratedField, PictureField};
use crate::model::{Synthesis, Upscaler, Vgg16};
use crate::view::View;
use generator::{GeneratorBands, PackedSynthesis};
use gradient::Linear;
use heatmap::Heatmaps;
use perceptual::{PackedVgg16, Perception};
use picture::{PackedUpscaler, PictureBands};

/// Name of this engine.
const NAME: &str = "cpu";

/// The built-in engine. Models' weights are packed for the processor once and kept as long as the
/// model lives.
#[derive(Debug)]
pub struct CpuEngine {
    pool: ThreadPool,
    upscalers: Cache<Upscaler, PackedUpscaler>,
    generators: Cache<Synthesis, PackedSynthesis>,
    networks: Cache<Vgg16, PackedVgg16>,
}

impl CpuEngine {
    /// An engine with its own `threads`; `None` takes one for every processor.
    ///
    /// # Errors
    /// [`Error::Parameter`] for zero threads or more than 1024; [`Error::Engine`] when the system
    /// gives none.
    pub fn new(threads: Option<usize>) -> Result<Self> {
        if threads.is_some_and(|t| !(1..=1024).contains(&t)) {
            return Err(Error::parameter("threads", "1 to 1024 are possible"));
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .thread_name(|i| format!("polyinr-{i}"))
            .build()
            .map_err(|e| Error::Engine { engine: NAME, problem: format!("no threads: {e}") })?;
        let (upscalers, generators) = (Cache::default(), Cache::default());
        Ok(Self { pool, upscalers, generators, networks: Cache::default() })
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
        let packed = self.generators.get(field.synthesis(), PackedSynthesis::new);
        let mut bands = GeneratorBands::new(&packed, field.affine(), view, self.threads());
        bands::drive(&self.pool, view, &mut bands, control, sink)
    }

    fn picture(
        &self,
        field: &PictureField,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let packed = self.upscalers.get(field.upscaler(), PackedUpscaler::new);
        let mut bands = PictureBands::new(&packed, field, view);
        bands::drive(&self.pool, view, &mut bands, control, sink)
    }
}

impl Engine for CpuEngine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn threads(&self) -> usize {
        Self::threads(self)
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

    fn linearise<'a>(&'a self, request: &GradientRequest<'a>) -> Result<Box<dyn Linearised + 'a>> {
        GeneratedField::check_fit(request.synthesis, request.affine)?;
        Ok(Box::new(Linear::new(&self.pool, *request)))
    }

    fn perceptual<'a>(
        &'a self,
        request: &PerceptualRequest<'_>,
    ) -> Result<Box<dyn PerceptualLoss + 'a>> {
        let blocks = request.blocks()?;
        let packed = self.networks.get(request.vgg, PackedVgg16::new);
        Ok(Box::new(Perception::new(&self.pool, packed, blocks, request)))
    }

    fn heatmaps(
        &self,
        field: &Field,
        view: &View,
        levels: &[usize],
        control: &Control<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        let field = check_heatmaps(field, view, levels)?;
        control.check()?;
        let packed = self.generators.get(field.synthesis(), PackedSynthesis::new);
        Heatmaps::new(&packed, field.affine(), view, levels).render(&self.pool, control)
    }
}
