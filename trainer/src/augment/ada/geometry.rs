//! Changes of where things are.

use std::f64::consts::{FRAC_PI_2, PI};

use tch::{Kind, Tensor, no_grad};

use super::{Draws, matrices};

/// Largest shift, as a share of the sides.
const SHIFT: f64 = 0.125;

/// Deviation of the binary logarithm of sizes.
const SIZE: f64 = 0.2;

/// `images` flipped, turned by quarters, shifted by whole pixels, scaled, turned and stretched; what
/// moves in is a reflection.
pub(super) fn changed(images: &Tensor, draws: &Draws<'_>) -> Tensor {
    let (height, width) = (images.size()[2], images.size()[3]);
    sampled(images, &no_grad(|| maps(draws, height, width)))
}

/// Where every picture's pixels come from, `[B, 3, 3]`: matrices for (x, y, 1), counted in pixels from
/// the middle.
fn maps(draws: &Draws<'_>, height: i64, width: i64) -> Tensor {
    // Twice a turn with this probability is one turn at least with the other.
    let turns = draws.with(1.0 - (1.0 - draws.p.min(1.0)).sqrt());
    let flip = draws.whole(2) * -2.0 + 1.0;
    let shift = |side: i64| (draws.uniform(0.0) * SHIFT * side as f64).round();
    let size = draws.factor(SIZE);
    let stretch = draws.factor(SIZE);
    let steps = [
        scaling(&flip, &flip.ones_like()),
        rotation(&(draws.whole(4) * FRAC_PI_2), true),
        translation(&shift(width), &shift(height)),
        scaling(&size, &size),
        rotation(&(turns.uniform(0.0) * PI), false),
        scaling(&stretch, &stretch.reciprocal()),
        rotation(&(turns.uniform(0.0) * PI), false),
    ];
    let [first, rest @ ..] = &steps;
    rest.iter().fold(first.shallow_clone(), |all, step| all.bmm(step))
}

pub(super) fn scaling(x: &Tensor, y: &Tensor) -> Tensor {
    let (zero, one) = (&x.zeros_like(), &x.ones_like());
    matrices([[x, zero, zero], [zero, y, zero], [zero, zero, one]])
}

pub(super) fn translation(x: &Tensor, y: &Tensor) -> Tensor {
    let (zero, one) = (&x.zeros_like(), &x.ones_like());
    matrices([[one, zero, x], [zero, one, y], [zero, zero, one]])
}

/// By angles; those of quarter turns have exact sines.
pub(super) fn rotation(angle: &Tensor, quarters: bool) -> Tensor {
    let exact = |x: Tensor| if quarters { x.round() } else { x };
    let (sine, cosine) = (&exact(angle.sin()), &exact(angle.cos()));
    let (zero, one) = (&angle.zeros_like(), &angle.ones_like());
    matrices([[cosine, &-sine, zero], [sine, cosine, zero], [zero, zero, one]])
}

/// `images` at the places that `maps` say, linear between pixels.
pub(super) fn sampled(images: &Tensor, maps: &Tensor) -> Tensor {
    let [batch, channels, height, width] = images.size()[..] else { unreachable!("pictures") };
    let device = images.device();
    let axis = |side: i64| Tensor::arange(side, (Kind::Float, device)) - (side - 1) as f64 / 2.0;
    let x = axis(width).unsqueeze(0).expand([height, width], false).reshape([-1]);
    let y = axis(height).unsqueeze(1).expand([height, width], false).reshape([-1]);
    let places = Tensor::stack(&[&x, &y, &x.ones_like()], 1).matmul(&maps.transpose(1, 2));
    let [(left, to_right), (top, to_below)] = [(0, width), (1, height)].map(|(axis, side)| {
        let at = reflected(&(places.select(2, axis) + (side - 1) as f64 / 2.0), side);
        let before = at.floor().clamp(0.0, (side - 2).max(0) as f64);
        let share = at - &before;
        (before.to_kind(Kind::Int64), share.to_kind(images.kind()).unsqueeze(1))
    });
    let flat = images.flatten(2, 3);
    let tap = |row: i64, column: i64, share: Tensor| {
        let index = (&top + row.min(height - 1)) * width + &left + column.min(width - 1);
        let index = index.unsqueeze(1).expand([batch, channels, height * width], false);
        flat.gather(2, &index, false) * share
    };
    let (to_left, to_above) = (1.0 - &to_right, 1.0 - &to_below);
    let sum = tap(0, 0, &to_above * &to_left)
        + tap(0, 1, &to_above * &to_right)
        + tap(1, 0, &to_below * &to_left)
        + tap(1, 1, &to_below * &to_right);
    sum.reshape([batch, channels, height, width])
}

/// Places between 0 and `side - 1`, reflected at the outer pixels' centres.
fn reflected(places: &Tensor, side: i64) -> Tensor {
    let last = (side - 1).max(1) as f64;
    (places.remainder(2.0 * last) - last).abs() * -1.0 + last
}
