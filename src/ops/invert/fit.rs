//! The two optimisations: the code with the shared weights fixed, then the weights around the pivot.

use std::f64::consts::PI;
use std::sync::Arc;

use super::adam::Adam;
use super::loss::{ImageLoss, Judged};
use super::muon::Muon;
use super::options::{InvertOptions, InvertStep, Stage};
use super::perceptual::Perceptual;
use super::prior::Prior;
use super::target::FitTarget;
use crate::control::Control;
use crate::engine::{Derivative, DerivativeRequest, Derivatives};
use crate::error::{Error, Result};
use crate::network::{Code, CodeShape, Linear, Network};

/// Root mean square of a step of a tensor of the code, in deviations of mapped latents'.
const CODE_RATE: f32 = 0.05;
/// Share of the pull towards mapped latents that is left at the end. At first it decides which of the
/// many codes that show about the same are sought, at last it would only be in the way.
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
    pub engine: &'a dyn Derivatives,
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
pub(super) struct FitStage<'a> {
    pub target: &'a FitTarget,
    pub positions: &'a [[f32; 2]],
    pub perceptual: Option<&'a Perceptual<'a>>,
    pub stage: Stage,
    pub steps: usize,
    /// Whether this is the resolution at which the result is judged.
    pub last: bool,
}

/// Loss and derivatives at a place.
struct Evaluation {
    derivative: Derivative,
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
    fn see(&mut self, look: &Evaluation, value: impl FnOnce() -> T) -> bool {
        if self.value.as_ref().is_none_or(|(best, _, _)| look.score > *best) {
            self.value = Some((look.score, look.psnr, value()));
        }
        look.psnr < PERFECT
    }
}

impl Fit<'_> {
    /// Fits the code, from `start` on. Gives the best seen where the result is judged, else the last, and
    /// its PSNR.
    pub fn code(
        &mut self,
        network: &Arc<Network>,
        prior: &Prior,
        start: &Code,
        places: &[FitStage<'_>],
    ) -> Result<(Code, f64)> {
        let total: usize = places.iter().map(|p| p.steps).sum();
        let (mut moving, mut taken, mut best) = (Moving::new(start, prior, total), 0, Best::new());
        for place in places {
            for step in 0..place.steps {
                let code = moving.code()?;
                let look = self.look(network, &code, place, false)?;
                let go_on = !place.last || best.see(&look, || code.clone());
                if !self.tell(place, look.psnr) {
                    let (_, psnr, code) = best.value.unwrap_or((look.score, look.psnr, code));
                    return Ok((code, psnr));
                }
                if !go_on {
                    self.done += place.steps - 1 - step;
                    break;
                }
                let rate = CODE_RATE * decay(taken, total);
                let manifold = self.options.manifold * falling(taken, total);
                moving.step(&look.derivative.code, rate, manifold);
                taken += 1;
            }
        }
        let (_, psnr, code) = best.value.ok_or_else(no_steps)?;
        Ok((code, psnr))
    }

    /// Fits the network's matrices around the pivot `code`. Gives the best seen and its PSNR.
    pub fn weights(
        &mut self,
        shared: &Arc<Network>,
        code: &Code,
        place: &FitStage<'_>,
    ) -> Result<(Arc<Network>, f64)> {
        let (mut own, mut best) = (shared.clone(), Best::new());
        let (mut muon, mut adam) = (Muon::over(WEIGHT_MEMORY), Adam::default());
        for step in 0..place.steps {
            let look = self.look(&own, code, place, true)?;
            let enough = self.options.enough.is_some_and(|e| look.psnr >= e);
            let go_on = best.see(&look, || own.clone()) && !enough;
            let told = self.tell(place, look.psnr);
            if !told || !go_on {
                self.done += place.steps - 1 - step;
                break;
            }
            let Some(slopes) = look.derivative.weights else { break };
            adam.begin();
            let warm = ((step + 1) as f32 / WARM_UP as f32).min(1.0);
            let rate = WEIGHT_RATE * warm * decay(step, place.steps);
            let mut layers: Vec<Linear> =
                own.matrices().into_iter().map(|matrix| matrix.layer.clone()).collect();
            for (i, (layer, slope)) in layers.iter_mut().zip(&slopes).enumerate() {
                let rate = rate * root_mean_square(&layer.weight);
                muon.move_matrix(i, &mut layer.weight, &slope.weight, layer.inputs, rate);
                adam.move_tensor(i, &mut layer.bias, &slope.bias, rate);
            }
            own = Arc::new(own.with_matrices(layers)?);
        }
        let (_, psnr, own) = best.value.ok_or_else(no_steps)?;
        Ok((own, psnr))
    }

    /// Loss and derivatives at a place.
    fn look(
        &self,
        network: &Arc<Network>,
        code: &Code,
        place: &FitStage<'_>,
        weights: bool,
    ) -> Result<Evaluation> {
        let request = DerivativeRequest { network, code, positions: place.positions, weights };
        let linearised = self.engine.linearise(&request)?;
        let judged = self.judge(place, linearised.rgb())?;
        if !judged.value.is_finite() {
            let problem = "the loss left the finite numbers; the weights may be damaged";
            return Err(Error::parameter("model", problem));
        }
        let psnr_there = psnr(judged.squares);
        let score = if place.perceptual.is_some() { psnr(judged.value) } else { psnr_there };
        Ok(Evaluation {
            derivative: linearised.derivative(&judged.slope)?,
            psnr: psnr_there,
            score,
        })
    }

    /// All parts of the loss together.
    fn judge(&self, place: &FitStage<'_>, rgb: &[f32]) -> Result<Judged> {
        let mut judged = ImageLoss::new(place.target, self.options.gradients).judge(rgb);
        if let Some(perceptual) = place.perceptual {
            perceptual.add(place.target, rgb, &mut judged)?;
        }
        Ok(judged)
    }

    /// Tells how it goes; whether to go on.
    fn tell(&mut self, place: &FitStage<'_>, psnr: f64) -> bool {
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

/// A code on the way, in deviations of mapped latents'.
struct Moving<'a> {
    prior: &'a Prior,
    shape: CodeShape,
    values: Vec<f32>,
    muon: Muon,
}

impl<'a> Moving<'a> {
    /// Begins at `start`, for a journey of `steps` steps.
    fn new(start: &Code, prior: &'a Prior, steps: usize) -> Self {
        let values = start.values().zip(&prior.deviation).map(|(v, s)| v / s).collect();
        Self { prior, shape: start.shape(), values, muon: Muon::over(code_memory(steps)) }
    }

    fn code(&self) -> Result<Code> {
        let values = self.values.iter().zip(&self.prior.deviation).map(|(v, s)| v * s);
        Code::from_values(&self.shape, &values.collect::<Vec<_>>())
    }

    /// Moves against the loss's derivative by the code and the pull towards mapped latents, `manifold`
    /// times the mean squared distance from their mean.
    fn step(&mut self, gradient: &[f32], rate: f32, manifold: f32) {
        let Prior { mean, deviation, .. } = self.prior;
        let pull = 2.0 * manifold / self.values.len() as f32;
        let parts = gradient.iter().zip(&self.values).zip(mean.iter().zip(deviation));
        let slope = parts.map(|((g, v), (m, s))| g * s + pull * (v - m / s));
        let slope: Vec<f32> = slope.collect();
        let (mut values, mut slope) = (self.values.as_mut_slice(), slope.as_slice());
        for (i, tensor) in self.shape.iter().flatten().enumerate() {
            let count = tensor.iter().product();
            let (own, others) = values.split_at_mut(count);
            let (own_slope, other_slopes) = slope.split_at(count);
            let columns = tensor.last().copied().unwrap_or(1);
            self.muon.move_matrix(i, own, own_slope, columns, rate);
            (values, slope) = (others, other_slopes);
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

/// Steps over which derivatives by the code are averaged, of `steps` in all. Kinks of leaky
/// ReLU are close together: one gradient says little about where to go.
fn code_memory(steps: usize) -> usize {
    (steps / 25).clamp(20, 100)
}

fn root_mean_square(values: &[f32]) -> f32 {
    let squares: f64 = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum();
    (squares / values.len().max(1) as f64).sqrt() as f32
}
