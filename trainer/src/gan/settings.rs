//! What a run was told, with all that was left open decided.

use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::options::{BalanceArgs, Options, OutputArgs, RecipeArgs};
use super::schedule::ScheduleArgs;
use super::shape::{DiscriminatorKind, NetworkArgs};
use crate::data::DataArgs;
use crate::metrics::Metric;
use crate::run::machine::Machine;

/// Thousands of pictures that only the discriminator is trained with before a generator that was
/// trained already.
const FROM_HEAD_START: f64 = 5.0;

/// What a run follows, and what its checkpoints and its `run.json` say, under the names of the command line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Which pictures.
    #[serde(flatten)]
    pub data: DataArgs,
    /// Resolutions and lengths.
    #[serde(flatten)]
    pub schedule: ScheduleArgs,
    /// Shapes of the networks.
    #[serde(flatten)]
    pub networks: NetworkArgs,
    /// Losses, augmentation, optimizers.
    #[serde(flatten)]
    pub recipe: RecipeArgs,
    /// Rates and what smooths the game.
    #[serde(flatten)]
    pub balance: Balance,
    /// Device and draws.
    #[serde(flatten)]
    pub machine: Machine,
    /// How often something is written.
    #[serde(flatten)]
    pub output: OutputArgs,
}

/// What keeps the two networks in balance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Learning rate of the generator.
    pub lr_g: f64,
    /// Learning rate of the discriminator.
    pub lr_d: f64,
    /// Share of generated pictures that are made from two latents.
    #[serde(default)]
    pub mixing: f64,
    /// Weight of the gradient penalty on real pictures; 0 for none.
    pub r1: f64,
    /// Thousands of pictures at the beginning that only the discriminator is trained with.
    pub d_head_start: f64,
    /// Pixels by which the grid of a generated picture may be moved, each way.
    pub jitter: f64,
    /// Deviation in pixels of the blur that what the discriminator sees begins with.
    pub blur_sigma: f64,
}

impl Settings {
    /// What is measured as the run goes on; nothing where it is not.
    pub fn measured(&self) -> Vec<Metric> {
        let output = &self.output;
        match (output.metrics_kimg > 0.0, output.metrics.is_empty(), &self.networks.efficientnet) {
            (false, ..) => Vec::new(),
            (_, false, _) => output.metrics.clone(),
            (_, true, Some(_)) => vec![Metric::FdEfficientnet],
            (_, true, None) => vec![Metric::Rfid],
        }
    }
}

impl Options {
    /// These options with all that was left open decided. Threads are set, and the precision that
    /// takes less time is measured if it was left open.
    pub fn resolve(self) -> Settings {
        let Self { data, schedule, networks, recipe, balance, machine, output } = self;
        Settings {
            balance: balance.resolve(&networks),
            machine: machine.resolve(),
            data,
            networks: networks.resolve(&schedule),
            schedule,
            recipe,
            output,
        }
    }
}

impl BalanceArgs {
    fn resolve(&self, networks: &NetworkArgs) -> Balance {
        let projected = networks.discriminator == DiscriminatorKind::Projected;
        let by_kind =
            |given: Option<f64>, conv, other| given.unwrap_or(if projected { other } else { conv });
        let (rates, mixing) = match (networks.network, projected) {
            (Architecture::PolyInr, false) => ([3e-4, 8e-4], 0.0),
            (Architecture::PolyInr, true) => ([1e-4, 2e-4], 0.0),
            // Those of StyleGAN2's kind of layers.
            (Architecture::Creps | Architecture::InrGan, false) => ([2e-3, 2e-3], 0.9),
            (Architecture::Creps | Architecture::InrGan, true) => ([2e-3, 2e-4], 0.9),
        };
        let head_start = if networks.from.is_some() { FROM_HEAD_START } else { 0.0 };
        Balance {
            lr_g: self.lr_g.unwrap_or(rates[0]),
            lr_d: self.lr_d.unwrap_or(rates[1]),
            mixing: self.mixing.unwrap_or(mixing),
            r1: by_kind(self.r1, 0.3, 0.0),
            blur_sigma: by_kind(self.blur_sigma, 0.0, 2.0),
            jitter: self.jitter.unwrap_or(0.0),
            d_head_start: self.d_head_start.unwrap_or(head_start),
        }
    }
}
