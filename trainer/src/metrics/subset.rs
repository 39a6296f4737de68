//! Pictures of a data set as images to be measured.

use std::ops::Range;

use sha2::{Digest, Sha256};
use tch::Tensor;

use super::extractor::hexadecimal;
use super::source::Source;
use crate::data::Dataset;
use crate::error::Result;
use crate::random::{Stream, key};

/// Some pictures of a data set, never flipped.
pub struct Subset<'a> {
    dataset: &'a Dataset,
    indices: Vec<usize>,
}

impl<'a> Subset<'a> {
    /// All pictures, in order.
    pub fn all(dataset: &'a Dataset) -> Self {
        Self { dataset, indices: (0..dataset.len()).collect() }
    }

    /// Two halves of the pictures, of the same size, drawn from `seed`.
    pub fn halves(dataset: &'a Dataset, seed: u64) -> [Self; 2] {
        let mut indices: Vec<usize> = (0..dataset.len()).collect();
        indices.sort_by_key(|&i| key(seed, i as u64, Stream::Evaluation));
        let half = indices.len() / 2;
        [0, half].map(|start| Self { dataset, indices: indices[start..start + half].to_vec() })
    }
}

impl Source for Subset<'_> {
    fn len(&self) -> usize {
        self.indices.len()
    }

    fn batch(&mut self, range: Range<usize>) -> Result<Tensor> {
        Ok(self.dataset.batch(&self.indices[range], &[])?.0)
    }

    fn labels(&self) -> Option<Tensor> {
        let all = self.dataset.labels()?;
        Some(Tensor::from_slice(&self.indices.iter().map(|&i| all[i]).collect::<Vec<_>>()))
    }

    fn key(&self) -> Option<String> {
        let mut hash = Sha256::new();
        hash.update(self.dataset.key());
        self.indices.iter().for_each(|i| hash.update((*i as u64).to_le_bytes()));
        Some(hexadecimal(&hash.finalize()))
    }
}
