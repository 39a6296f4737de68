//! How much an upscaler is told to clean in a picture.

use super::render::SurveyedRows;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::field::{PictureField, Plane};
use crate::model::{Evidence, Strength, StrengthEstimator, Treatment};
use crate::raster::{Raster, RowSource};
use crate::view::View;

/// Most parts of a picture that are looked at, along either side.
const PARTS: u32 = 3;
/// Rows read at a time.
const ROWS: u32 = 16;

/// How much is cleaned in the picture of `field` where `view` shows it, as `treatment` asks for:
/// what that leaves to the picture is estimated from parts of it. An upscaler that
/// [cannot be told](crate::model::Upscaler::can_be_told) needs no estimate, and then the picture is
/// not opened.
///
/// # Errors
/// [`Error::Parameter`] when the upscaler cannot be told what is asked for; those of the picture's rows;
/// [`Error::Cancelled`].
pub fn strength(
    field: &PictureField,
    view: &View,
    treatment: Treatment,
    control: &Control<'_>,
) -> Result<Strength> {
    let upscaler = field.upscaler();
    let asked = treatment.strength(Strength::default());
    upscaler.with_strength(asked)?;
    if !upscaler.can_be_told() || !treatment.needs_estimate() {
        return Ok(asked);
    }
    let rows = SurveyedRows::of(field, view)?.colour()?;
    Ok(treatment.strength(estimate(StrengthEstimator::builtin(), rows, control)?))
}

/// What `estimator` says of parts of a picture that lie evenly over it.
fn estimate(
    estimator: &StrengthEstimator,
    mut rows: Box<dyn RowSource>,
    control: &Control<'_>,
) -> Result<Strength> {
    let [(columns, width), (lines, height)] = [rows.width(), rows.height()].map(parts);
    let mut evidence = Evidence::default();
    let mut read = 0;
    for line in lines {
        pass(&mut *rows, line - read, control, |_| ())?;
        let mut parts = vec![Vec::new(); columns.len()];
        pass(&mut *rows, height, control, |raster| {
            let parts = columns.iter().zip(&mut parts);
            parts.for_each(|(column, part)| copy(raster, [*column, width], part));
        })?;
        read = line + height;
        let size = [width as usize, height as usize];
        evidence = parts.iter().fold(evidence, |e, part| e.and(estimator.evidence(size, part)));
    }
    Ok(evidence.strength())
}

/// Hands the next `count` rows to `each`.
fn pass(
    rows: &mut dyn RowSource,
    count: u32,
    control: &Control<'_>,
    mut each: impl FnMut(&Raster),
) -> Result<()> {
    let mut left = count;
    while left > 0 {
        control.check()?;
        let next = rows.next_rows(left.min(ROWS))?;
        let next = next.filter(|rows| rows.height() <= left).ok_or_else(|| {
            Error::parameter("rows", "the picture's source has not as many as it said")
        })?;
        left -= next.height();
        each(&next);
    }
    Ok(())
}

/// Where parts begin along `length` pixels, and how long they are: three of the length that the
/// estimator was trained with, evenly and not one over another; all there is where there is not as much.
fn parts(length: u32) -> (Vec<u32>, u32) {
    let side = StrengthEstimator::SIDE as u32;
    let count = (length / side).clamp(1, PARTS);
    let side = if count < PARTS { length / count } else { side };
    let room = length - side * count;
    // Half as much is left at either end as between two.
    let before = |i: u32| u64::from(room) * u64::from(2 * i + 1) / u64::from(2 * count);
    ((0..count).map(|i| i * side + before(i) as u32).collect(), side)
}

/// Appends `width` pixels of all rows of `raster` from `column` on, as RGB.
fn copy(raster: &Raster, [column, width]: [u32; 2], out: &mut Vec<f32>) {
    for row in 0..raster.height() as usize {
        let start = out.len();
        out.resize(start + width as usize * 3, 0.0);
        Plane::Colour.rgb(raster, column as usize, row, &mut out[start..]);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::raster::{Channels, RasterRows, Samples};
    use proptest::prelude::*;

    /// A picture of noise but for two of its sides.
    #[test]
    fn parts_are_read_from_where_they_lie() {
        let side = 3 * StrengthEstimator::SIDE + 40;
        let noise = crate::model::latent(3, side * side * 3);
        let value = |i: usize| {
            let (x, y) = (i / 3 % side, i / 3 / side);
            0.5 + if x > side / 4 && y > side / 3 { noise[i] * 0.1 } else { 0.0 }
        };
        let samples: Vec<f32> = (0..side * side * 3).map(value).collect();
        let picture = Samples::F32(samples.clone());
        let picture = Raster::new(side as u32, side as u32, Channels::Rgb, picture).unwrap();
        let rows = Box::new(RasterRows::new(Arc::new(picture)));
        let (estimator, control) = (StrengthEstimator::builtin(), Control::default());
        let found = estimate(estimator, rows, &control).unwrap();
        let (starts, _) = parts(side as u32);
        let mut wanted = Evidence::default();
        for (y, x) in starts.iter().flat_map(|y| starts.iter().map(move |x| (*y, *x))) {
            let line = |row: usize| {
                let start = (row * side + x as usize) * 3;
                samples[start..start + StrengthEstimator::SIDE * 3].to_vec()
            };
            let lines = y as usize..y as usize + StrengthEstimator::SIDE;
            let part: Vec<f32> = lines.flat_map(line).collect();
            wanted = wanted.and(estimator.evidence([StrengthEstimator::SIDE; 2], &part));
        }
        assert_eq!(found, wanted.strength());
        assert!(found.denoise > 0.0);
    }

    /// A source of fewer rows than it says.
    struct Short;

    impl RowSource for Short {
        fn width(&self) -> u32 {
            20
        }

        fn height(&self) -> u32 {
            30
        }

        fn channels(&self) -> Channels {
            Channels::Rgb
        }

        fn next_rows(&mut self, _: u32) -> Result<Option<Raster>> {
            Ok(None)
        }
    }

    #[test]
    fn a_source_that_ends_early_is_an_error() {
        let (estimator, control) = (StrengthEstimator::builtin(), Control::default());
        let error = estimate(estimator, Box::new(Short), &control).unwrap_err().to_string();
        assert!(error.contains("not as many"), "{error}");
        control.cancel_token().cancel();
        let error = estimate(estimator, Box::new(Short), &control).unwrap_err();
        assert!(matches!(error, Error::Cancelled));
    }

    proptest! {
        #[test]
        fn parts_lie_inside_and_apart(length in 1..5000u32) {
            let (starts, side) = parts(length);
            prop_assert!(starts.len() <= PARTS as usize && !starts.is_empty());
            prop_assert!(side < 2 * StrengthEstimator::SIDE as u32);
            prop_assert!(starts.windows(2).all(|w| w[0] + side <= w[1]));
            let last = starts[starts.len() - 1];
            prop_assert!(last + side <= length);
            // As much is left before as after, and nothing of what is short.
            prop_assert!(starts[0].abs_diff(length - last - side) <= length / 4);
            let all = starts.len() as u32 * side;
            prop_assert!(starts.len() == PARTS as usize || length - all < starts.len() as u32);
        }
    }
}
