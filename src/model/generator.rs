//! The generator: Poly-INR, latent to field.

use std::sync::Arc;

use super::affine::Affine;
use super::config::{AffineActivation, GeneratorConfig};
use super::heads::Heads;
use super::latent::{Latent, latent};
use super::layers::Linear;
use super::mapping::Mapping;
use super::store::Named;
use super::styles::Styles;
use super::tensors::Tensors;
use super::truncation::Truncation;
use super::{About, Config, ModelId};
use crate::error::{Error, Result};

/// Poly-INR with its mapping network. A latent z and a class become w, w becomes the affine
/// parameters of a field.
#[derive(Debug)]
pub struct Generator {
    /// What the file says about itself.
    pub about: About,
    /// Shape.
    pub config: GeneratorConfig,
    pub(crate) mapping: Mapping,
    pub(crate) heads: Vec<Heads>,
    synthesis: Arc<Synthesis>,
}

/// Weights shared by all images of a generator: Poly-INR's equation 3 without its affine terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Synthesis {
    /// `W_j [n, n]`, one a level.
    pub levels: Vec<Linear>,
    /// Features to RGB, nominal range `[-1, 1]`.
    pub rgb: Linear,
    /// What the affine term passes through, from level 1 on.
    pub affine_activation: AffineActivation,
    /// Every level's output is clamped to ± this, if given.
    pub clamp: Option<f32>,
}

impl Synthesis {
    /// Whether `other` has as many levels and features, and computes alike.
    pub fn has_shape_of(&self, other: &Self) -> bool {
        let shape = |l: &Linear| (l.inputs, l.outputs);
        self.levels.len() == other.levels.len()
            && self.levels.iter().zip(&other.levels).all(|(a, b)| shape(a) == shape(b))
            && shape(&self.rgb) == shape(&other.rgb)
            && self.affine_activation == other.affine_activation
            && self.clamp == other.clamp
    }

    /// Appends all weights under the names they have in a model file.
    pub(crate) fn append_to(&self, tensors: &mut Vec<Named>) {
        let mut append = |name: String, l: &Linear| {
            tensors.push((format!("{name}.weight"), vec![l.outputs, l.inputs], l.weight.clone()));
            tensors.push((format!("{name}.bias"), vec![l.outputs], l.bias.clone()));
        };
        self.levels.iter().enumerate().for_each(|(j, l)| append(format!("level.{j}"), l));
        append("rgb".to_owned(), &self.rgb);
    }
}

impl Generator {
    pub(crate) fn load(
        about: About,
        config: GeneratorConfig,
        tensors: &Tensors<'_>,
    ) -> Result<Self> {
        let GeneratorConfig { levels, features, .. } = config;
        let synthesis = Synthesis {
            levels: (0..levels)
                .map(|j| tensors.linear(&format!("level.{j}"), features, features))
                .collect::<Result<_>>()?,
            rgb: tensors.linear("rgb", features, 3)?,
            affine_activation: config.affine_activation,
            clamp: config.clamp,
        };
        Ok(Self {
            about,
            mapping: Mapping::load(&config, tensors)?,
            heads: (0..levels).map(|j| Heads::load(&config, j, tensors)).collect::<Result<_>>()?,
            synthesis: Arc::new(synthesis),
            config,
        })
    }

    /// What the file says about itself, whole.
    pub fn describe(&self) -> Config {
        self.about.config(super::Kind::Generator(self.config.clone()))
    }

    /// What a field file calls it.
    pub fn id(&self) -> ModelId {
        ModelId { name: self.about.name.clone(), id: self.about.id.clone() }
    }

    /// The number of the class called `name`, or of the class with that number.
    ///
    /// # Errors
    /// [`Error::Parameter`], naming the classes there are.
    pub fn class(&self, name: &str) -> Result<usize> {
        let classes = &self.config.classes;
        classes
            .iter()
            .position(|c| c.eq_ignore_ascii_case(name))
            .or_else(|| name.parse().ok().filter(|n| *n < classes.len()))
            .ok_or_else(|| Error::parameter("class", self.no_such_class(name)))
    }

    /// The class of `seed` where none is named: the remainder of the seed by the number of classes.
    /// `None` for a model without classes.
    pub fn class_of_seed(&self, seed: u32) -> Option<usize> {
        (seed as usize).checked_rem(self.config.classes.len())
    }

    fn no_such_class(&self, name: &str) -> String {
        let classes = &self.config.classes;
        if classes.is_empty() {
            return format!("model {} has no classes; leave it out", self.about.name);
        }
        let shown = classes.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if classes.len() > 20 { ", ..." } else { "" };
        format!("{name:?} is none of {}'s: {shown}{more}", self.about.name)
    }

    /// The latent z of `seed`, as published code draws it.
    pub fn latent(&self, seed: u32) -> Vec<f32> {
        latent(seed, self.config.z_dim)
    }

    /// The latent w of `z` and `class`, `[w_dim]`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `z` has the wrong length, or a class is missing, unknown, or given
    /// to a model without classes; [`Error::Model`] when the weights overflow.
    pub fn map(&self, z: &[f32], class: Option<usize>) -> Result<Vec<f32>> {
        if z.len() != self.config.z_dim {
            return Err(Error::parameter(
                "latent",
                format!("{} numbers given, {} needed", z.len(), self.config.z_dim),
            ));
        }
        self.check_class(class)?;
        let w = self.mapping.apply(z, class);
        self.check_finite(&w)?;
        Ok(w)
    }

    fn check_finite(&self, values: &[f32]) -> Result<()> {
        match values.iter().all(|v| v.is_finite()) {
            true => Ok(()),
            false => Err(Error::model(
                &self.about.name,
                "its weights overflow: what they give is not finite; the model is unusable",
            )),
        }
    }

    /// `w` for every level, truncated: `w_avg + psi (w - w_avg)` with each level's psi.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the truncation or the class does not fit the model.
    pub fn styles(
        &self,
        w: &[f32],
        class: Option<usize>,
        truncation: Truncation,
    ) -> Result<Styles> {
        let psis = truncation.psis(self.config.levels)?;
        self.check_class(class)?;
        let average = self.mapping.average(class);
        Ok(Styles::broadcast(w, self.config.levels).truncated(average, &psis))
    }

    /// `w` of every level of a latent: mapped and truncated.
    ///
    /// # Errors
    /// As [`map`](Self::map) and [`styles`](Self::styles).
    pub fn styles_of(&self, latent: &Latent) -> Result<Styles> {
        let Latent { z, class, truncation } = latent;
        self.styles(&self.map(z, *class)?, *class, truncation.clone())
    }

    /// Affine parameters of one image, the chain of coordinate maps collapsed into them.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the styles do not fit the model; [`Error::Model`] when the weights
    /// overflow.
    pub fn affine(&self, styles: &Styles) -> Result<Affine> {
        let GeneratorConfig { levels, features, w_dim, .. } = self.config;
        if styles.rows().len() != levels || styles.rows().iter().any(|w| w.len() != w_dim) {
            return Err(Error::parameter("styles", format!("[{levels}, {w_dim}] needed")));
        }
        let mut values = Vec::with_capacity(levels * features * 3);
        // Position at this level as a function of the view's: rows x, y, 1; columns the 2-D result.
        let mut chain = [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]];
        for (head, w) in self.heads.iter().zip(styles.rows()) {
            head.append(w, &mut chain, &mut values);
        }
        self.check_finite(&values)?;
        Affine::new(levels, features, values)
    }

    /// Weights shared by all images.
    pub fn synthesis(&self) -> &Arc<Synthesis> {
        &self.synthesis
    }

    fn check_class(&self, class: Option<usize>) -> Result<()> {
        let count = self.config.classes.len();
        match class {
            None if count == 0 => Ok(()),
            Some(c) if c < count => Ok(()),
            None => Err(Error::parameter("class", self.no_such_class("none"))),
            Some(c) => Err(Error::parameter("class", self.no_such_class(&c.to_string()))),
        }
    }
}
