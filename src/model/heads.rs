//! The heads that turn a level's latent w into its affine parameters.

use super::config::GeneratorConfig;
use super::layers::Linear;
use super::mapping::scaled_lrelu;
use super::tensors::Tensors;
use crate::error::Result;

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
    pub(super) fn load(
        config: &GeneratorConfig,
        level: usize,
        tensors: &Tensors<'_>,
    ) -> Result<Self> {
        let n = config.features;
        let name = |part: &str| format!("affine.{level}.{part}");
        let style = match level {
            0 => None,
            _ => Some(scaled_lrelu(tensors.linear(&name("style"), config.w_dim, n)?, 1.0)),
        };
        let inputs = if level == 0 { config.w_dim } else { n };
        let chain = match config.coordinate_chain {
            true => Some((
                tensors.linear(&name("matrix"), inputs, 4)?,
                tensors.linear(&name("shift"), inputs, 2)?,
            )),
            false => None,
        };
        Ok(Self {
            style,
            chain,
            basis: tensors.linear(&name("basis"), inputs, 2 * n)?,
            offset: tensors.linear(&name("offset"), inputs, n)?,
        })
    }

    /// Moves `chain` on by this level and appends this level's `[n, 3]` to `values`.
    pub(super) fn append(&self, w: &[f32], chain: &mut [[f64; 2]; 3], values: &mut Vec<f32>) {
        let styled = self.style.as_ref().map(|s| s.apply_lrelu(w));
        let v = styled.as_deref().unwrap_or(w);
        if let Some((matrix, shift)) = &self.chain {
            advance(chain, &matrix.apply(v), &shift.apply(v));
        }
        let basis = self.basis.apply(v);
        let (bx, by) = basis.split_at(basis.len() / 2);
        for ((bx, by), c) in bx.iter().zip(by).zip(self.offset.apply(v)) {
            let column = |row: [f64; 2]| row[0] * f64::from(*bx) + row[1] * f64::from(*by);
            let constant = column(chain[2]) + f64::from(c);
            values.extend([column(chain[0]) as f32, column(chain[1]) as f32, constant as f32]);
        }
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
