//! Muon (Jordan et al., 2024) over the matrices of a store, and Adam over its other tensors.
//!
//! The gradient of a layer's weights is nearly of low rank: a few directions lower the loss a lot, and
//! most hardly at all. Muon steps along the momentum's polar factor, which has the same singular vectors
//! and singular values of one, so that it goes as far along all of them. Kernels of convolutions count
//! as matrices with a row for every output.

use std::collections::BTreeMap;

use tch::nn::VarStore;
use tch::{Kind, Tensor, no_grad};

use super::adam::{Adam, AdamOptions, StepError, norm};
use crate::nn::store::trainable;

/// Share of the momentum that a step keeps.
const KEPT: f64 = 0.95;
/// Root mean square of a step, in learning rates: what Adam's steps come to (Liu et al., 2025).
const SIZE: f64 = 0.2;
/// Matrices of a shorter side than this have few directions; they are left to Adam.
const LEAST_SIDE: i64 = 8;
/// Steps of the iteration that brings singular values near one.
const ITERATIONS: usize = 5;
/// Coefficients of its polynomial `a s + b s^3 + c s^5` (Jordan et al., 2024).
const POLYNOMIAL: [f64; 3] = [3.4445, -4.775, 2.0315];
/// What momenta are called in a saved state.
const MOMENTUM: &str = "momentum.";

/// The optimizer of one store.
#[derive(Debug)]
pub struct Muon {
    learning_rate: f64,
    max_norm: Option<f64>,
    matrices: Vec<(String, Tensor)>,
    momenta: Vec<Tensor>,
    rest: Adam,
}

impl Muon {
    /// An optimizer of the tensors of `store` that require gradients now, with moments of zero. Of
    /// `options`, matrices have the learning rate and the greatest norm, which is that of the
    /// gradients of all matrices together; the other tensors have all.
    pub fn new(store: &VarStore, options: AdamOptions) -> Self {
        let (matrices, rest): (Vec<_>, Vec<_>) =
            trainable(store).into_iter().partition(|(_, tensor)| is_matrix(tensor));
        let momenta = matrices.iter().map(|(_, t)| t.detach().zeros_like()).collect();
        let AdamOptions { learning_rate, max_norm, .. } = options;
        Self { learning_rate, max_norm, matrices, momenta, rest: Adam::over(rest, options) }
    }

    /// Sets the length of the following steps.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
        self.rest.set_learning_rate(learning_rate);
    }

    /// Sets all gradients to zero; those of further backward passes add up.
    pub fn zero_gradients(&mut self) {
        self.matrices.iter_mut().for_each(|(_, tensor)| tensor.zero_grad());
        self.rest.zero_gradients();
    }

    /// Takes one step along the gradients and gives their norm before clipping.
    ///
    /// # Errors
    /// [`StepError`] when a gradient is absent or not finite; nothing is changed then.
    pub fn step(&mut self) -> Result<f64, StepError> {
        no_grad(|| {
            let gradients = self.gradients()?;
            let of_matrices = gradients.iter().map(|g| norm(g).powi(2)).sum::<f64>().sqrt();
            let of_rest = self.rest.step()?;
            let clip = self.max_norm.map_or(1.0, |max| (max / of_matrices).min(1.0));
            for (i, gradient) in gradients.iter().enumerate() {
                self.move_matrix(i, &(gradient * clip));
            }
            Ok(of_matrices.hypot(of_rest))
        })
    }

    /// The gradients of the matrices.
    fn gradients(&self) -> Result<Vec<Tensor>, StepError> {
        let gradient = |(name, tensor): &(String, Tensor)| match tensor.grad() {
            gradient if !gradient.defined() => Err(StepError::NoGradient(name.clone())),
            gradient if !norm(&gradient).is_finite() => Err(StepError::NotFinite(name.clone())),
            gradient => Ok(gradient),
        };
        self.matrices.iter().map(gradient).collect()
    }

    fn move_matrix(&mut self, index: usize, gradient: &Tensor) {
        let momentum = &mut self.momenta[index];
        let _ = momentum.lerp_(gradient, 1.0 - KEPT);
        // Nesterov's: where the momentum will be.
        let ahead = momentum.lerp(gradient, 1.0 - KEPT);
        let flat = as_matrix(&ahead);
        let longest = flat.size().into_iter().max().unwrap_or(1) as f64;
        let step = orthogonal(&flat) * (-self.learning_rate * SIZE * longest.sqrt());
        let mut tensor = self.matrices[index].1.shallow_clone();
        tensor += step.view_as(&tensor);
    }

    /// Everything that the next step depends on beside weights and options: `momentum.NAME` in the
    /// shapes of the matrices, and Adam's [state](Adam::state).
    pub fn state(&self) -> BTreeMap<String, Tensor> {
        let momenta = self.matrices.iter().zip(&self.momenta);
        let momenta = momenta.map(|((name, _), m)| (format!("{MOMENTUM}{name}"), m.copy()));
        momenta.chain(self.rest.state()).collect()
    }

    /// Continues from a saved [`state`](Self::state), of exactly the same tensors.
    ///
    /// # Errors
    /// What is missing, misshapen or unknown, in words; nothing is changed then.
    pub fn load(&mut self, state: &BTreeMap<String, Tensor>) -> Result<(), String> {
        let (momenta, rest): (BTreeMap<_, _>, BTreeMap<_, _>) = state
            .iter()
            .map(|(name, tensor)| (name.clone(), tensor.shallow_clone()))
            .partition(|(name, _)| name.starts_with(MOMENTUM));
        let mine = self.matrices.iter().zip(&self.momenta);
        let mine: Vec<_> = mine.map(|((name, _), m)| (format!("{MOMENTUM}{name}"), m)).collect();
        for (name, momentum) in &mine {
            match momenta.get(name) {
                Some(saved) if saved.size() == momentum.size() => (),
                Some(saved) => {
                    let (is, should) = (saved.size(), momentum.size());
                    return Err(format!(
                        "the optimizer's {name} has shape {is:?}, {should:?} is needed"
                    ));
                }
                None => return Err(format!("the optimizer's {name} is missing")),
            }
        }
        if let Some(unknown) = momenta.keys().find(|name| mine.iter().all(|(n, _)| n != *name)) {
            return Err(format!("the optimizer has no {unknown}"));
        }
        self.rest.load(&rest)?;
        no_grad(|| mine.iter().for_each(|(name, m)| m.shallow_clone().copy_(&momenta[name])));
        Ok(())
    }
}

/// Whether a tensor is moved as a matrix.
fn is_matrix(tensor: &Tensor) -> bool {
    tensor.dim() >= 2 && as_matrix(tensor).size().into_iter().all(|side| side >= LEAST_SIDE)
}

/// A row for every output.
fn as_matrix(tensor: &Tensor) -> Tensor {
    tensor.reshape([tensor.size()[0], -1])
}

/// About the polar factor of a matrix: its singular values become about one, or stay zero. By Newton
/// and Schulz's iteration, in products on the shorter side.
fn orthogonal(matrix: &Tensor) -> Tensor {
    let size = matrix.size();
    if size[0] > size[1] {
        return orthogonal(&matrix.tr()).tr();
    }
    let [a, b, c] = POLYNOMIAL;
    let mut x = matrix / matrix.norm().clamp_min(f64::from(f32::MIN_POSITIVE));
    for _ in 0..ITERATIONS {
        let gram = x.matmul(&x.tr());
        let factor = &gram * b + gram.matmul(&gram) * c;
        x = &x * a + factor.matmul(&x);
    }
    debug_assert_eq!(x.kind(), Kind::Float);
    x
}

#[cfg(test)]
mod tests;
