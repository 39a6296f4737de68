//! How much an upscaler is told to clean in a picture.

use crate::error::Result;
use crate::field::Plane;
use crate::model::{Cleaning, Evidence, Strength, StrengthEstimator, Upscaler};
use crate::raster::{Raster, RowSource};

/// Most parts of a picture that are looked at, along either side.
const PARTS: u32 = 3;
/// Rows read at a time.
const ROWS: u32 = 16;

/// What `upscaler` is told by `cleaning` of the picture whose rows `open` gives, in the network's
/// range: what `cleaning` leaves to the picture is estimated from parts of it. An upscaler that
/// [cannot be told](Upscaler::can_be_told) needs no estimate.
///
/// # Errors
/// Those of `open` and its rows.
pub(super) fn told(
    upscaler: &Upscaler,
    cleaning: Cleaning,
    open: impl FnOnce() -> Result<Box<dyn RowSource>>,
) -> Result<Strength> {
    let estimate = match StrengthEstimator::builtin() {
        Some(estimator) if upscaler.can_be_told() && cleaning.needs_estimate() => {
            estimate(estimator, open()?)?
        }
        _ => Strength::default(),
    };
    Ok(cleaning.strength(estimate))
}

/// What `estimator` says of parts of a picture that lie evenly over it.
fn estimate(estimator: &StrengthEstimator, mut rows: Box<dyn RowSource>) -> Result<Strength> {
    let side = StrengthEstimator::SIDE as u32;
    let [columns, lines] = [rows.width(), rows.height()].map(|length| starts(length, side));
    let [width, height] = [rows.width(), rows.height()].map(|length| length.min(side));
    let mut evidence = Evidence::default();
    let mut read = 0;
    for line in lines {
        pass(&mut *rows, line - read, |_| ())?;
        let mut parts = vec![Vec::new(); columns.len()];
        pass(&mut *rows, height, |raster| {
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
fn pass(rows: &mut dyn RowSource, mut count: u32, mut each: impl FnMut(&Raster)) -> Result<()> {
    while count > 0
        && let Some(next) = rows.next_rows(count.min(ROWS))?
    {
        count -= next.height();
        each(&next);
    }
    Ok(())
}

/// Where parts of `side` pixels begin along `length` pixels: evenly, not one over another.
fn starts(length: u32, side: u32) -> Vec<u32> {
    let count = (length / side).clamp(1, PARTS);
    let room = length.saturating_sub(side * count);
    // Half as much is left at either end as between two.
    let before = |i: u32| u64::from(room) * u64::from(2 * i + 1) / u64::from(2 * count);
    (0..count).map(|i| i * side + before(i) as u32).collect()
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
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_lie_inside_and_apart(length in 1..5000u32) {
            let side = 96;
            let starts = starts(length, side);
            prop_assert!(starts.len() <= PARTS as usize && !starts.is_empty());
            prop_assert!(starts.windows(2).all(|w| w[0] + side <= w[1]));
            let last = starts[starts.len() - 1];
            prop_assert!(last + side.min(length) <= length);
            // As much is left before as after.
            prop_assert!(starts[0].abs_diff(length - last - side.min(length)) <= length / 4);
        }
    }
}
