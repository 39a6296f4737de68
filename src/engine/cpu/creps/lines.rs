//! Lines along rows and columns.

use std::f32::consts::SQRT_2;

use super::weights::LineWeights;
use crate::engine::cpu::tape::{Activation, Dense, Tape, Value};
use crate::network::creps::CLAMP;

/// Of layers between features.
pub(super) const ACTIVE: Activation = Activation::LRELU.times(SQRT_2).within(CLAMP);
/// Of layers to the channels of lines, and to colours.
pub(super) const BARE: Activation = Activation::NONE.within(CLAMP);

/// Whose lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    /// Of rows: a function of y.
    Rows,
    /// Of columns: a function of x.
    Columns,
}

/// Lines at some coordinates of an axis, for every map: `[coordinates R, c]`, the R lines of a
/// coordinate one after another.
pub(super) fn lines(
    tape: &mut Tape,
    weights: &LineWeights,
    axis: Axis,
    coordinates: &[f32],
) -> Vec<Value> {
    let rank = weights.rank;
    let own = match axis {
        Axis::Rows => 0..rank,
        Axis::Columns => rank..2 * rank,
    };
    let mut x = tape.lines(waves(&weights.frequencies, coordinates), &weights.input, own);
    let mut maps: Vec<Value> = Vec::new();
    for block in &weights.blocks {
        for [w, b] in &block.layers {
            x = tape.layer(&x, [w, b], ACTIVE);
        }
        let Some([w, b]) = &block.lines else { continue };
        let more = tape.layer(&x, [w, b], BARE);
        let sum = match maps.last() {
            Some(before) => tape.sum(before, &more),
            None => more,
        };
        maps.push(sum);
    }
    maps
}

/// `sin(2π v f)` in the first half of C channels and cosines in the second, `[coordinates R, C]`.
fn waves(frequencies: &Dense, coordinates: &[f32]) -> Dense {
    let (half, rank) = (frequencies.rows(), frequencies.columns());
    let mut values = Vec::with_capacity(coordinates.len() * rank * 2 * half);
    for v in coordinates {
        for line in 0..rank {
            let angle = |c: usize| {
                std::f64::consts::TAU * f64::from(*v) * f64::from(frequencies.row(c)[line])
            };
            values.extend((0..half).map(|c| angle(c).sin() as f32));
            values.extend((0..half).map(|c| angle(c).cos() as f32));
        }
    }
    Dense::new(2 * half, values)
}
