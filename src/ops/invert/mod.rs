//! A picture is embedded in a generator: the code of a field that shows it.
//!
//! Poly-INR (section 4.3) inverts by optimising the affine parameters with the shared weights fixed.
//! Here every tensor of the code is optimised by Muon in units of the mapping network's own spread, from the
//! nearest of a few mapped latents, on a sparse grid first, with a penalty on the distance from the
//! mapping network's outputs that fades; pivotal tuning (Roich et al., 2022) then fits the weights
//! around what was found.
//!
//! ```
//! use polyinr::{Control, CpuEngine, Model, ops};
//! use polyinr::ops::InvertOptions;
//! # use polyinr::{Channels, Raster, Samples};
//! # let picture = Raster::new(8, 8, Channels::Rgb, Samples::U8(vec![90; 192]))?;
//!
//! let generator = Model::builtin("flowers")?.generator()?;
//! let engine = CpuEngine::new(None)?;
//! let options = InvertOptions { steps: 20, ..InvertOptions::default() };
//! let mut watch = |step: &ops::InvertStep| step.psnr < 40.0; // whether to go on
//! let control = Control::default();
//! let found = ops::invert(&engine, &generator, &picture, &options, &control, &mut watch)?;
//! assert!(found.psnr > 20.0);
//! # Ok::<(), polyinr::Error>(())
//! ```

mod adam;
mod fit;
mod loss;
mod muon;
mod options;
mod perceptual;
mod prior;
mod target;

use crate::control::Control;
use crate::engine::{Derivatives, Engine};
use crate::error::{Error, Result};
use crate::field::GeneratedField;
use crate::memory;
use crate::model::Generator;
use crate::ops::memory::invert_memory;
use crate::raster::Extent;
use crate::raster::Raster;
use crate::view::Grid;
use fit::{Fit, FitStage};
use loss::ImageLoss;
pub use options::{InvertOptions, InvertStep, Stage};
use perceptual::Perceptual;
use prior::Prior;
use target::FitTarget;

/// Longest side of the coarsest grid.
const SPARSEST: usize = 16;
/// Share of the steps that the last resolution gets.
const LAST_SHARE: f64 = 0.3;

/// What an inversion came to.
#[derive(Clone, Debug)]
pub struct Inversion {
    /// The picture's field, meant to be seen at the picture's size.
    pub field: GeneratedField,
    /// PSNR in dB over RGB of the known pixels at the resolution of the comparison.
    pub psnr: f64,
    /// PSNR in dB before pivotal tuning.
    pub pivot_psnr: f64,
    /// Width and height in pixels of the grid on which it was compared.
    pub compared: [u32; 2],
    /// Whether the caller stopped it; the field is the best until then.
    pub stopped: bool,
}

/// Embeds `picture` in `generator`. `control` counts steps; when it stops the work, the best field so
/// far is the result. `watch` is told of every step and answers whether to go on.
///
/// # Errors
/// [`Error::Parameter`] when an option is out of range or nothing of the picture is known;
/// [`Error::Cancelled`] when it is stopped before the first step; the engine's errors.
pub fn invert(
    engine: &dyn Engine,
    generator: &Generator,
    picture: &Raster,
    options: &InvertOptions,
    control: &Control<'_>,
    watch: &mut dyn FnMut(&InvertStep) -> bool,
) -> Result<Inversion> {
    options.check(generator)?;
    control.check()?;
    memory::check(invert_memory(generator, Extent::of(picture), options), "picture")?;
    let whole = FitTarget::new(picture, options.mask.as_deref(), options.nodata)?;
    if whole.count() == 0 {
        return Err(Error::parameter("picture", "all of it is transparent or masked"));
    }
    let derivatives = engine.derivatives()?;
    let grids = Grids::new(derivatives, &whole, generator.network().grid(), options)?;
    let places = grids.places(options.steps as usize);
    let prior = Prior::new(generator, options.class)?;
    let first = &places[0];
    let loss = ImageLoss::new(first.target, options.gradients);
    let start =
        prior.nearest(derivatives, generator, first.positions, |rgb| loss.judge(rgb).value)?;
    let total = (options.steps + options.tuning) as usize;
    let mut fit =
        Fit { engine: derivatives, options, control, watch, done: 0, total, stopped: false };
    let shared = generator.network();
    let (code, pivot_psnr) = fit.code(shared, &prior, &start, &places)?;
    let mut field = GeneratedField::new(generator, code)?;
    let mut psnr = pivot_psnr;
    if options.tuning > 0 && !fit.stopped {
        let place = grids.last(options.tuning as usize);
        let (own, reached) = fit.weights(shared, field.code(), &place)?;
        field = field.with_network(own)?;
        psnr = reached;
    }
    let size = [picture.width(), picture.height()];
    let field = field.with_size(size).with_frame(Some(size));
    let stopped = fit.stopped;
    Ok(Inversion { field, psnr, pivot_psnr, compared: grids.size(), stopped })
}

/// The picture at a resolution of the stages.
struct Scale<'a> {
    target: FitTarget,
    /// The known pixels'.
    positions: Vec<[f32; 2]>,
    perceptual: Option<Perceptual<'a>>,
}

impl<'a> Scale<'a> {
    fn new(
        engine: &'a dyn Derivatives,
        whole: &FitTarget,
        side: usize,
        grid: Grid,
        options: &InvertOptions,
    ) -> Result<Self> {
        let target = whole.reduced(side);
        let positions = target.positions([whole.width, whole.height], grid);
        let perceptual = Perceptual::new(engine, &target, options)?;
        Ok(Self { target, positions, perceptual })
    }

    fn place(&self, stage: Stage, steps: usize, last: bool) -> FitStage<'_> {
        let Self { target, positions, perceptual } = self;
        FitStage { target, positions, perceptual: perceptual.as_ref(), stage, steps, last }
    }
}

/// The picture at the resolutions of the stages, coarse to fine.
struct Grids<'a> {
    grids: Vec<Scale<'a>>,
}

impl<'a> Grids<'a> {
    fn new(
        engine: &'a dyn Derivatives,
        whole: &FitTarget,
        grid: Grid,
        options: &InvertOptions,
    ) -> Result<Self> {
        let longest = whole.width.max(whole.height);
        let side = options.compared_side(longest as u32) as usize;
        let mut sides: Vec<usize> = std::iter::successors(Some(SPARSEST), |s| Some(2 * s))
            .take_while(|s| *s < side)
            .collect();
        sides.push(side);
        // A coarse grid may know nothing where the mask is fine.
        sides.retain(|side| whole.reduced(*side).count() > 0);
        if sides.is_empty() {
            sides.push(longest);
        }
        let scale = |side: usize| Scale::new(engine, whole, side, grid, options);
        Ok(Self { grids: sides.into_iter().map(scale).collect::<Result<_>>()? })
    }

    fn places(&self, steps: usize) -> Vec<FitStage<'_>> {
        let coarse = self.grids.len() - 1;
        let early = match coarse {
            0 => 0,
            n => ((1.0 - LAST_SHARE) * steps as f64 / n as f64) as usize,
        };
        let scales = self.grids.iter().enumerate();
        scales
            .map(|(i, scale)| match i == coarse {
                true => scale.place(Stage::Code, steps - early * coarse, true),
                false => scale.place(Stage::Code, early, false),
            })
            .collect()
    }

    /// Size of the finest.
    fn size(&self) -> [u32; 2] {
        let Scale { target, .. } = &self.grids[self.grids.len() - 1];
        [target.width as u32, target.height as u32]
    }

    fn last(&self, steps: usize) -> FitStage<'_> {
        self.grids[self.grids.len() - 1].place(Stage::Tuning, steps, true)
    }
}
