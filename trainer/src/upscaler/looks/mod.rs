//! Losses for results that look sharp, where mean differences alone leave them soft.
//!
//! ```text
//! squares of results and originals ─ VGG16, discriminator, artefacts, structure, colours ─ one loss
//! ```
//!
//! They take squares of neighbouring pixels ([`CropOptions::patch`](super::crops::CropOptions)).

mod artefacts;
mod options;
mod structure;

use std::collections::BTreeMap;

use tch::nn::VarStore;
use tch::{Device, Kind, Tensor, no_grad};

pub use options::{LooksArgs, LooksOptions};

use self::artefacts::artefacts;
use self::structure::structure;
use crate::discriminator::{Discriminator as _, UNetDiscriminator};
use crate::error::Result;
use crate::features::{Vgg16, feature_distance};
use crate::loss::{discriminator_loss, generator_loss};
use crate::nn::store;
use crate::optim::{Adam, AdamOptions, StepError};
use crate::random::{Stream, reseed};

/// Side of the cells over which colours are means, in pixels.
const CELL: i64 = 8;

/// What looks are judged by, and how much each of it counts.
#[derive(Debug)]
pub struct Looks {
    options: LooksOptions,
    vgg: Option<Vgg16>,
    adversary: Option<Adversary>,
}

/// The discriminator in training.
#[derive(Debug)]
struct Adversary {
    network: UNetDiscriminator,
    optimizer: Adam,
}

/// Squares `[B, 3, P, P]`, 0 to 1, of what the network gives, of what its average gives, and of the
/// originals.
#[derive(Debug)]
pub struct Squares {
    /// Of the network in training.
    pub results: Tensor,
    /// Of its average, without a gradient, where artefacts count.
    pub averages: Option<Tensor>,
    /// Of the originals.
    pub originals: Tensor,
}

impl Looks {
    /// Those that `options` give weight to, the discriminator with random weights of `seed`.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::Error::Parameter) and [`Error::Weights`](crate::Error::Weights)
    /// when VGG16's weights are needed and cannot be used.
    pub fn new(options: &LooksOptions, seed: u64, device: Device) -> Result<Self> {
        let vgg = (options.feature_weight > 0.0)
            .then(|| Vgg16::open(&options.vgg()?, device, Kind::Float))
            .transpose()?;
        let adversary = (options.adversarial_weight > 0.0).then(|| {
            reseed(seed, 0, Stream::Discriminator);
            let network = UNetDiscriminator::new(device);
            let adam = AdamOptions::supervised(options.adversary_lr);
            Adversary { optimizer: Adam::new(network.store(), adam), network }
        });
        Ok(Self { options: options.clone(), vgg, adversary })
    }

    /// What the network minimises beside the mean difference of colours.
    pub fn loss(&self, squares: &Squares) -> Tensor {
        let Squares { results, averages, originals } = squares;
        let mut loss = Tensor::zeros([], (Kind::Float, results.device()));
        if let Some(vgg) = &self.vgg {
            let wanted = no_grad(|| vgg.sums(originals));
            loss += feature_distance(&vgg.sums(results), &wanted) * self.options.feature_weight;
        }
        if let Some(Adversary { network, .. }) = &self.adversary {
            let logits = network.logits(&signed(results), None);
            let fooled = generator_loss(network.losses(), &logits);
            loss += fooled * self.options.adversarial_weight;
        }
        if let Some(averages) = averages {
            loss += artefacts(results, averages, originals) * self.options.artefact_weight;
        }
        if self.options.structure_weight > 0.0 {
            loss += structure(results, originals) * self.options.structure_weight;
        }
        if self.options.colour_weight > 0.0 {
            let off = (cells(results) - cells(originals)).abs().mean(Kind::Float);
            loss += off * self.options.colour_weight;
        }
        loss
    }

    /// Makes a step of the discriminator and gives its loss; nothing where there is none.
    ///
    /// # Errors
    /// [`StepError`] when a gradient is not finite; its weights stay as they are.
    pub fn step(&mut self, squares: &Squares) -> std::result::Result<Option<f64>, StepError> {
        let Some(Adversary { network, optimizer }) = &mut self.adversary else { return Ok(None) };
        optimizer.zero_gradients();
        let real = network.logits(&signed(&squares.originals), None);
        let fake = network.logits(&signed(&squares.results.detach()), None);
        let loss = discriminator_loss(network.losses(), &real, &fake);
        loss.backward();
        optimizer.step()?;
        Ok(Some(loss.double_value(&[])))
    }

    /// Everything that the next step depends on, by name.
    pub fn state(&self) -> BTreeMap<String, Tensor> {
        let Some(Adversary { network, optimizer }) = &self.adversary else {
            return BTreeMap::new();
        };
        let under = |prefix: &'static str, tensors: BTreeMap<String, Tensor>| {
            tensors.into_iter().map(move |(name, tensor)| (format!("{prefix}.{name}"), tensor))
        };
        under("network", store::named(network.store()))
            .chain(under("optimizer", optimizer.state()))
            .collect()
    }

    /// Goes on from a [`state`](Self::state).
    ///
    /// # Errors
    /// What is missing or misshapen, in words.
    pub fn restore(&mut self, state: &BTreeMap<String, Tensor>) -> std::result::Result<(), String> {
        let Some(Adversary { network, optimizer }) = &mut self.adversary else { return Ok(()) };
        let under = |prefix: &str| -> BTreeMap<String, Tensor> {
            let strip = |(name, tensor): (&String, &Tensor)| {
                Some((name.strip_prefix(prefix)?.to_owned(), tensor.shallow_clone()))
            };
            state.iter().filter_map(strip).collect()
        };
        store::load(network.store(), &under("network.").into_iter().collect())?;
        optimizer.load(&under("optimizer."))
    }

    /// Weights of the discriminator, if there is one.
    pub fn store(&self) -> Option<&VarStore> {
        self.adversary.as_ref().map(|adversary| adversary.network.store())
    }
}

/// 0 to 1 as -1 to 1.
fn signed(images: &Tensor) -> Tensor {
    images * 2.0 - 1.0
}

/// Mean colours of cells.
fn cells(images: &Tensor) -> Tensor {
    images.avg_pool2d([CELL; 2], [CELL; 2], [0; 2], false, true, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> LooksOptions {
        LooksOptions {
            adversarial_weight: 0.1,
            artefact_weight: 1.0,
            colour_weight: 1.0,
            ..LooksOptions::default()
        }
    }

    fn squares() -> Squares {
        tch::manual_seed(8);
        let square = || Tensor::rand([2, 3, 16, 16], (Kind::Float, Device::Cpu));
        let results = square().set_requires_grad(true);
        Squares { results, averages: Some(square()), originals: square() }
    }

    #[test]
    fn what_has_no_weight_costs_nothing() {
        let looks = Looks::new(&LooksOptions::default(), 1, Device::Cpu).unwrap();
        let squares = Squares { averages: None, ..squares() };
        assert_eq!(looks.loss(&squares).double_value(&[]), 0.0);
        assert!(looks.state().is_empty() && looks.store().is_none());
    }

    #[test]
    fn results_get_a_gradient_and_the_discriminator_a_step_of_its_own() {
        let mut looks = Looks::new(&options(), 1, Device::Cpu).unwrap();
        let squares = squares();
        looks.loss(&squares).backward();
        assert!(squares.results.grad().abs().max().double_value(&[]) > 0.0);
        let copy = |looks: &Looks| -> BTreeMap<_, _> {
            looks.state().into_iter().map(|(name, t)| (name, t.copy())).collect()
        };
        let before = copy(&looks);
        let first = looks.step(&squares).unwrap().unwrap();
        let changed = copy(&looks);
        let weight = "network.last.2.weight";
        assert_ne!(before[weight], changed[weight]);
        assert!(looks.step(&squares).unwrap().unwrap() < first);
        // From the same state the same step follows.
        let second = copy(&looks);
        looks.restore(&changed).unwrap();
        let _ = looks.step(&squares).unwrap();
        assert_eq!(copy(&looks)[weight], second[weight]);
    }

    #[test]
    fn colours_are_means_of_cells() {
        let options = LooksOptions { colour_weight: 1.0, ..LooksOptions::default() };
        let looks = Looks::new(&options, 1, Device::Cpu).unwrap();
        let flat = Tensor::full([1, 3, 16, 16], 0.5, (Kind::Float, Device::Cpu));
        let checks = Tensor::arange(16, (Kind::Float, Device::Cpu)).remainder(2.0) - 0.5;
        let squares = Squares {
            results: &flat + checks.view([1, 1, 1, 16]),
            averages: None,
            originals: flat.copy(),
        };
        assert!(looks.loss(&squares).double_value(&[]) < 1e-6);
        let squares = Squares { results: &flat + 0.25, ..squares };
        assert!((looks.loss(&squares).double_value(&[]) - 0.25).abs() < 1e-6);
    }
}
