//! What an upscaler's run was told, with all that was left open decided.

use polyinr::model::UpscalerConfig;
use serde::{Deserialize, Serialize};

use super::crops::CropOptions;
use super::input::InputArgs;
use super::looks::LooksArgs;
use super::options::{self, Length, NetworkArgs, Options, OutputArgs, PhotoArgs, StepArgs};
use super::step::StepOptions;
use crate::run::machine::Machine;

/// What a run follows, and what its checkpoints and its `run.json` say, under the names of the command line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Which photographs.
    #[serde(flatten)]
    pub photos: PhotoArgs,
    /// Shape of the network.
    #[serde(flatten)]
    pub network: NetworkArgs,
    /// What crops go through before the network sees them.
    #[serde(flatten)]
    pub input: InputArgs,
    /// What a step is shown, and how it changes weights.
    #[serde(flatten)]
    pub step: StepArgs,
    /// What results are to look like.
    #[serde(flatten)]
    pub looks: LooksArgs,
    /// For how long.
    #[serde(flatten)]
    pub length: Length,
    /// Device and draws.
    #[serde(flatten)]
    pub machine: Machine,
    /// What is written and measured.
    #[serde(flatten)]
    pub output: OutputArgs,
}

impl Options {
    /// These options with all that was left open decided. Threads are set, and the precision that
    /// takes less time is measured if it was left open.
    pub fn resolve(self) -> Settings {
        let Self { photos, network, input, step, looks, length, machine, output } = self;
        let machine = machine.resolve();
        Settings { photos, network, input, step, looks, length, machine, output }
    }
}

impl Settings {
    /// Shape of the network.
    pub fn config(&self) -> UpscalerConfig {
        self.network.config(self.step.scale)
    }

    /// What batches are made of.
    pub fn crops(&self) -> CropOptions {
        options::crops(&self.step, &self.input, &self.looks, self.machine.seed)
    }

    /// How weights are changed.
    pub fn step_options(&self) -> StepOptions {
        let StepArgs { optimizer, clip, ema, batch, .. } = self.step;
        let looks = self.looks.weights.clone();
        StepOptions { optimizer, clip, ema, batch, looks, kind: self.machine.precision.kind() }
    }
}
