//! A generator's image.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{Affine, Generator, Latent, ModelId, Styles, Synthesis};

/// A generator's image: its affine parameters, and the weights it shares with all others of the
/// model, or its own version of these after pivotal tuning.
#[derive(Clone, Debug)]
pub struct GeneratedField {
    model: ModelId,
    synthesis: Arc<Synthesis>,
    tuned: bool,
    affine: Affine,
    latent: Option<Latent>,
    styles: Option<Styles>,
    size: [u32; 2],
}

impl GeneratedField {
    /// The image that `affine` means to `generator`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the levels or features are not the generator's.
    pub fn new(generator: &Generator, affine: Affine) -> Result<Self> {
        let size = [generator.config.native_resolution; 2];
        let field = Self::from_parts(generator.id(), generator.synthesis().clone(), affine)?;
        Ok(Self { size, ..field })
    }

    /// The image of `styles`, a latent w for every level. They stay known, so that it can be mixed
    /// with others by rows of w.
    ///
    /// # Errors
    /// As [`Generator::affine`].
    pub fn from_styles(generator: &Generator, styles: Styles) -> Result<Self> {
        let affine = generator.affine(&styles)?;
        Ok(Self { styles: Some(styles), ..Self::new(generator, affine)? })
    }

    /// The image of a latent z. It and its styles stay known, so that it can be mixed with others
    /// by rows of w, and interpolated in z and w.
    ///
    /// # Errors
    /// As [`Generator::styles_of`].
    pub fn from_latent(generator: &Generator, latent: Latent) -> Result<Self> {
        let field = Self::from_styles(generator, generator.styles_of(&latent)?)?;
        Ok(Self { latent: Some(latent), ..field })
    }

    /// An image of weights that belong to the model called `model`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when affine parameters and weights do not fit each other.
    pub fn from_parts(model: ModelId, synthesis: Arc<Synthesis>, affine: Affine) -> Result<Self> {
        Self::check_fit(&synthesis, &affine)?;
        let (tuned, latent, styles, size) = (false, None, None, [256; 2]);
        Ok(Self { model, synthesis, tuned, affine, latent, styles, size })
    }

    /// Fails when affine parameters and weights do not fit each other.
    pub(crate) fn check_fit(synthesis: &Synthesis, affine: &Affine) -> Result<()> {
        let needed = (synthesis.levels.len(), synthesis.rgb.inputs);
        let given = (affine.levels(), affine.features());
        if given == needed {
            return Ok(());
        }
        let shapes = format!("[{}, {}, 3] given, ", given.0, given.1);
        let needs = format!("the model needs [{}, {}, 3]", needed.0, needed.1);
        Err(Error::parameter("affine parameters", shapes + &needs))
    }

    /// The same affine parameters on weights of its own, as pivotal tuning makes them. Latents that
    /// the affine parameters were made from stay known.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the weights have not the model's shape.
    pub fn with_weights(mut self, weights: Arc<Synthesis>) -> Result<Self> {
        if !weights.has_shape_of(&self.synthesis) {
            let problem = format!("their shape is not that of model {}", self.model.name);
            return Err(Error::parameter("weights", problem));
        }
        self.synthesis = weights;
        self.tuned = true;
        Ok(self)
    }

    /// The same field with the weights of `other`, a field of the same model.
    pub(crate) fn with_weights_of(mut self, other: &Self) -> Self {
        self.synthesis = other.synthesis.clone();
        self.tuned = other.tuned;
        self
    }

    /// The same field, with `latent` known as where its styles came from.
    pub(crate) fn with_latent(mut self, latent: Option<Latent>) -> Self {
        self.latent = latent;
        self
    }

    /// The same field with other affine parameters.
    ///
    /// # Errors
    /// [`Error::Parameter`] when they do not fit the weights.
    pub fn with_affine(&self, affine: Affine) -> Result<Self> {
        let field = Self::from_parts(self.model.clone(), self.synthesis.clone(), affine)?;
        Ok(Self { tuned: self.tuned, size: self.size, ..field })
    }

    /// The same field, meant to be seen at `size` pixels (width, height).
    pub fn with_size(mut self, size: [u32; 2]) -> Self {
        self.size = size;
        self
    }

    /// The model it belongs to.
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// The weights it is computed with: the model's, or its own.
    pub fn synthesis(&self) -> &Arc<Synthesis> {
        &self.synthesis
    }

    /// Whether the weights are its own, after pivotal tuning.
    pub fn is_tuned(&self) -> bool {
        self.tuned
    }

    /// This image's affine parameters.
    pub fn affine(&self) -> &Affine {
        &self.affine
    }

    /// The latent z, of a field that was made from one.
    pub fn latent(&self) -> Option<&Latent> {
        self.latent.as_ref()
    }

    /// The latent w of every level, of a field that was made from them.
    pub fn styles(&self) -> Option<&Styles> {
        self.styles.as_ref()
    }

    /// Width and height in pixels it is meant to be seen at: the inverted picture's, or the
    /// generator's native resolution.
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// The same, for a picture whose size nobody asked for.
    ///
    /// # Errors
    /// As [`default_size`](super::default_size).
    pub fn default_size(&self) -> Result<[u32; 2]> {
        super::default_size(self.size)
    }
}
