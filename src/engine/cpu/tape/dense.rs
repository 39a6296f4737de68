//! Matrices in memory.

use std::sync::OnceLock;

/// A matrix, its rows one after another: of features a place a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dense {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
    /// Columns one after another, once they were asked for.
    turned: OnceLock<Vec<f32>>,
}

impl Dense {
    /// Of these values, rows of `columns` one after another.
    ///
    /// # Panics
    /// When they are no whole rows.
    pub(crate) fn new(columns: usize, values: Vec<f32>) -> Self {
        let rows = values.len().checked_div(columns).unwrap_or(0);
        assert_eq!(rows * columns, values.len(), "values fill rows");
        Self { rows, columns, values, turned: OnceLock::new() }
    }

    pub(crate) fn zeroed(rows: usize, columns: usize) -> Self {
        Self { rows, columns, values: vec![0.0; rows * columns], turned: OnceLock::new() }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..][..self.columns]
    }

    pub(crate) fn values(&self) -> &[f32] {
        &self.values
    }

    /// Its columns one after another; kept, since weights are used often.
    pub(crate) fn turned(&self) -> &[f32] {
        self.turned.get_or_init(|| {
            let mut turned = vec![0.0; self.values.len()];
            for (r, row) in self.values.chunks_exact(self.columns.max(1)).enumerate() {
                row.iter().enumerate().for_each(|(c, v)| turned[c * self.rows + r] = *v);
            }
            turned
        })
    }

    pub(crate) fn values_mut(&mut self) -> &mut [f32] {
        self.turned = OnceLock::new();
        &mut self.values
    }

    pub(crate) fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// Adds another matrix of the same shape.
    pub(crate) fn add(&mut self, other: &Self) {
        assert_eq!((self.rows, self.columns), (other.rows, other.columns), "shapes of a sum");
        self.values_mut().iter_mut().zip(&other.values).for_each(|(a, b)| *a += b);
    }
}

/// Sums of what each of several gives, in their order.
pub(crate) fn summed(parts: Vec<Vec<Dense>>) -> Vec<Dense> {
    let mut parts = parts.into_iter();
    let mut total = parts.next().unwrap_or_default();
    for part in parts {
        total.iter_mut().zip(&part).for_each(|(sum, more)| sum.add(more));
    }
    total
}
