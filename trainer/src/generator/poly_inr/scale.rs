//! An initialisation that keeps activations at unit scale through all levels.
//!
//! Ten multiplications of random terms shrink or explode, and what is left lies in one corner: with plain
//! initial weights the picture is constant for a long time. So every level's terms are made even
//! over the unit square ([`Level::even_out`]), and then its affine term and its output are scaled
//! to unit size over random latents in the mean over regions of the square, one level after the
//! other.
//!
//! A product of ten terms that are all as large as w also varies with the tenth power of the length
//! of w: most latents are nearly grey then, and few are garish. So the terms that multiply are one,
//! and a part that depends on the latent.

use tch::{Kind, Tensor, no_grad};

use super::PolyInr;
use super::level::{self, Level, activate};
use crate::generator::coordinates::{Window, grid};
use crate::nn::Linear;

/// Side of the grid over which they are measured.
const SIDE: i64 = 8;

/// Regions of the grid along a side.
const REGIONS: i64 = 4;

/// Size of what depends on the latent in a term that multiplies, beside its constant.
const VARYING: f64 = 0.5;

/// Deviation of the colours of an untrained generator, nominal range `[-1, 1]`.
const COLOUR: f64 = 0.3;

/// Sizes of one level over random latents and positions: root mean squares, means over regions of
/// the unit square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Of the affine term `A X`.
    pub affine: f64,
    /// Of the level's output.
    pub output: f64,
}

impl PolyInr {
    /// Makes new weights even over the unit square and over latents, and scales every level's affine term and
    /// output to unit size over these random latents, and the colours to a deviation of 0.3 from grey.
    pub(super) fn normalise_scale(&self, w: &Tensor) {
        self.walk(w, true);
    }

    /// Sizes of all levels as they are, over these latents.
    pub fn scales(&self, w: &Tensor) -> Vec<Scale> {
        self.walk(w, false)
    }

    /// Passes latents through all levels and measures each; with `rescale` each level is
    /// scaled before the next one is measured.
    fn walk(&self, w: &Tensor, rescale: bool) -> Vec<Scale> {
        no_grad(|| {
            let positions = grid(Window::UNIT, SIDE, SIDE, w.device());
            let mut chain = level::identity_chain(w.size()[0], w.device());
            let mut h = None;
            let mut scales = Vec::with_capacity(self.levels.len());
            for level in &self.levels {
                let (scale, output) =
                    self.pass(level, w, &mut chain, &positions, h.as_ref(), rescale);
                scales.push(scale);
                h = Some(output);
            }
            if let Some(h) = h.filter(|_| rescale) {
                self.scale_colours(&h);
            }
            scales
        })
    }

    /// One level: its affine term, then its output.
    fn pass(
        &self,
        level: &Level,
        w: &Tensor,
        chain: &mut Tensor,
        positions: &Tensor,
        h: Option<&Tensor>,
        rescale: bool,
    ) -> (Scale, Tensor) {
        let before = chain.shallow_clone();
        if rescale {
            level.even_out(w);
        }
        let mut term = level::term(&level.affine(w, chain), positions, Kind::Float);
        if rescale {
            let (constant, varying) = shares(h.is_some());
            let factor = varying / size(&term);
            multiply(&level.basis, factor);
            multiply(&level.offset, factor);
            let _ = level.offset.bias().shallow_clone().fill_(constant);
            *chain = before;
            term = level::term(&level.affine(w, chain), positions, Kind::Float);
        }
        let input = match h {
            None => term.shallow_clone(),
            Some(h) => h * activate(&term, self.shape.affine_activation),
        };
        let mut output = crate::nn::lrelu(&level.shared.forward(&input));
        if rescale {
            multiply(&level.shared, 1.0 / size(&output));
            output = crate::nn::lrelu(&level.shared.forward(&input));
        }
        let scale = Scale { affine: size(&term), output: size(&output) };
        (scale, self.clamp(output))
    }

    /// Scales the colours of the last level's outputs h, and moves their mean to grey.
    fn scale_colours(&self, h: &Tensor) {
        let around =
            |colours: &Tensor| colours - colours.mean_dim([0i64, 1].as_slice(), true, None);
        multiply(&self.rgb, COLOUR / size(&around(&self.rgb.forward(h))));
        let mean = self.rgb.forward(h).mean_dim([0i64, 1].as_slice(), false, None);
        let _ = self.rgb.bias().shallow_clone().f_sub_(&mean);
    }
}

/// Sizes of the constant and of what depends on the latent in a term of unit size, one that
/// multiplies or level 0's.
fn shares(multiplies: bool) -> (f64, f64) {
    if multiplies {
        let whole = VARYING.hypot(1.0);
        (1.0 / whole, VARYING / whole)
    } else {
        (0.0, 1.0)
    }
}

/// Mean over regions of the grid of the root mean square of all numbers of `[batch, positions, k]`
/// there; never zero.
fn size(x: &Tensor) -> f64 {
    let (of_region, k) = (SIDE / REGIONS, x.size()[2]);
    let regions = x.reshape([-1, REGIONS, of_region, REGIONS, of_region, k]);
    let regions = regions.permute([1, 3, 0, 2, 4, 5]).reshape([REGIONS * REGIONS, -1]);
    let squares = regions.to_kind(Kind::Double).square().mean_dim(1, false, None);
    squares.sqrt().mean(Kind::Double).double_value(&[]).max(1e-12)
}

/// Multiplies a layer's weight and bias.
fn multiply(layer: &Linear, factor: f64) {
    let _ = layer.weight().shallow_clone().f_mul_scalar_(factor);
    let _ = layer.bias().shallow_clone().f_mul_scalar_(factor);
}
