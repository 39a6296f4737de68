//! Arithmetic on matrices that can be gone back through.
//!
//! The networks whose layers an image modulates are written once, in terms of a [`Tape`]. A tape that
//! records keeps what the derivatives of its results need ([`Tape::slopes`]); one that does not, forgets
//! every value as soon as nothing uses it any more, which is how pictures are rendered.

mod dense;
mod layers;
mod places;
mod weights;

use std::sync::Arc;

pub(super) use dense::{Dense, summed};
pub(super) use layers::Activation;
pub(super) use places::{Pairs, Taps};
pub(super) use weights::Norm;

/// A matrix that was given to a tape, or computed on it.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// Its number among those that derivatives pass through.
    number: Option<usize>,
    dense: Arc<Dense>,
}

impl Value {
    /// The matrix, by which nothing is differentiated.
    pub(super) fn constant(dense: impl Into<Arc<Dense>>) -> Self {
        Self { number: None, dense: dense.into() }
    }

    pub(super) fn dense(&self) -> &Arc<Dense> {
        &self.dense
    }
}

/// From the derivatives of a loss by a result to those by what it was made of.
type Back = Box<dyn Fn(&Dense, &mut Slopes) + Send + Sync>;

/// What was computed, if it is recorded.
#[derive(Default)]
pub(super) struct Tape {
    records: bool,
    /// One a value that derivatives pass through; none of those that were given.
    steps: Vec<Option<Back>>,
}

impl std::fmt::Debug for Tape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tape of {} values", self.steps.len())
    }
}

impl Tape {
    /// A tape that forgets.
    pub(super) fn forgetting() -> Self {
        Self::default()
    }

    /// A tape that can be gone back through.
    pub(super) fn recording() -> Self {
        Self { records: true, steps: Vec::new() }
    }

    /// A matrix that derivatives are wanted by.
    pub(super) fn input(&mut self, dense: impl Into<Arc<Dense>>) -> Value {
        let dense = dense.into();
        if !self.records {
            return Value::constant(dense);
        }
        self.steps.push(None);
        Value { number: Some(self.steps.len() - 1), dense }
    }

    /// What an operation made of `inputs`; `back` makes the way back, where one is needed.
    fn made(
        &mut self,
        inputs: &[&Value],
        dense: impl Into<Arc<Dense>>,
        back: impl FnOnce() -> Back,
    ) -> Value {
        let dense = dense.into();
        if !self.records || inputs.iter().all(|value| value.number.is_none()) {
            return Value::constant(dense);
        }
        self.steps.push(Some(back()));
        Value { number: Some(self.steps.len() - 1), dense }
    }

    /// The derivatives of a loss by each of `wanted`, where `seeds` are its derivatives by some values.
    pub(super) fn slopes<'a>(
        &self,
        seeds: impl IntoIterator<Item = (&'a Value, Dense)>,
        wanted: &[&Value],
    ) -> Vec<Dense> {
        let mut slopes = Slopes { known: vec![None; self.steps.len()] };
        for (value, seed) in seeds {
            slopes.add(value.number, seed);
        }
        for (number, back) in self.steps.iter().enumerate().rev() {
            // What was given keeps its own; of results nothing is needed afterwards.
            let Some(back) = back else { continue };
            if let Some(slope) = slopes.known[number].take() {
                back(&slope, &mut slopes);
            }
        }
        let found = |value: &&Value| {
            let slope = value.number.and_then(|number| slopes.known[number].clone());
            slope.unwrap_or_else(|| Dense::zeroed(value.dense.rows(), value.dense.columns()))
        };
        wanted.iter().map(found).collect()
    }
}

/// Derivatives of a loss, as far as they are known.
struct Slopes {
    known: Vec<Option<Dense>>,
}

impl Slopes {
    /// Adds to what is known of a value, where derivatives pass through it.
    fn add(&mut self, number: Option<usize>, slope: Dense) {
        let Some(number) = number else { return };
        match &mut self.known[number] {
            Some(sum) => sum.add(&slope),
            none => *none = Some(slope),
        }
    }
}

#[cfg(test)]
mod tests;
