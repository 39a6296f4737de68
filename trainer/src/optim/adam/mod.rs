//! Adam (Kingma and Ba, 2015) over the trained tensors of a store, with gradient clipping.
//!
//! Moments lie in one buffer each, and the gradients are joined before every step, so that a step is
//! few large operations however many tensors there are.

use std::collections::BTreeMap;

use tch::nn::VarStore;
use tch::{Device, Kind, Tensor, no_grad};

use crate::nn::store::trainable;

/// Name of the number of steps in a saved state.
const STEP: &str = "step";

/// How Adam moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamOptions {
    /// Length of a step.
    pub learning_rate: f64,
    /// Decay of the averages of gradients and of their squares.
    pub betas: (f64, f64),
    /// Added to the root of the average square.
    pub epsilon: f64,
    /// Gradients of a larger Euclidean norm, over all tensors, are scaled down to it.
    pub max_norm: Option<f64>,
}

impl AdamOptions {
    /// What training towards known targets uses: betas (0.9, 0.99), epsilon 1e-8, no clipping.
    pub fn supervised(learning_rate: f64) -> Self {
        Self { betas: (0.9, 0.99), ..Self::adversarial(learning_rate) }
    }

    /// What adversarial training uses: betas (0, 0.99), epsilon 1e-8, no clipping.
    pub fn adversarial(learning_rate: f64) -> Self {
        Self { learning_rate, betas: (0.0, 0.99), epsilon: 1e-8, max_norm: None }
    }
}

/// Why a step was not taken. Weights and moments are as they were.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// A gradient has infinities or NaNs.
    #[error("the gradient of {0} is not finite")]
    NotFinite(String),
    /// The loss does not depend on a trained tensor.
    #[error("{0} has no gradient: nothing that was differentiated depends on it")]
    NoGradient(String),
}

/// The optimizer of one store.
#[derive(Debug)]
pub struct Adam {
    options: AdamOptions,
    parameters: Vec<(String, Tensor)>,
    first: Tensor,
    second: Tensor,
    step: i64,
}

impl Adam {
    /// An optimizer of the tensors of `store` that require gradients now, with moments of zero.
    pub fn new(store: &VarStore, options: AdamOptions) -> Self {
        Self::over(trainable(store), options)
    }

    /// An optimizer of these tensors, with moments of zero.
    pub(super) fn over(parameters: Vec<(String, Tensor)>, options: AdamOptions) -> Self {
        let length = parameters.iter().map(|(_, t)| numbers(t)).sum::<i64>();
        let device = parameters.first().map_or(Device::Cpu, |(_, t)| t.device());
        let zeros = || Tensor::zeros([length], (Kind::Float, device));
        Self { options, parameters, first: zeros(), second: zeros(), step: 0 }
    }

    /// Sets the length of the following steps.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.options.learning_rate = learning_rate;
    }

    /// Sets all gradients to zero; those of further backward passes add up.
    pub fn zero_gradients(&mut self) {
        for (_, tensor) in &mut self.parameters {
            tensor.zero_grad();
        }
    }

    /// Takes one step along the gradients and gives their norm before clipping.
    ///
    /// # Errors
    /// [`StepError`] when a gradient is absent or not finite; nothing is changed then.
    pub fn step(&mut self) -> Result<f64, StepError> {
        no_grad(|| {
            let mut gradients = self.gradients()?;
            let norm = norm(&gradients);
            if !norm.is_finite() {
                return Err(StepError::NotFinite(self.first_not_finite()));
            }
            if let Some(max) = self.options.max_norm.filter(|&max| norm > max) {
                gradients *= max / norm;
            }
            let change = self.change(&gradients);
            for (tensor, change) in self.tensors().zip(self.split(&change)) {
                let mut tensor = tensor.shallow_clone();
                tensor += change;
            }
            Ok(norm)
        })
    }

    /// All gradients in one tensor.
    fn gradients(&self) -> Result<Tensor, StepError> {
        let flat = |(name, tensor): &(String, Tensor)| match tensor.grad() {
            gradient if gradient.defined() => Ok(gradient.reshape([-1])),
            _ => Err(StepError::NoGradient(name.clone())),
        };
        let parts = self.parameters.iter().map(flat).collect::<Result<Vec<_>, _>>()?;
        Ok(Tensor::cat(&parts, 0))
    }

    /// Moves the moments on and gives what is to be added to the weights.
    fn change(&mut self, gradients: &Tensor) -> Tensor {
        let AdamOptions { learning_rate, betas: (beta1, beta2), epsilon, .. } = self.options;
        self.step += 1;
        let correction = |beta: f64| 1.0 - beta.powf(self.step as f64);
        let _ = self.first.lerp_(gradients, 1.0 - beta1);
        let _ = self.second.lerp_(&gradients.square(), 1.0 - beta2);
        let mut deviation = self.second.sqrt();
        deviation *= 1.0 / correction(beta2).sqrt();
        deviation += epsilon;
        let mut change = &self.first / deviation;
        change *= -learning_rate / correction(beta1);
        change
    }

    fn first_not_finite(&self) -> String {
        let bad = |(_, tensor): &&(String, Tensor)| !norm(&tensor.grad()).is_finite();
        self.parameters.iter().find(bad).map_or("everything", |(name, _)| name).to_owned()
    }

    fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.parameters.iter().map(|(_, tensor)| tensor)
    }

    /// Views of a joined tensor in the shapes of the parameters.
    fn split(&self, joined: &Tensor) -> Vec<Tensor> {
        let lengths = self.tensors().map(numbers).collect::<Vec<_>>();
        let parts = joined.split_with_sizes(lengths, 0);
        parts.iter().zip(self.tensors()).map(|(part, tensor)| part.view_as(tensor)).collect()
    }

    /// Everything that the next step depends on beside weights and options: `first.NAME` and
    /// `second.NAME` in the shapes of the tensors, and `step` (int64, one number).
    pub fn state(&self) -> BTreeMap<String, Tensor> {
        let mut state = BTreeMap::from([(STEP.to_owned(), Tensor::from_slice(&[self.step]))]);
        for (moment, joined) in self.moments() {
            for ((name, _), part) in self.parameters.iter().zip(self.split(joined)) {
                state.insert(format!("{moment}.{name}"), part.copy());
            }
        }
        state
    }

    /// Continues from a saved [`state`](Self::state), of exactly the same tensors.
    ///
    /// # Errors
    /// What is missing, misshapen or unknown, in words; nothing is changed then.
    pub fn load(&mut self, state: &BTreeMap<String, Tensor>) -> Result<(), String> {
        let expected = self.state();
        if let Some(unknown) = state.keys().find(|name| !expected.contains_key(*name)) {
            return Err(format!("the optimizer has no {unknown}"));
        }
        for (name, tensor) in &expected {
            match state.get(name) {
                None => return Err(format!("the optimizer's {name} is missing")),
                Some(value) if value.size() != tensor.size() => {
                    let (is, should) = (value.size(), tensor.size());
                    return Err(format!(
                        "the optimizer's {name} has shape {is:?}, {should:?} is needed"
                    ));
                }
                Some(_) => (),
            }
        }
        no_grad(|| self.copy_from(state));
        Ok(())
    }

    fn copy_from(&mut self, state: &BTreeMap<String, Tensor>) {
        self.step = state[STEP].to_device(Device::Cpu).int64_value(&[0]);
        for (moment, joined) in self.moments() {
            for ((name, _), mut part) in self.parameters.iter().zip(self.split(joined)) {
                part.copy_(&state[&format!("{moment}.{name}")]);
            }
        }
    }

    fn moments(&self) -> [(&'static str, &Tensor); 2] {
        [("first", &self.first), ("second", &self.second)]
    }
}

fn numbers(tensor: &Tensor) -> i64 {
    tensor.numel().cast_signed() as i64
}

/// Euclidean norm, in float64 so that no square overflows.
pub(super) fn norm(tensor: &Tensor) -> f64 {
    tensor.flatten(0, -1).norm_scalaropt_dim_dtype(2.0, [0], false, Kind::Double).double_value(&[])
}

#[cfg(test)]
mod tests;
