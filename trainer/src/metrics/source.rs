//! Where images to be measured come from.

use std::ops::Range;

use tch::{Kind, Tensor};

use crate::error::Result;

/// A numbered set of images of one size.
pub trait Source {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those whose numbers are in `range`, which ends within the set: bytes `[b, 3, side, side]`.
    ///
    /// # Errors
    /// Whatever keeps them from being read or generated.
    fn batch(&mut self, range: Range<usize>) -> Result<Tensor>;

    /// The class of each, `[n]`, where they have classes.
    fn labels(&self) -> Option<Tensor> {
        None
    }

    /// What stands for the contents of all of them, where that is known, so that what is computed
    /// of them can be kept in files.
    fn key(&self) -> Option<String> {
        None
    }
}

/// A network's images, nominally in `[-1, 1]`, as the bytes that a file would hold:
/// `round((x + 1) * 127.5)`, clamped.
pub fn to_bytes(images: &Tensor) -> Tensor {
    ((images.to_kind(Kind::Float) + 1.0) * 127.5).round().clamp(0, 255).to_kind(Kind::Uint8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_rounded_and_clamped() {
        let images = Tensor::from_slice(&[-1.2f32, -1.0, -0.996, 0.0, 0.01, 0.999, 1.0, 7.0]);
        let bytes = Vec::<u8>::try_from(to_bytes(&images)).unwrap();
        assert_eq!(bytes, [0, 0, 1, 128, 129, 255, 255, 255]);
    }
}
