//! More levels for a generator in training (Poly-INR, table 4: beyond ten levels they are put in as
//! training goes on).

use polyinr::network::NetworkConfig;
use tch::{Kind, Tensor, no_grad};

use super::{Generator, Window, grid};
use crate::nn::store;

/// How much further than the lowest output seen the outputs are lifted.
const MARGIN: f64 = 2.0;

impl Generator {
    /// The same generator with `levels` levels: the new ones come last and change nothing yet.
    ///
    /// A new level multiplies by one and has the identity as its weights. Leaky ReLU would shrink what
    /// is negative once more, so the level lifts all outputs above zero, and the colours' bias takes
    /// the lift back.
    ///
    /// # Errors
    /// When the generator has more levels already, in words.
    pub fn with_levels(&self, levels: usize) -> Result<Self, String> {
        let old = self.shape().levels;
        if levels < old {
            return Err(format!("{levels} levels asked for, there are {old} already"));
        }
        let mut shape = self.shape().clone();
        shape.levels = levels;
        let mut config = self.config.clone();
        config.network = NetworkConfig::PolyInr(shape);
        let grown = Self::new(&config, self.embed_width(), self.store.device());
        let mut tensors =
            store::named(&grown.store).into_iter().collect::<std::collections::HashMap<_, _>>();
        tensors.extend(self.store.variables());
        store::load(&grown.store, &tensors)?;
        no_grad(|| (old..levels).for_each(|j| grown.make_neutral(j)));
        Ok(grown)
    }

    /// Makes level `j` change nothing, all levels above it being neutral too.
    fn make_neutral(&self, j: usize) {
        let lift = -self.lowest_output(j) * MARGIN;
        let level = &self.levels[j];
        for layer in [&level.basis, &level.offset] {
            let _ = layer.weight().shallow_clone().zero_();
        }
        let _ = level.basis.bias().shallow_clone().zero_();
        let _ = level.offset.bias().shallow_clone().fill_(1.0);
        let features = self.shape().features as i64;
        let identity = Tensor::eye(features, (Kind::Float, self.store.device()));
        level.shared.weight().shallow_clone().copy_(&identity);
        let _ = level.shared.bias().shallow_clone().fill_(lift);
        let lifted = self.rgb.weight().sum_dim_intlist(1, false, Kind::Float) * lift;
        let _ = self.rgb.bias().shallow_clone().f_sub_(&lifted);
    }

    /// The lowest output of the first `count` levels over random latents, at most zero.
    fn lowest_output(&self, count: usize) -> f64 {
        let w = self.random_w(false);
        let positions = grid(Window::UNIT, 16, 16, w.device());
        let affine = self.affine(&w);
        self.features(&affine[..count], &positions, Kind::Float).min().double_value(&[]).min(0.0)
    }
}
