//! One step of training.

use std::collections::{BTreeMap, HashMap};

use polyinr::model::UpscalerConfig;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor, no_grad};

use super::Network;
use super::crops::Batch;
use super::looks::{Looks, LooksOptions, Squares};
use super::positions::bicubic;
use crate::error::{Error, Result};
use crate::nn::store;
use crate::optim::{AdamOptions, Ema, Method, Optimizer, StepError};

/// Share of the pictures seen so far that the average's half-life may last.
const RAMP_UP: f64 = 0.05;
/// How checkpoints name the averaged weights, the trained ones, the optimizer's state and the
/// discriminator's.
const PARTS: [&str; 4] = ["average.", "network.", "optimizer.", "looks."];

/// How weights are changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepOptions {
    /// What gradients become steps by.
    pub optimizer: Method,
    /// Greatest Euclidean norm of the gradient; a larger one is scaled down.
    pub clip: f64,
    /// Share that the average of weights keeps at a step.
    pub ema: f64,
    /// Crops a step.
    pub batch: usize,
    /// What counts beside the mean difference of colours.
    #[serde(default)]
    pub looks: LooksOptions,
    /// What the encoder computes in.
    #[serde(skip, default = "float")]
    pub kind: Kind,
}

fn float() -> Kind {
    Kind::Float
}

/// What a step gave.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepReport {
    /// Mean absolute difference of colours, 0 to 1, and what else counts.
    pub loss: f64,
    /// Norm of the gradient before it was clipped.
    pub gradient_norm: f64,
    /// Loss of the discriminator, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adversary: Option<f64>,
}

/// A network, its average and its optimizer.
#[derive(Debug)]
pub struct Trainer {
    network: Network,
    average: Network,
    optimizer: Optimizer,
    ema: Ema,
    looks: Option<Looks>,
    options: StepOptions,
    steps: u64,
}

impl Trainer {
    /// Begins with `network`; `seed` is that of the discriminator's weights, where there is one.
    ///
    /// # Errors
    /// As [`Looks::new`].
    pub fn new(network: Network, options: StepOptions, seed: u64) -> Result<Self> {
        let average = network.duplicate();
        let adam = AdamOptions { max_norm: Some(options.clip), ..AdamOptions::supervised(0.0) };
        let optimizer = Optimizer::new(options.optimizer, network.store(), adam);
        let half_life = options.batch as f64 * 0.5f64.ln() / options.ema.ln();
        let ema = Ema::new(network.store(), average.store(), half_life, Some(RAMP_UP))
            .expect("a network and its duplicate");
        let looks = (!options.looks.is_empty())
            .then(|| Looks::new(&options.looks, seed, network.store().device()))
            .transpose()?;
        Ok(Self { network, average, optimizer, ema, looks, options, steps: 0 })
    }

    /// The averaged network: the one to use.
    pub fn average(&self) -> &Network {
        &self.average
    }

    /// Steps that were made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Makes a step on `batch`.
    ///
    /// # Errors
    /// [`Error::NotFinite`] when loss or gradient are; the weights that they are of stay as they are.
    pub fn step(&mut self, batch: &Batch, learning_rate: f64) -> Result<StepReport> {
        let residual = Self::residual(&self.network, batch, self.options.kind);
        let mut loss = Self::difference(&residual, batch);
        let squares = self.looks.is_some().then(|| self.squares(&residual, batch));
        if let (Some(looks), Some(squares)) = (&self.looks, &squares) {
            loss += looks.loss(squares);
        }
        self.optimizer.zero_gradients();
        loss.f_backward()?;
        self.optimizer.set_learning_rate(learning_rate);
        let gradient_norm = self.optimizer.step().map_err(|e| self.failed(&e))?;
        let adversary = match (&mut self.looks, &squares) {
            (Some(looks), Some(squares)) => looks.step(squares),
            _ => Ok(None),
        };
        let adversary = adversary.map_err(|e| self.failed(&e))?;
        self.steps += 1;
        let images = self.options.batch as u64;
        self.ema.update(images, self.steps * images);
        Ok(StepReport { loss: loss.double_value(&[]), gradient_norm, adversary })
    }

    /// Mean absolute difference of the network's colours and the batch's.
    pub fn loss(&self, batch: &Batch) -> Tensor {
        Self::difference(&Self::residual(&self.network, batch, self.options.kind), batch)
    }

    /// What a network adds to bicubic interpolation, `[B, P, 3]`.
    fn residual(network: &Network, batch: &Batch, kind: Kind) -> Tensor {
        let Batch { pictures, strength, at, inverse_scale, .. } = batch;
        network.residual(pictures, Some(strength), at, *inverse_scale, kind)
    }

    fn difference(residual: &Tensor, Batch { pictures, at, colours, .. }: &Batch) -> Tensor {
        let target = no_grad(|| colours - bicubic(pictures, at));
        (residual - target).abs().mean(Kind::Float)
    }

    /// The squares that a batch asks for.
    fn squares(&self, residual: &Tensor, batch: &Batch) -> Squares {
        let base = no_grad(|| bicubic(&batch.pictures, &batch.at));
        let average = || Self::residual(&self.average, batch, self.options.kind);
        let averages = self.options.looks.artefact_weight > 0.0;
        Squares {
            results: square(&(residual + &base)),
            averages: averages.then(|| no_grad(|| square(&(average() + &base)))),
            originals: square(&batch.colours),
        }
    }

    fn failed(&self, problem: &StepError) -> Error {
        Error::NotFinite {
            step: self.steps,
            what: problem.to_string(),
            advice: "the last checkpoint is kept; resume it, or start anew with a lower --lr"
                .into(),
        }
    }

    /// Everything that the next step depends on beside its batch, by name.
    pub fn state(&self) -> BTreeMap<String, Tensor> {
        let [average, network, optimizer, looks] = PARTS;
        let prefixed = |prefix: &'static str, tensors: BTreeMap<String, Tensor>| {
            tensors.into_iter().map(move |(name, t)| (format!("{prefix}{name}"), t))
        };
        prefixed(average, store::named(self.average.store()))
            .chain(prefixed(network, store::named(self.network.store())))
            .chain(prefixed(optimizer, self.optimizer.state()))
            .chain(prefixed(looks, self.looks.as_ref().map(Looks::state).unwrap_or_default()))
            .collect()
    }

    /// Goes on from a [`state`](Self::state) after `steps` steps.
    ///
    /// # Errors
    /// What is missing or misshapen, in words.
    pub fn restore(
        &mut self,
        steps: u64,
        state: &HashMap<String, Tensor>,
    ) -> std::result::Result<(), String> {
        let part = |prefix: &str| -> HashMap<String, Tensor> {
            let strip = |(name, tensor): (&String, &Tensor)| {
                Some((name.strip_prefix(prefix)?.to_owned(), tensor.shallow_clone()))
            };
            state.iter().filter_map(strip).collect()
        };
        let [average, network, optimizer, looks] = PARTS.map(part);
        store::load(self.average.store(), &average)?;
        store::load(self.network.store(), &network)?;
        self.optimizer.load(&optimizer.into_iter().collect())?;
        if let Some(ours) = &mut self.looks {
            ours.restore(&looks.into_iter().collect())?;
        }
        self.steps = steps;
        Ok(())
    }
}

/// Colours `[B, P, 3]` of a square, row by row, as `[B, 3, P^½, P^½]`.
fn square(colours: &Tensor) -> Tensor {
    let size = colours.size();
    let side = (size[1] as f64).sqrt().round() as i64;
    colours.view([size[0], side, side, 3]).permute([0, 3, 1, 2])
}

/// The share of the full learning rate at `progress` (0 to 1) of the training: up over the first
/// `warm_up` steps, then down along a cosine.
pub fn learning_rate(step: u64, warm_up: u64, progress: f64) -> f64 {
    let rise = (step + 1) as f64 / warm_up.max(1) as f64;
    rise.min(1.0) * 0.5 * (1.0 + (std::f64::consts::PI * progress.clamp(0.0, 1.0)).cos())
}

/// Seeds libtorch and gives a network of that shape with random weights.
pub fn initial(config: &UpscalerConfig, seed: u64, device: Device) -> Network {
    crate::random::reseed(seed, 0, crate::random::Stream::Initial);
    Network::new(config, device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learning_rate_rises_and_then_falls_to_nothing() {
        assert_eq!(learning_rate(0, 200, 0.0), 1.0 / 200.0);
        assert_eq!(learning_rate(199, 200, 0.0), 1.0);
        assert!((learning_rate(5000, 200, 0.5) - 0.5).abs() < 1e-12);
        assert_eq!(learning_rate(9999, 200, 1.0), 0.0);
        assert_eq!(learning_rate(0, 0, 0.0), 1.0);
    }
}
