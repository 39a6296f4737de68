//! Changes of colour: affine maps of RGB.

use std::f64::consts::PI;

use tch::{Kind, Tensor, no_grad};

use super::{Draws, matrices};

/// Deviation of what is added.
const BRIGHTNESS: f64 = 0.2;

/// Deviation of the binary logarithm of contrast.
const CONTRAST: f64 = 0.5;

/// Deviation of the binary logarithm of saturation.
const SATURATION: f64 = 1.0;

/// `images` with other brightness and contrast, with light for dark, other hues and saturation.
pub(super) fn changed(images: &Tensor, draws: &Draws<'_>) -> Tensor {
    let (matrix, offset) = no_grad(|| maps(draws));
    let [batch, _, height, width] = images.size()[..] else { unreachable!("pictures") };
    let offset =
        offset.to_kind(images.kind()).unsqueeze(2).expand([batch, 3, height * width], false);
    let changed = offset.baddbmm(&matrix.to_kind(images.kind()), &images.flatten(2, 3), 1, 1);
    changed.reshape([batch, 3, height, width])
}

/// Matrices `[B, 3, 3]` and what is added to their products, `[B, 3]`.
fn maps(draws: &Draws<'_>) -> (Tensor, Tensor) {
    let brightness = draws.normal() * BRIGHTNESS;
    let contrast = numbers(&draws.factor(CONTRAST));
    let flip = numbers(&draws.whole(2));
    let hue = draws.uniform(0.0) * PI;
    let saturation = numbers(&draws.factor(SATURATION));
    let options = (Kind::Float, draws.like.device());
    let identity = Tensor::eye(3, options).unsqueeze(0);
    // What is grey in a colour.
    let grey = Tensor::full([1, 3, 3], 1.0 / 3.0, options);
    let matrix = (&identity - &grey * flip * 2.0) * contrast;
    let matrix = turned(&hue, &identity, &grey).bmm(&matrix);
    let matrix = (&grey + (&identity - &grey) * saturation).bmm(&matrix);
    let brightness = brightness.reshape([-1, 1, 1]).expand([draws.batch, 3, 1], false);
    let offset = matrix.bmm(&brightness).squeeze_dim(2);
    (matrix, offset)
}

/// Rotations about the grey axis.
fn turned(angle: &Tensor, identity: &Tensor, grey: &Tensor) -> Tensor {
    let axis = 1.0 / 3f64.sqrt();
    let (zero, up) = (&angle.zeros_like(), &(angle.ones_like() * axis));
    let down = &-up;
    let cross = matrices([[zero, down, up], [up, zero, down], [down, up, zero]]);
    let (sine, cosine) = (numbers(&angle.sin()), numbers(&angle.cos()));
    grey + (identity - grey) * cosine + cross * sine
}

/// A number for each matrix.
fn numbers(of_pictures: &Tensor) -> Tensor {
    of_pictures.reshape([-1, 1, 1])
}
