//! Rows that are kept while they are needed.

use std::collections::VecDeque;

/// Red, green, blue and a value unused: what a register holds.
pub(super) type Pixel = [f32; 4];

/// Consecutive rows of a picture, the earlier ones forgotten.
#[derive(Debug)]
pub(super) struct Rows<T> {
    first: usize,
    rows: VecDeque<Vec<T>>,
}

impl<T> Rows<T> {
    pub fn new() -> Self {
        Self { first: 0, rows: VecDeque::new() }
    }

    /// The number of the row that comes next.
    pub fn end(&self) -> usize {
        self.first + self.rows.len()
    }

    /// Number of rows that are kept.
    #[cfg(test)]
    pub fn kept(&self) -> usize {
        self.rows.len()
    }

    /// Row `row`, which was added and is not forgotten.
    pub fn row(&self, row: usize) -> &[T] {
        &self.rows[row - self.first]
    }

    /// Appends rows.
    pub fn extend(&mut self, rows: impl IntoIterator<Item = Vec<T>>) {
        self.rows.extend(rows);
    }

    /// Forgets the rows before `row`.
    pub fn forget(&mut self, row: usize) {
        while self.first < row && self.rows.pop_front().is_some() {
            self.first += 1;
        }
    }
}
