//! The two optimisations: affine parameters with the shared weights fixed, then the weights around
//! the pivot.

use std::f64::consts::PI;
use std::sync::Arc;

use super::adam::Adam;
use super::loss::{ImageLoss, Judged};
use super::muon::Muon;
use super::perceptual::Perceptual;
use super::prior::Prior;
use super::target::Target;
use super::{InvertOptions, InvertStep, Stage};
use crate::control::Control;
use crate::engine::{Engine, Gradient, GradientRequest};
use crate::error::{Error, Result};
use crate::model::{Affine, Linear, Synthesis};

/// Root mean square of a step of a level's affine parameters, in deviations of mapped latents'.
const AFFINE_RATE: f32 = 0.05;
/// Share of the pull towards mapped latents that is left at the end. At first it decides which of the
/// many affine parameters that show about the same are sought, at last it would only be in the way.
const LAST_PULL: f32 = 1e-4;
/// Root mean square of a step of a level's weights, in that of the weights.
const WEIGHT_RATE: f32 = 0.008;
/// Steps over which the weights' rate rises from nothing: the first gradients are no momentum yet.
const WARM_UP: usize = 50;
/// Steps over which gradients by weights are averaged.
const WEIGHT_MEMORY: usize = 20;
/// Share of the rate that is left at the end.
const LAST_RATE: f64 = 0.02;
/// PSNR in dB beyond which a stage ends: pixels of 8 bits do not come nearer.
const PERFECT: f64 = 60.0;

/// What all steps of an inversion share.
pub(super) struct Fit<'a> {
    pub engine: &'a dyn Engine,
    pub options: &'a InvertOptions,
    pub control: &'a Control<'a>,
    pub watch: &'a mut dyn FnMut(&InvertStep) -> bool,
    /// Steps taken and planned.
    pub done: usize,
    pub total: usize,
    /// Whether the caller stopped it.
    pub stopped: bool,
}

/// What is fitted in one stage, where.
pub(super) struct Place<'a> {
    pub target: &'a Target,
    pub positions: &'a [[f32; 2]],
    pub perceptual: Option<&'a Perceptual<'a>>,
    pub stage: Stage,
    pub steps: usize,
    /// Whether this is the resolution at which the result is judged.
    pub last: bool,
}

/// Loss and derivatives at a place.
struct Look {
    gradient: Gradient,
    psnr: f64,
    /// What the best is chosen by, in dB: the PSNR, or where there is a perceptual loss the whole
    /// loss.
    score: f64,
}

/// The best that was seen of something.
struct Best<T> {
    /// Score, PSNR and what has them.
    value: Option<(f64, f64, T)>,
}

impl<T> Best<T> {
    fn new() -> Self {
        Self { value: None }
    }

    /// Keeps `value` if what was seen of it is better than all before. Whether it can be bettered.
    fn see(&mut self, look: &Look, value: impl FnOnce() -> T) -> bool {
        if self.value.as_ref().is_none_or(|(best, _, _)| look.score > *best) {
            self.value = Some((look.score, look.psnr, value()));
        }
        look.psnr < PERFECT
    }
}

impl Fit<'_> {
    /// Fits A, from `start` on. Gives the best seen where the result is judged, else the last, and
    /// its PSNR.
    pub fn affine(
        &mut self,
        synthesis: &Arc<Synthesis>,
        prior: &Prior,
        start: &Affine,
        places: &[Place<'_>],
    ) -> Result<(Affine, f64)> {
        let total: usize = places.iter().map(|p| p.steps).sum();
        let (mut moving, mut taken, mut best) = (Moving::new(start, prior, total), 0, Best::new());
        for place in places {
            for step in 0..place.steps {
                let affine = moving.affine()?;
                let look = self.look(synthesis, &affine, place, false)?;
                let go_on = !place.last || best.see(&look, || affine.clone());
                if !self.tell(place, look.psnr) {
                    let (_, psnr, affine) = best.value.unwrap_or((look.score, look.psnr, affine));
                    return Ok((affine, psnr));
                }
                if !go_on {
                    self.done += place.steps - 1 - step;
                    break;
                }
                let rate = AFFINE_RATE * decay(taken, total);
                let manifold = self.options.manifold * falling(taken, total);
                moving.step(&look.gradient.affine, rate, manifold);
                taken += 1;
            }
        }
        let (_, psnr, affine) = best.value.ok_or_else(no_steps)?;
        Ok((affine, psnr))
    }

    /// Fits the weights around the pivot `affine`. Gives the best seen and its PSNR.
    pub fn weights(
        &mut self,
        shared: &Arc<Synthesis>,
        affine: &Affine,
        place: &Place<'_>,
    ) -> Result<(Arc<Synthesis>, f64)> {
        let (mut own, mut best) = (shared.clone(), Best::new());
        let (mut muon, mut adam) = (Muon::over(WEIGHT_MEMORY), Adam::default());
        for step in 0..place.steps {
            let look = self.look(&own, affine, place, true)?;
            let enough = self.options.enough.is_some_and(|e| look.psnr >= e);
            let go_on = best.see(&look, || own.clone()) && !enough;
            let told = self.tell(place, look.psnr);
            if !told || !go_on {
                self.done += place.steps - 1 - step;
                break;
            }
            let Some(slopes) = look.gradient.weights else { break };
            adam.begin();
            let warm = ((step + 1) as f32 / WARM_UP as f32).min(1.0);
            let rate = WEIGHT_RATE * warm * decay(step, place.steps);
            let layers = layers(Arc::make_mut(&mut own));
            for (i, (layer, slope)) in
                layers.zip(slopes.levels.iter().chain([&slopes.rgb])).enumerate()
            {
                let rate = rate * root_mean_square(&layer.weight);
                muon.move_matrix(i, &mut layer.weight, &slope.weight, layer.inputs, rate);
                adam.move_tensor(i, &mut layer.bias, &slope.bias, rate);
            }
        }
        let (_, psnr, own) = best.value.ok_or_else(no_steps)?;
        Ok((own, psnr))
    }

    /// Loss and derivatives at a place.
    fn look(
        &self,
        synthesis: &Arc<Synthesis>,
        affine: &Affine,
        place: &Place<'_>,
        weights: bool,
    ) -> Result<Look> {
        let request = GradientRequest { synthesis, affine, positions: place.positions, weights };
        let linearised = self.engine.linearise(&request)?;
        let judged = self.judge(place, linearised.rgb())?;
        if !judged.value.is_finite() {
            let problem = "the loss left the finite numbers; the weights may be damaged";
            return Err(Error::parameter("model", problem));
        }
        let psnr_there = psnr(judged.squares);
        let score = if place.perceptual.is_some() { psnr(judged.value) } else { psnr_there };
        Ok(Look { gradient: linearised.gradient(&judged.slope)?, psnr: psnr_there, score })
    }

    /// All parts of the loss together.
    fn judge(&self, place: &Place<'_>, rgb: &[f32]) -> Result<Judged> {
        let mut judged = ImageLoss::new(place.target, self.options.gradients).judge(rgb);
        if let Some(perceptual) = place.perceptual {
            perceptual.add(place.target, rgb, &mut judged)?;
        }
        Ok(judged)
    }

    /// Tells how it goes; whether to go on.
    fn tell(&mut self, place: &Place<'_>, psnr: f64) -> bool {
        self.done += 1;
        let wanted = (self.watch)(&InvertStep {
            stage: place.stage,
            width: place.target.width as u32,
            height: place.target.height as u32,
            step: self.done as u32,
            steps: self.total as u32,
            psnr,
        });
        let go_on = self.control.report(self.done as u64, self.total as u64).is_ok() && wanted;
        self.stopped |= !go_on;
        go_on
    }
}

/// Affine parameters on the way, in deviations of mapped latents'.
struct Moving<'a> {
    prior: &'a Prior,
    shape: (usize, usize),
    values: Vec<f32>,
    muon: Muon,
}

impl<'a> Moving<'a> {
    /// Begins at `start`, for a journey of `steps` steps.
    fn new(start: &Affine, prior: &'a Prior, steps: usize) -> Self {
        let values = start.values().iter().zip(&prior.deviation).map(|(a, s)| a / s).collect();
        let shape = (start.levels(), start.features());
        Self { prior, shape, values, muon: Muon::over(affine_memory(steps)) }
    }

    fn affine(&self) -> Result<Affine> {
        let values = self.values.iter().zip(&self.prior.deviation).map(|(v, s)| v * s);
        Affine::new(self.shape.0, self.shape.1, values.collect())
    }

    /// Moves against the loss's derivative by A and the pull towards mapped latents, `manifold`
    /// times the mean squared distance from their mean.
    fn step(&mut self, gradient: &[f32], rate: f32, manifold: f32) {
        let Prior { mean, deviation, .. } = self.prior;
        let pull = 2.0 * manifold / self.values.len() as f32;
        let parts = gradient.iter().zip(&self.values).zip(mean.iter().zip(deviation));
        let slope = parts.map(|((g, v), (m, s))| g * s + pull * (v - m / s));
        let slope: Vec<f32> = slope.collect();
        let level = 3 * self.shape.1;
        let levels = self.values.chunks_exact_mut(level).zip(slope.chunks_exact(level));
        for (i, (values, slope)) in levels.enumerate() {
            self.muon.move_matrix(i, values, slope, 3, rate);
        }
    }
}

/// PSNR in dB of a mean squared error.
pub(super) fn psnr(squares: f64) -> f64 {
    -10.0 * squares.max(1e-12).log10()
}

fn no_steps() -> Error {
    Error::parameter("steps", "there must be one at least")
}

/// Cosine from 1 to [`LAST_RATE`].
fn decay(step: usize, steps: usize) -> f32 {
    let along = step as f64 / steps.max(1) as f64;
    (LAST_RATE + (1.0 - LAST_RATE) * 0.5 * (1.0 + (PI * along).cos())) as f32
}

/// Falls from 1 to [`LAST_PULL`], by the same factor every step.
fn falling(step: usize, steps: usize) -> f32 {
    LAST_PULL.powf(step as f32 / steps.max(1) as f32)
}

/// Steps over which gradients by affine parameters are averaged, of `steps` in all. Kinks of leaky
/// ReLU are close together: one gradient says little about where to go.
fn affine_memory(steps: usize) -> usize {
    (steps / 25).clamp(20, 100)
}

fn layers(synthesis: &mut Synthesis) -> impl Iterator<Item = &mut Linear> {
    synthesis.levels.iter_mut().chain(std::iter::once(&mut synthesis.rgb))
}

fn root_mean_square(values: &[f32]) -> f32 {
    let squares: f64 = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum();
    (squares / values.len().max(1) as f64).sqrt() as f32
}
