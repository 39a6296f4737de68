//! The code of an image: all that makes one image of a generator different from another.

use crate::error::{Error, Result};

/// A tensor: its shape, and its values with the last index fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Tensor {
    /// A tensor of `shape`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there are not as many values as the shape says.
    pub fn new(shape: &[usize], values: Vec<f32>) -> Result<Self> {
        match shape.iter().product::<usize>() == values.len() {
            true => Ok(Self { shape: shape.to_vec(), values }),
            false => {
                let problem = format!("{} values given for a tensor {shape:?}", values.len());
                Err(Error::parameter("code", problem))
            }
        }
    }

    /// Length of every dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// All values, last index fastest.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

/// The shapes of a code's tensors, level by level. A network fixes them.
pub type CodeShape = Vec<Vec<Vec<usize>>>;

/// All that makes one image of a network, level by level: Poly-INR's affine parameters `[n, 3]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    levels: Vec<Vec<Tensor>>,
}

impl Code {
    /// The code of these levels.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is no level, or a value is not finite.
    pub fn new(levels: Vec<Vec<Tensor>>) -> Result<Self> {
        if levels.is_empty() {
            return Err(Error::parameter("code", "it has no levels"));
        }
        let code = Self { levels };
        let finite = code.values().all(f32::is_finite);
        match finite {
            true => Ok(code),
            false => Err(Error::parameter("code", "one of its values is not finite")),
        }
    }

    /// The code of `shape` that holds `values`, in the order of [`values`](Self::values).
    ///
    /// # Errors
    /// As [`new`](Self::new); [`Error::Parameter`] when there are not as many values as the shape says.
    pub fn from_values(shape: &CodeShape, values: &[f32]) -> Result<Self> {
        let needed = count(shape);
        if needed != values.len() {
            let problem = format!("{} values given, {needed} needed", values.len());
            return Err(Error::parameter("code", problem));
        }
        let mut rest = values;
        let mut tensor = |shape: &Vec<usize>| {
            let (own, others) = rest.split_at(shape.iter().product());
            rest = others;
            Tensor { shape: shape.clone(), values: own.to_vec() }
        };
        let levels = shape.iter().map(|level| level.iter().map(&mut tensor).collect());
        Self::new(levels.collect())
    }

    /// Number of levels.
    pub fn levels(&self) -> usize {
        self.levels.len()
    }

    /// The tensors of one level.
    ///
    /// # Panics
    /// When there is no such level.
    pub fn level(&self, level: usize) -> &[Tensor] {
        &self.levels[level]
    }

    /// All tensors, level by level.
    pub fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.levels.iter().flatten()
    }

    /// All values, tensor by tensor.
    pub fn values(&self) -> impl Iterator<Item = f32> + '_ {
        self.tensors().flat_map(|tensor| tensor.values.iter().copied())
    }

    /// The shapes of its tensors.
    pub fn shape(&self) -> CodeShape {
        let level = |level: &Vec<Tensor>| level.iter().map(|t| t.shape.clone()).collect();
        self.levels.iter().map(level).collect()
    }

    /// This code with `levels` taken from `other`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the two have not the same shape or there are no such levels.
    pub fn mixed(mut self, other: &Self, levels: impl IntoIterator<Item = usize>) -> Result<Self> {
        self.check_shape(&other.shape())?;
        for level in levels {
            let Some(theirs) = other.levels.get(level) else {
                let problem = format!("{level} of a code of {} levels", self.levels.len());
                return Err(Error::parameter("levels", problem));
            };
            self.levels[level].clone_from(theirs);
        }
        Ok(self)
    }

    /// The code a part `t` of the way to `other`: exactly this one at 0 and that one at 1.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the two have not the same shape.
    pub fn interpolated(&self, other: &Self, t: f64) -> Result<Self> {
        self.check_shape(&other.shape())?;
        let tensor = |(a, b): (&Tensor, &Tensor)| Tensor {
            shape: a.shape.clone(),
            values: between(&a.values, &b.values, t),
        };
        let levels = self.levels.iter().zip(&other.levels);
        Self::new(levels.map(|(a, b)| a.iter().zip(b).map(tensor).collect()).collect())
    }

    /// Fails when its tensors have not these shapes.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the first that differs.
    pub fn check_shape(&self, shape: &CodeShape) -> Result<()> {
        let own = self.shape();
        if own == *shape {
            return Ok(());
        }
        let problem = match own.iter().zip(shape).position(|(own, needed)| own != needed) {
            Some(level) => {
                let (own, needed) = (&own[level], &shape[level]);
                format!("level {level} has tensors {own:?}; the model needs {needed:?}")
            }
            None => format!("{} levels given; the model needs {}", own.len(), shape.len()),
        };
        Err(Error::parameter("code", problem))
    }
}

/// Values in a code of `shape`.
pub fn count(shape: &CodeShape) -> usize {
    shape.iter().flatten().map(|tensor| tensor.iter().product::<usize>()).sum()
}

/// Numbers a part `t` of the way from `a` to `b`, in float64: exactly `a` at 0, `b` at 1, and what
/// both agree on everywhere.
pub(crate) fn between(a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
    match t {
        0.0 => a.to_vec(),
        1.0 => b.to_vec(),
        t => a
            .iter()
            .zip(b)
            .map(|(a, b)| ((1.0 - t) * f64::from(*a) + t * f64::from(*b)) as f32)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(values: [f32; 5]) -> Result<Code> {
        Code::from_values(&vec![vec![vec![3, 1]], vec![vec![2]]], &values)
    }

    #[test]
    fn shape_and_values_are_checked() {
        assert!(Tensor::new(&[2, 3], vec![0.0; 6]).is_ok());
        assert!(Tensor::new(&[2, 3], vec![0.0; 5]).is_err());
        assert!(code([0.0; 5]).is_ok() && code([f32::NAN; 5]).is_err());
        assert!(Code::from_values(&vec![vec![vec![3]]], &[0.0; 4]).is_err());
        assert!(Code::new(Vec::new()).is_err());
    }

    #[test]
    fn levels_are_exchanged_whole() {
        let (a, b) = (code([1.0; 5]).unwrap(), code([2.0; 5]).unwrap());
        let mixed = a.clone().mixed(&b, [1]).unwrap();
        assert_eq!(mixed.values().collect::<Vec<_>>(), [1.0, 1.0, 1.0, 2.0, 2.0]);
        assert!(a.clone().mixed(&b, [2]).unwrap_err().to_string().starts_with("levels: "));
        let other = Code::from_values(&vec![vec![vec![5]]], &[0.0; 5]).unwrap();
        assert!(a.clone().mixed(&other, [0]).is_err() && a.interpolated(&other, 0.5).is_err());
    }

    proptest! {
        #[test]
        fn values_come_back(values: [f32; 5]) {
            prop_assume!(values.iter().all(|v| v.is_finite()));
            let code = code(values).unwrap();
            prop_assert_eq!(code.values().collect::<Vec<_>>(), values);
            prop_assert_eq!(Code::from_values(&code.shape(), &values).unwrap(), code);
        }

        #[test]
        fn between_starts_and_ends_exactly(a in -1e30f32..1e30, b in -1e30f32..1e30, t in 0.0f64..1.0) {
            prop_assert_eq!(between(&[a], &[b], 0.0), [a]);
            prop_assert_eq!(between(&[a], &[b], 1.0), [b]);
            prop_assert_eq!(between(&[a], &[a], t), [a]);
            let there = between(&[a], &[b], t)[0];
            prop_assert!(a.min(b) <= there && there <= a.max(b));
            // The way back is the same way.
            prop_assert!((between(&[b], &[a], 1.0 - t)[0] - there).abs() <= (a.abs() + b.abs()) * 2e-7);
        }
    }
}
