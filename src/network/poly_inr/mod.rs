//! Poly-INR (Singh et al., CVPR 2023): an image is a polynomial function of position.
//!
//! `h_0 = lrelu(W_0 (A_0 X))`, `h_j = lrelu(W_j (h_{j-1} ⊙ A_j X))`, `X = (x, y, 1)`, colour is linear in the last
//! `h` (equation 3). W are shared by all images of a model; the affine parameters A make one image, and are its
//! code: a tensor `[n, 3]` a level, columns in the order x, y, 1.

mod config;
mod heads;
pub(crate) mod import;

use std::sync::Arc;

pub use config::{AffineActivation, PolyInrConfig};
pub(crate) use heads::Heads;

use super::code::{Code, CodeShape, Tensor};
use super::layers::Linear;
use super::matrices::Matrix;
use super::styles::Styles;
use crate::error::{Error, Result};
use crate::tensors::TensorSource;

/// The weights that all images of a Poly-INR share, and the heads that make codes of latents.
#[derive(Clone, Debug)]
pub struct PolyInr {
    config: PolyInrConfig,
    /// `W_j [n, n]`, one a level.
    levels: Vec<Linear>,
    /// Features to RGB, nominal range `[-1, 1]`.
    rgb: Linear,
    /// One a level; none in a network that was put together without them.
    heads: Arc<[Heads]>,
}

impl PolyInr {
    /// A network without heads: codes of its images come from elsewhere.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the configuration makes no sense or a layer has another shape than it says.
    pub fn new(config: PolyInrConfig, levels: Vec<Linear>, rgb: Linear) -> Result<Self> {
        if let Some(problem) = config.problem() {
            return Err(Error::parameter("network", problem));
        }
        let n = config.features;
        let fits = |layer: &Linear, outputs| {
            (layer.inputs, layer.outputs) == (n, outputs)
                && (layer.weight.len(), layer.bias.len()) == (n * outputs, outputs)
        };
        match levels.len() == config.levels && levels.iter().all(|l| fits(l, n)) && fits(&rgb, 3) {
            true => Ok(Self { config, levels, rgb, heads: Arc::new([]) }),
            false => {
                let problem = format!("{} layers of {n} features are needed", config.levels);
                Err(Error::parameter("network", problem))
            }
        }
    }

    pub(crate) fn load(
        config: PolyInrConfig,
        w_dim: usize,
        tensors: &dyn TensorSource,
    ) -> Result<Self> {
        let n = config.features;
        let level = |j: usize| Linear::load(tensors, &format!("level.{j}"), n, n);
        let levels = (0..config.levels).map(level).collect::<Result<_>>()?;
        let heads = (0..config.levels).map(|j| Heads::load(&config, w_dim, j, tensors));
        let heads = heads.collect::<Result<_>>()?;
        Ok(Self { levels, rgb: Linear::load(tensors, "rgb", n, 3)?, heads, config })
    }

    /// Its shape.
    pub fn config(&self) -> &PolyInrConfig {
        &self.config
    }

    /// `W_j [n, n]`, one a level.
    pub fn levels(&self) -> &[Linear] {
        &self.levels
    }

    /// Features to RGB, nominal range `[-1, 1]`.
    pub fn rgb(&self) -> &Linear {
        &self.rgb
    }

    /// The heads that make codes, one a level.
    #[cfg(feature = "onnx")]
    pub(crate) fn heads(&self) -> &[Heads] {
        &self.heads
    }

    pub(super) fn code_shape(&self) -> CodeShape {
        vec![vec![vec![self.config.features, 3]]; self.config.levels]
    }

    /// Affine parameters of one image, the chain of coordinate maps collapsed into them.
    pub(super) fn code(&self, styles: &Styles) -> Result<Code> {
        let (needed, given) = (self.heads.len(), styles.rows().len());
        if needed != given {
            let problem = format!("{given} latents given, the network makes a code of {needed}");
            return Err(Error::parameter("styles", problem));
        }
        if let (Some(heads), Some(w)) = (self.heads.first(), styles.rows().first())
            && heads.inputs() != w.len()
        {
            let problem = format!("latents of {} numbers, {} needed", w.len(), heads.inputs());
            return Err(Error::parameter("styles", problem));
        }
        // Position at this level as a function of the view's: rows x, y, 1; columns the 2-D result.
        let mut chain = [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]];
        let level = |(heads, w): (&Heads, &Vec<f32>)| {
            let values = heads.affine(w, &mut chain);
            Ok(vec![Tensor::new(&[self.config.features, 3], values)?])
        };
        let levels = self.heads.iter().zip(styles.rows()).map(level);
        Code::new(levels.collect::<Result<_>>()?)
    }

    /// Affine parameters `[n, 3]` of a level, of a code of this network.
    pub(crate) fn affine<'a>(&self, code: &'a Code, level: usize) -> &'a [f32] {
        code.level(level)[0].values()
    }

    pub(super) fn matrices(&self) -> Vec<Matrix<'_>> {
        let level = |(j, layer)| Matrix { name: format!("level.{j}"), level: j, layer };
        let last = self.config.levels - 1;
        let rgb = Matrix { name: "rgb".to_owned(), level: last, layer: &self.rgb };
        self.levels.iter().enumerate().map(level).chain([rgb]).collect()
    }

    /// The same network with other matrices, in the order of [`matrices`](Self::matrices) and of
    /// their shapes.
    pub(super) fn with_matrices(&self, mut matrices: Vec<Linear>) -> Self {
        let rgb = matrices.pop().unwrap_or_else(|| self.rgb.clone());
        Self { levels: matrices, rgb, heads: self.heads.clone(), config: self.config.clone() }
    }
}
