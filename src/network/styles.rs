//! Latents w, one a level.

use super::code::between;
use crate::error::{Error, Result};

/// A latent w for every level, `[levels, w_dim]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Styles {
    rows: Vec<Vec<f32>>,
}

impl Styles {
    /// The same w for all levels.
    pub fn broadcast(w: &[f32], levels: usize) -> Self {
        Self { rows: vec![w.to_vec(); levels] }
    }

    /// Latents w, one a level.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is none or they differ in length.
    pub fn from_rows(rows: Vec<Vec<f32>>) -> Result<Self> {
        match rows.first() {
            Some(first) if rows.iter().all(|r| r.len() == first.len()) => Ok(Self { rows }),
            _ => {
                Err(Error::parameter("styles", "a latent of one length is needed for every level"))
            }
        }
    }

    /// Latent w of one level.
    ///
    /// # Panics
    /// When there is no such level.
    pub fn row(&self, level: usize) -> &[f32] {
        &self.rows[level]
    }

    /// Latents w of all levels.
    pub fn rows(&self) -> &[Vec<f32>] {
        &self.rows
    }

    /// Draws each level towards `average`: `average + psi (w - average)`.
    pub(crate) fn truncated(mut self, average: &[f32], psis: &[f32]) -> Self {
        for (row, psi) in self.rows.iter_mut().zip(psis).filter(|(_, psi)| **psi != 1.0) {
            row.iter_mut().zip(average).for_each(|(w, a)| *w = a + psi * (*w - a));
        }
        self
    }

    /// These styles with the rows of `levels` taken from `other`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the two have not the same shape or there are no such levels.
    pub fn mixed(mut self, other: &Self, levels: impl IntoIterator<Item = usize>) -> Result<Self> {
        self.check_shape(other)?;
        for level in levels {
            let Some(row) = other.rows.get(level) else {
                let problem = format!("{level} of latents of {} levels", self.rows.len());
                return Err(Error::parameter("levels", problem));
            };
            self.rows[level].clone_from(row);
        }
        Ok(self)
    }

    /// The styles a part `t` of the way to `other`: exactly these at 0 and those at 1.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the two have not the same shape.
    pub fn interpolated(&self, other: &Self, t: f64) -> Result<Self> {
        self.check_shape(other)?;
        let rows = self.rows.iter().zip(&other.rows).map(|(a, b)| between(a, b, t));
        Ok(Self { rows: rows.collect() })
    }

    fn check_shape(&self, other: &Self) -> Result<()> {
        let shape = |s: &Self| (s.rows.len(), s.rows[0].len());
        let (ours, theirs) = (shape(self), shape(other));
        match ours == theirs {
            true => Ok(()),
            false => Err(Error::parameter(
                "styles",
                format!("[{}, {}] and [{}, {}] given", ours.0, ours.1, theirs.0, theirs.1),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_must_agree() {
        let (a, b) = (Styles::broadcast(&[1.0], 2), Styles::broadcast(&[1.0, 2.0], 2));
        assert!(a.clone().mixed(&b, 0..1).is_err() && a.interpolated(&b, 0.5).is_err());
        assert!(a.clone().mixed(&a, 1..3).is_err());
        assert!(Styles::from_rows(vec![vec![0.0], vec![]]).is_err());
    }
}
