//! An optimizer by name.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::VarStore;

use super::{Adam, AdamOptions, Muon, StepError};

/// What gradients become steps by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Every number by its own mean and deviation
    #[default]
    Adam,
    /// Matrices along all their singular vectors alike, the rest as by Adam
    Muon,
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Adam => "Adam",
            Self::Muon => "Muon",
        })
    }
}

/// The optimizer of one store.
#[derive(Debug)]
pub enum Optimizer {
    /// See [`Adam`].
    Adam(Adam),
    /// See [`Muon`].
    Muon(Muon),
}

impl Optimizer {
    /// An optimizer of the tensors of `store` that require gradients now, with moments of zero.
    pub fn new(method: Method, store: &VarStore, options: AdamOptions) -> Self {
        match method {
            Method::Adam => Self::Adam(Adam::new(store, options)),
            Method::Muon => Self::Muon(Muon::new(store, options)),
        }
    }

    /// Sets the length of the following steps.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        match self {
            Self::Adam(adam) => adam.set_learning_rate(learning_rate),
            Self::Muon(muon) => muon.set_learning_rate(learning_rate),
        }
    }

    /// Sets all gradients to zero; those of further backward passes add up.
    pub fn zero_gradients(&mut self) {
        match self {
            Self::Adam(adam) => adam.zero_gradients(),
            Self::Muon(muon) => muon.zero_gradients(),
        }
    }

    /// Takes one step along the gradients and gives their norm before clipping.
    ///
    /// # Errors
    /// [`StepError`] when a gradient is absent or not finite; nothing is changed then.
    pub fn step(&mut self) -> Result<f64, StepError> {
        match self {
            Self::Adam(adam) => adam.step(),
            Self::Muon(muon) => muon.step(),
        }
    }

    /// Everything that the next step depends on beside weights and options, by name.
    pub fn state(&self) -> BTreeMap<String, Tensor> {
        match self {
            Self::Adam(adam) => adam.state(),
            Self::Muon(muon) => muon.state(),
        }
    }

    /// Continues from a saved [`state`](Self::state), of exactly the same tensors.
    ///
    /// # Errors
    /// What is missing, misshapen or unknown, in words; nothing is changed then.
    pub fn load(&mut self, state: &BTreeMap<String, Tensor>) -> Result<(), String> {
        match self {
            Self::Adam(adam) => adam.load(state),
            Self::Muon(muon) => muon.load(state),
        }
    }
}
