//! A picture is embedded in a generator: affine parameters whose field shows it.
//!
//! Poly-INR (section 4.3) inverts by optimising the affine parameters with the shared weights fixed.
//! Here all levels' A are optimised by Muon in units of the mapping network's own spread, from the
//! nearest of a few mapped latents, on a sparse grid first, with a penalty on the distance from the
//! mapping network's outputs that fades; pivotal tuning (Roich et al., 2022) then fits the weights around what
//! was found.
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
mod perceptual;
mod prior;
mod target;

use std::sync::Arc;

use crate::control::Control;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::field::GeneratedField;
use crate::memory;
use crate::model::{Generator, Vgg16};
use crate::ops::{Extent, invert_memory};
use crate::raster::Raster;
use fit::{Fit, Place};
use loss::ImageLoss;
use perceptual::Perceptual;
use prior::Prior;
use target::Target;

/// Longest side of the coarsest grid.
const SPARSEST: usize = 16;
/// Share of the steps that the last resolution gets.
const LAST_SHARE: f64 = 0.3;
/// Longest side at which inversions are computed, unless asked for.
const USUAL_SIDE: u32 = 128;

/// How a picture is embedded.
#[derive(Clone, Debug)]
pub struct InvertOptions {
    /// Class to start from; `None` tries all.
    pub class: Option<usize>,
    /// Steps on the affine parameters, 1 to 100,000.
    pub steps: u32,
    /// Steps of pivotal tuning of the weights after that, 0 to 100,000.
    pub tuning: u32,
    /// Longest side of the grid on which the picture is compared, in pixels, 1 to 4096; `None` for
    /// the picture's own, at most 128.
    pub resolution: Option<u32>,
    /// Weight of the distance from the mapping network's affine parameters at first, 0 or more; it
    /// falls to a ten-thousandth. With more, fields mix better with others; with less, they come nearer
    /// to the picture.
    pub manifold: f32,
    /// Weight of the differences between neighbours in the loss, 0 or more.
    pub gradients: f32,
    /// The network of a perceptual loss, which is added to the loss of the pixels on grids of 16
    /// pixels each way and more; `None` for none. VGG16's weights are the user's to get; see
    /// [`Vgg16`].
    pub perceptual: Option<Arc<Vgg16>>,
    /// Weight of the perceptual loss, 0 or more. Squared differences of pixels in `[0, 1]` have the
    /// weight 1.
    pub perceptual_weight: f32,
    /// PSNR in dB at which pivotal tuning ends.
    pub enough: Option<f64>,
    /// What is known of the picture: light where it is, dark where not. A picture with alpha is
    /// known where it is more opaque than transparent.
    pub mask: Option<Arc<Raster>>,
    /// The sample that stands for no data, on the scale where 1 is full for integers; it is not known
    /// either.
    pub nodata: Option<f32>,
}

impl Default for InvertOptions {
    fn default() -> Self {
        Self {
            class: None,
            steps: 2500,
            tuning: 0,
            resolution: None,
            manifold: 1e-2,
            gradients: 0.1,
            perceptual: None,
            perceptual_weight: 0.1,
            enough: None,
            mask: None,
            nodata: None,
        }
    }
}

/// What is optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The affine parameters.
    Affine,
    /// The weights, around the affine parameters found.
    Tuning,
}

/// How an inversion goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InvertStep {
    /// What is optimised.
    pub stage: Stage,
    /// Width of the grid in pixels.
    pub width: u32,
    /// Height of the grid in pixels.
    pub height: u32,
    /// Steps done, of all stages.
    pub step: u32,
    /// Steps planned; early stops may leave some out.
    pub steps: u32,
    /// PSNR of the known pixels of this grid in dB, RGB, before this step.
    pub psnr: f64,
}

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
    let whole = Target::new(picture, options.mask.as_deref(), options.nodata)?;
    if whole.count() == 0 {
        return Err(Error::parameter("picture", "all of it is transparent or masked"));
    }
    let grids = Grids::new(engine, &whole, options)?;
    let places = grids.places(options.steps as usize);
    let prior = Prior::new(generator, options.class)?;
    let first = &places[0];
    let loss = ImageLoss::new(first.target, options.gradients);
    let start = prior.nearest(engine, generator, first.positions, |rgb| loss.judge(rgb).value)?;
    let total = (options.steps + options.tuning) as usize;
    let mut fit = Fit { engine, options, control, watch, done: 0, total, stopped: false };
    let shared = generator.synthesis();
    let (affine, pivot_psnr) = fit.affine(shared, &prior, &start, &places)?;
    let mut field = GeneratedField::new(generator, affine)?;
    let mut psnr = pivot_psnr;
    if options.tuning > 0 && !fit.stopped {
        let place = grids.last(options.tuning as usize);
        let (own, reached) = fit.weights(shared, field.affine(), &place)?;
        field = field.with_weights(own)?;
        psnr = reached;
    }
    let size = [picture.width(), picture.height()];
    let field = field.with_size(size).with_frame(Some(size));
    let stopped = fit.stopped;
    Ok(Inversion { field, psnr, pivot_psnr, compared: grids.size(), stopped })
}

/// The picture at a resolution of the stages.
struct Scale<'a> {
    target: Target,
    /// The known pixels'.
    positions: Vec<[f32; 2]>,
    perceptual: Option<Perceptual<'a>>,
}

impl<'a> Scale<'a> {
    fn new(
        engine: &'a dyn Engine,
        whole: &Target,
        side: usize,
        options: &InvertOptions,
    ) -> Result<Self> {
        let target = whole.reduced(side);
        let positions = target.positions([whole.width, whole.height]);
        let perceptual = Perceptual::new(engine, &target, options)?;
        Ok(Self { target, positions, perceptual })
    }

    fn place(&self, stage: Stage, steps: usize, last: bool) -> Place<'_> {
        let Self { target, positions, perceptual } = self;
        Place { target, positions, perceptual: perceptual.as_ref(), stage, steps, last }
    }
}

/// The picture at the resolutions of the stages, coarse to fine.
struct Grids<'a> {
    grids: Vec<Scale<'a>>,
}

impl<'a> Grids<'a> {
    fn new(engine: &'a dyn Engine, whole: &Target, options: &InvertOptions) -> Result<Self> {
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
        let scale = |side: usize| Scale::new(engine, whole, side, options);
        Ok(Self { grids: sides.into_iter().map(scale).collect::<Result<_>>()? })
    }

    fn places(&self, steps: usize) -> Vec<Place<'_>> {
        let coarse = self.grids.len() - 1;
        let early = match coarse {
            0 => 0,
            n => ((1.0 - LAST_SHARE) * steps as f64 / n as f64) as usize,
        };
        let scales = self.grids.iter().enumerate();
        scales
            .map(|(i, scale)| match i == coarse {
                true => scale.place(Stage::Affine, steps - early * coarse, true),
                false => scale.place(Stage::Affine, early, false),
            })
            .collect()
    }

    /// Size of the finest.
    fn size(&self) -> [u32; 2] {
        let Scale { target, .. } = &self.grids[self.grids.len() - 1];
        [target.width as u32, target.height as u32]
    }

    fn last(&self, steps: usize) -> Place<'_> {
        self.grids[self.grids.len() - 1].place(Stage::Tuning, steps, true)
    }
}

impl InvertOptions {
    /// Checks the options for `generator`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when one is out of its range.
    pub fn check(&self, generator: &Generator) -> Result<()> {
        let count = generator.config.classes.len();
        if let Some(class) = self.class
            && class >= count
        {
            return Err(Error::parameter("class", format!("{class}; the model has {count}")));
        }
        self.check_ranges()
    }

    /// Longer side in pixels at which a picture is compared whose own is `longest`.
    pub(crate) fn compared_side(&self, longest: u32) -> u32 {
        self.resolution.unwrap_or(USUAL_SIDE).min(longest)
    }

    /// Checks what does not depend on the model.
    pub(crate) fn check_ranges(&self) -> Result<()> {
        const MOST: u32 = 100_000;
        if !(1..=MOST).contains(&self.steps) || self.tuning > MOST {
            return Err(Error::parameter("steps", format!("1 to {MOST} are possible")));
        }
        if self.enough.is_some_and(|e| !(0.0..=200.0).contains(&e)) {
            return Err(Error::parameter("enough", "0 to 200 dB are possible"));
        }
        if self.resolution.is_some_and(|r| !(1..=4096).contains(&r)) {
            return Err(Error::parameter("resolution", "1 to 4096 are possible"));
        }
        let weight = |name, w: f32| match w.is_finite() && w >= 0.0 {
            true => Ok(()),
            false => Err(Error::parameter(name, format!("{w}; 0 or more is needed"))),
        };
        weight("manifold", self.manifold)?;
        weight("gradients", self.gradients)?;
        weight("perceptual", self.perceptual_weight)
    }
}
