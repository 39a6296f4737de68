//! The heads that turn a level's latent w into its affine parameters.

use super::config::PolyInrConfig;
use crate::error::Result;
use crate::network::layers::Linear;
use crate::tensors::TensorSource;

/// Heads of one level: `v = style(w)` (level 0 takes w itself), then the level's own map of
/// coordinates, `p ← p M + t`, and the affine term `a = p B + c`.
#[derive(Debug)]
pub(crate) struct Heads {
    pub(crate) style: Option<Linear>,
    /// M (rows in, columns out) and t of the coordinate chain; absent in the paper's form.
    pub(crate) chain: Option<(Linear, Linear)>,
    /// B `[2, n]`: coefficients of x, then of y.
    pub(crate) basis: Linear,
    /// c `[n]`.
    pub(crate) offset: Linear,
}

impl Heads {
    /// Numbers of a latent w.
    pub(super) fn inputs(&self) -> usize {
        self.style.as_ref().unwrap_or(&self.basis).inputs
    }

    pub(super) fn load(
        config: &PolyInrConfig,
        w_dim: usize,
        level: usize,
        tensors: &dyn TensorSource,
    ) -> Result<Self> {
        let n = config.features;
        let inputs = if level == 0 { w_dim } else { n };
        let linear = |part: &str, inputs, outputs| {
            Linear::load(tensors, &format!("affine.{level}.{part}"), inputs, outputs)
        };
        let style = (level > 0).then(|| linear("style", w_dim, n)).transpose()?;
        let chain = match config.coordinate_chain {
            true => Some((linear("matrix", inputs, 4)?, linear("shift", inputs, 2)?)),
            false => None,
        };
        Ok(Self {
            style: style.map(|style| style.equalised_lrelu(1.0)),
            chain,
            basis: linear("basis", inputs, 2 * n)?,
            offset: linear("offset", inputs, n)?,
        })
    }

    /// Moves `chain` on by this level; affine parameters `[n, 3]` of this level's w.
    pub(super) fn affine(&self, w: &[f32], chain: &mut [[f64; 2]; 3]) -> Vec<f32> {
        let styled = self.style.as_ref().map(|s| s.apply_lrelu(w));
        let v = styled.as_deref().unwrap_or(w);
        if let Some((matrix, shift)) = &self.chain {
            advance(chain, &matrix.apply(v), &shift.apply(v));
        }
        let basis = self.basis.apply(v);
        let (bx, by) = basis.split_at(basis.len() / 2);
        let mut values = Vec::with_capacity(3 * bx.len());
        for ((bx, by), c) in bx.iter().zip(by).zip(self.offset.apply(v)) {
            let column = |row: [f64; 2]| row[0] * f64::from(*bx) + row[1] * f64::from(*by);
            let constant = column(chain[2]) + f64::from(c);
            values.extend([column(chain[0]) as f32, column(chain[1]) as f32, constant as f32]);
        }
        values
    }
}

/// `chain ← chain M`, and t added to its constant row.
fn advance(chain: &mut [[f64; 2]; 3], matrix: &[f32], shift: &[f32]) {
    let m = |i: usize, k: usize| f64::from(matrix[i * 2 + k]);
    for row in chain.iter_mut() {
        let [x, y] = *row;
        *row = [x * m(0, 0) + y * m(1, 0), x * m(0, 1) + y * m(1, 1)];
    }
    chain[2][0] += f64::from(shift[0]);
    chain[2][1] += f64::from(shift[1]);
}
