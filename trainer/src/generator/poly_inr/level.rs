//! One level of the polynomial: the heads that make its affine parameters, and its shared weights.

use polyinr::network::poly_inr::{AffineActivation, PolyInrConfig};
use tch::nn::Path;
use tch::{Device, Kind, Tensor, no_grad};

use crate::generator::mapping::scaled_lrelu;
use crate::nn::{Gain, Linear, lrelu};

/// How far the 2-D maps of a new level depend on the latent.
const MAP_DEPENDENCE: f64 = 0.1;

/// How much more a new level's constants weigh than the slopes of its terms.
const CONSTANTS: f64 = 3.0;

/// The middle of the unit square, on either axis.
const MIDDLE: f64 = 0.5;

/// Weights of level j under `affine.j` and `level.j`.
#[derive(Debug)]
pub struct Level {
    /// `v = style(w)`; level 0 takes w itself.
    style: Option<Linear>,
    /// M `[2, 2]` and t `[2]` of the coordinate chain; absent in the paper's form.
    chain: Option<(Linear, Linear)>,
    /// B `[2, n]`: coefficients of x, then of y.
    pub basis: Linear,
    /// c `[n]`.
    pub offset: Linear,
    /// W `[n, n]`.
    pub shared: Linear,
}

/// The chain of coordinate maps before the first level: positions as they are, `[batch, 3, 2]` with
/// rows x, y, 1.
pub fn identity_chain(batch: i64, device: Device) -> Tensor {
    let identity = Tensor::from_slice(&[1.0f32, 0.0, 0.0, 1.0, 0.0, 0.0]).reshape([1, 3, 2]);
    identity.to_device(device).repeat([batch, 1, 1])
}

impl Level {
    /// Level `j` with random weights, its 2-D map near identity.
    pub fn new(root: &Path<'_>, j: usize, config: &PolyInrConfig, w_dim: usize) -> Self {
        let path = root / "affine" / j;
        let n = config.features;
        let style =
            (j > 0).then(|| Linear::new(&(&path / "style"), w_dim, n, Gain::Equalised(1.0)));
        let inputs = if j == 0 { w_dim } else { n };
        let chain = config.coordinate_chain.then(|| {
            let matrix = Linear::new(&(&path / "matrix"), inputs, 4, Gain::Plain);
            let shift = Linear::new(&(&path / "shift"), inputs, 2, Gain::Plain);
            near_identity(&matrix, &shift);
            (matrix, shift)
        });
        Self {
            style,
            chain,
            basis: Linear::new(&(&path / "basis"), inputs, 2 * n, Gain::Plain),
            offset: Linear::new(&(&path / "offset"), inputs, n, Gain::Plain),
            shared: Linear::new(&(root / "level" / j), n, n, Gain::Plain),
        }
    }

    /// Makes the terms of a level with new weights about as large at one place of the unit square as at
    /// another, by latents w `[batch, w_dim]`: slopes are taken from its middle, constants outweigh them, and
    /// over these latents the mean of the 2-D maps is the identity.
    ///
    /// Terms that grow with `|(x, y, 1)|` are largest in one corner, and a product of ten of them is nearly
    /// nothing everywhere else.
    pub fn even_out(&self, w: &Tensor) {
        no_grad(|| {
            let _ = self.offset.weight().shallow_clone().f_mul_scalar_(CONSTANTS);
            match &self.chain {
                Some((matrix, shift)) => {
                    let v = self.styled(w);
                    // Later levels have their positions from this one.
                    let origin = if self.style.is_none() { -MIDDLE } else { 0.0 };
                    set_mean(matrix, &v, &Tensor::from_slice(&[1.0f32, 0.0, 0.0, 1.0]));
                    set_mean(shift, &v, &Tensor::from_slice(&[origin as f32; 2]));
                }
                None => {
                    let slopes = self.basis.weight();
                    let features = slopes.size()[0] / 2;
                    let sum = slopes.narrow(0, 0, features) + slopes.narrow(0, features, features);
                    let _ = self.offset.weight().shallow_clone().f_sub_(&(sum * MIDDLE));
                }
            }
        });
    }

    /// What the heads take for w.
    fn styled(&self, w: &Tensor) -> Tensor {
        match &self.style {
            Some(style) => scaled_lrelu(&style.forward(w)),
            None => w.shallow_clone(),
        }
    }

    /// Affine parameters `[batch, 3, n]` of w `[batch, w_dim]`; `chain` moves on by this level's map:
    /// `p ← p M + t`, then `a = p B + c`.
    pub fn affine(&self, w: &Tensor, chain: &mut Tensor) -> Tensor {
        let v = &self.styled(w);
        if let Some((matrix, shift)) = &self.chain {
            let moved = chain.bmm(&matrix.forward(v).reshape([-1, 2, 2]));
            *chain = moved + constant_row(&shift.forward(v));
        }
        let basis = self.basis.forward(v);
        let features = basis.size()[1] / 2;
        chain.bmm(&basis.reshape([-1, 2, features])) + constant_row(&self.offset.forward(v))
    }

    /// Level 0 of positions `[positions, 3]`, in `kind`: `lrelu(W (A X) + b)`.
    pub fn first(&self, affine: &Tensor, positions: &Tensor, kind: Kind) -> Tensor {
        lrelu(&term(&self.folded(affine), positions, kind))
    }

    /// Level 0's affine parameters with W and b folded into them, which spares the product with W at every
    /// position: `W (A X) + b = A' X`.
    pub fn folded(&self, affine: &Tensor) -> Tensor {
        let (weight, bias) = self.shared.scaled();
        affine.matmul(&weight.tr()) + constant_row(&bias.unsqueeze(0))
    }

    /// A later level: `lrelu(W (h ⊙ activation(A X)) + b)`, in the kind of h `[batch, positions, n]`.
    pub fn forward(
        &self,
        h: &Tensor,
        affine: &Tensor,
        positions: &Tensor,
        activation: AffineActivation,
    ) -> Tensor {
        let factor = activate(&term(affine, positions, h.kind()), activation);
        lrelu(&self.shared.forward(&(h * factor)))
    }
}

/// What the affine term passes through before it multiplies.
pub(super) fn activate(a: &Tensor, activation: AffineActivation) -> Tensor {
    match activation {
        AffineActivation::None => a.shallow_clone(),
        AffineActivation::Lrelu => lrelu(a),
    }
}

/// The affine term `A X`, `[batch, positions, n]`. Computed in float32: positions have more digits
/// than a 16-bit float.
pub fn term(affine: &Tensor, positions: &Tensor, kind: Kind) -> Tensor {
    positions.matmul(affine).to_kind(kind)
}

/// `[batch, k]` as the last of three rows, the others zero: `[batch, 3, k]`.
fn constant_row(row: &Tensor) -> Tensor {
    row.unsqueeze(1).constant_pad_nd([0, 0, 2, 0])
}

/// Moves a layer's bias so that the mean of its output for the inputs `v` is `mean`.
fn set_mean(layer: &Linear, v: &Tensor, mean: &Tensor) {
    let is = layer.forward(v).mean_dim(0, false, Kind::Float);
    let _ = layer.bias().shallow_clone().f_add_(&(mean.to_device(is.device()) - is));
}

/// Makes a level's 2-D map the identity with a small part that depends on the latent.
fn near_identity(matrix: &Linear, shift: &Linear) {
    no_grad(|| {
        for layer in [matrix, shift] {
            let _ = layer.weight().shallow_clone().f_mul_scalar_(MAP_DEPENDENCE);
        }
        matrix.bias().shallow_clone().copy_(&Tensor::from_slice(&[1.0f32, 0.0, 0.0, 1.0]));
    });
}
