//! More levels for a network in training (Poly-INR, table 4: beyond ten levels they are put in as
//! training goes on).

use tch::{Kind, Tensor};

use super::PolyInr;
use crate::generator::coordinates::{Window, grid};

/// How much further than the lowest output seen the outputs are lifted.
const MARGIN: f64 = 2.0;

impl PolyInr {
    /// Makes level `j` change nothing for latents as these w, all levels above it being neutral too.
    ///
    /// It multiplies by one and has the identity as its weights. Leaky ReLU would shrink what is
    /// negative once more, so the level lifts all outputs above zero, and the colours' bias takes
    /// the lift back.
    pub(super) fn make_neutral(&self, j: usize, w: &Tensor) {
        let lift = -self.lowest_output(j, w) * MARGIN;
        let level = &self.levels[j];
        for layer in [&level.basis, &level.offset] {
            let _ = layer.weight().shallow_clone().zero_();
        }
        let _ = level.basis.bias().shallow_clone().zero_();
        let _ = level.offset.bias().shallow_clone().fill_(1.0);
        let features = self.shape.features as i64;
        let identity = Tensor::eye(features, (Kind::Float, w.device()));
        level.shared.weight().shallow_clone().copy_(&identity);
        let _ = level.shared.bias().shallow_clone().fill_(lift);
        let lifted = self.rgb.weight().sum_dim_intlist(1, false, Kind::Float) * lift;
        let _ = self.rgb.bias().shallow_clone().f_sub_(&lifted);
    }

    /// The lowest output of the first `count` levels over these latents, at most zero.
    fn lowest_output(&self, count: usize, w: &Tensor) -> f64 {
        let positions = grid(Window::UNIT, 16, 16, w.device());
        let affine = self.affine(w);
        self.features(&affine[..count], &positions, Kind::Float).min().double_value(&[]).min(0.0)
    }
}
