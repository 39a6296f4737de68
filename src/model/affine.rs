//! Affine parameters: what makes one image of a generator different from another.

use crate::error::{Error, Result};

/// Affine parameters `A [levels, n, 3]` of one image: level `j` multiplies its features by
/// `A_j [x, y, 1]` (Poly-INR, equation 3), columns in the order x, y, 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine {
    levels: usize,
    features: usize,
    values: Vec<f32>,
}

impl Affine {
    /// Parameters from `values`, `[levels, features, 3]` with the last index fastest.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the number of values does not fit or one is not finite.
    pub fn new(levels: usize, features: usize, values: Vec<f32>) -> Result<Self> {
        if values.len() != levels * features * 3 {
            return Err(Error::parameter(
                "affine parameters",
                format!("{} values given, [{levels}, {features}, 3] needed", values.len()),
            ));
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(Error::parameter("affine parameters", "one of them is not finite"));
        }
        Ok(Self { levels, features, values })
    }

    /// Number of levels.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// Features a level, n.
    pub fn features(&self) -> usize {
        self.features
    }

    /// All values, `[levels, features, 3]`.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values of one level, `[features, 3]`.
    ///
    /// # Panics
    /// When there is no such level.
    pub fn level(&self, level: usize) -> &[f32] {
        let stride = self.features * 3;
        &self.values[level * stride..(level + 1) * stride]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_and_values_are_checked() {
        assert!(Affine::new(2, 4, vec![0.0; 24]).is_ok());
        assert!(Affine::new(2, 4, vec![0.0; 23]).is_err());
        assert!(Affine::new(2, 4, vec![f32::NAN; 24]).is_err());
    }
}
