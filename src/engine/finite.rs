//! What weights come to: numbers that are finite one by one may still overflow where they are
//! multiplied and added.

use super::RowSink;
use crate::error::{Error, Result};
use crate::field::{GeneratedField, Image};

/// Hands rows of an image on as long as they are finite. Where they are not it is the model's fault: what
/// images are made of is in the range of networks.
pub(super) struct Finite<'a> {
    image: &'a Image,
    sink: &'a mut dyn RowSink,
}

impl<'a> Finite<'a> {
    pub(super) fn new(image: &'a Image, sink: &'a mut dyn RowSink) -> Self {
        Self { image, sink }
    }
}

impl RowSink for Finite<'_> {
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()> {
        if !all_finite(pixels) {
            return Err(overflow(name(self.image)));
        }
        self.sink.rows(first_row, pixels)
    }
}

/// Fails when heat-maps of `field` are not finite.
pub(super) fn check(field: &GeneratedField, values: &[Vec<f32>]) -> Result<()> {
    match values.iter().all(|values| all_finite(values)) {
        true => Ok(()),
        false => Err(overflow(&field.model().name)),
    }
}

/// Whether all values are finite, without a branch for each.
fn all_finite(values: &[f32]) -> bool {
    const EXPONENT: u32 = 0x7f80_0000;
    let bad = |v: &f32| u32::from(v.to_bits() & EXPONENT == EXPONENT);
    values.chunks(4096).all(|values| values.iter().fold(0, |any, v| any | bad(v)) == 0)
}

/// What its model is called.
fn name(image: &Image) -> &str {
    match image {
        Image::Generated(field) => &field.model().name,
        Image::Picture(image) => &image.upscaler().about().name,
    }
}

fn overflow(name: &str) -> Error {
    Error::model(name, "its weights overflow: what they give is not finite; the model is unusable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_looked_at() {
        let mut values = vec![1.0f32; 10_000];
        values[17] = f32::MAX;
        assert!(all_finite(&values) && all_finite(&[]));
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for at in [0, 4095, 4096, 9999] {
                let mut values = values.clone();
                values[at] = bad;
                assert!(!all_finite(&values), "{bad} at {at}");
            }
        }
    }
}
