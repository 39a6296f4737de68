//! One step of training.

use std::collections::{BTreeMap, HashMap};

use polyinr::model::UpscalerConfig;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor, no_grad};

use super::Network;
use super::crops::Batch;
use super::positions::bicubic;
use crate::error::{Error, Result};
use crate::nn::store;
use crate::optim::{AdamOptions, Ema, Method, Optimizer, StepError};

/// Share of the pictures seen so far that the average's half-life may last.
const RAMP_UP: f64 = 0.05;
/// How checkpoints name the averaged weights, the trained ones, and the optimizer's state.
const PARTS: [&str; 3] = ["average.", "network.", "optimizer."];

/// How weights are changed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepOptions {
    /// What gradients become steps by.
    pub optimizer: Method,
    /// Greatest Euclidean norm of the gradient; a larger one is scaled down.
    pub clip: f64,
    /// Share that the average of weights keeps at a step.
    pub ema: f64,
    /// Crops a step.
    pub batch: usize,
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
    /// Mean absolute difference of colours, 0 to 1.
    pub loss: f64,
    /// Norm of the gradient before it was clipped.
    pub gradient_norm: f64,
}

/// A network, its average and its optimizer.
#[derive(Debug)]
pub struct Trainer {
    network: Network,
    average: Network,
    optimizer: Optimizer,
    ema: Ema,
    options: StepOptions,
    steps: u64,
}

impl Trainer {
    /// Begins with `network`.
    pub fn new(network: Network, options: StepOptions) -> Self {
        let average = network.duplicate();
        let adam = AdamOptions {
            learning_rate: 0.0,
            betas: (0.9, 0.99),
            epsilon: 1e-8,
            max_norm: Some(options.clip),
        };
        let optimizer = Optimizer::new(options.optimizer, network.store(), adam);
        let half_life = options.batch as f64 * 0.5f64.ln() / options.ema.ln();
        let ema = Ema::new(network.store(), average.store(), half_life, Some(RAMP_UP))
            .expect("a network and its duplicate");
        Self { network, average, optimizer, ema, options, steps: 0 }
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
    /// [`Error::NotFinite`] when loss or gradient are; weights stay as they are.
    pub fn step(&mut self, batch: &Batch, learning_rate: f64) -> Result<StepReport> {
        let loss = self.loss(batch);
        self.optimizer.zero_gradients();
        loss.f_backward()?;
        self.optimizer.set_learning_rate(learning_rate);
        let gradient_norm = self.optimizer.step().map_err(|e| self.failed(&e))?;
        self.steps += 1;
        let images = self.options.batch as u64;
        self.ema.update(images, self.steps * images);
        Ok(StepReport { loss: loss.double_value(&[]), gradient_norm })
    }

    /// Mean absolute difference of the network's colours and the batch's.
    pub fn loss(&self, batch: &Batch) -> Tensor {
        let Batch { pictures, strength, at, colours, inverse_scale } = batch;
        let target = no_grad(|| colours - bicubic(pictures, at));
        let (scale, kind) = (*inverse_scale, self.options.kind);
        let residual = self.network.residual(pictures, Some(strength), at, scale, kind);
        (residual - target).abs().mean(Kind::Float)
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
        let [average, network, optimizer] = PARTS;
        let prefixed = |prefix: &'static str, tensors: BTreeMap<String, Tensor>| {
            tensors.into_iter().map(move |(name, t)| (format!("{prefix}{name}"), t))
        };
        prefixed(average, store::named(self.average.store()))
            .chain(prefixed(network, store::named(self.network.store())))
            .chain(prefixed(optimizer, self.optimizer.state()))
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
        let [average, network, optimizer] = PARTS.map(part);
        store::load(self.average.store(), &average)?;
        store::load(self.network.store(), &network)?;
        self.optimizer.load(&optimizer.into_iter().collect())?;
        self.steps = steps;
        Ok(())
    }
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
