//! A generator's image.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::{Generator, Latent, ModelId};
use crate::network::{Code, Network, Styles};
use crate::view::View;

/// A generator's image: its code, and the network it shares with all others of the model, or its own
/// version of that after pivotal tuning.
#[derive(Clone, Debug)]
pub struct GeneratedField {
    model: ModelId,
    network: Arc<Network>,
    tuned: bool,
    code: Arc<Code>,
    latent: Option<Latent>,
    styles: Option<Styles>,
    size: [u32; 2],
    frame: Option<[u32; 2]>,
    origin: String,
}

impl GeneratedField {
    /// The image that `code` means to `generator`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the code has not the shape of the generator's.
    pub fn new(generator: &Generator, code: Code) -> Result<Self> {
        let field = Self::from_parts(generator.id(), generator.network().clone(), code)?;
        Ok(field.with_size([generator.native_resolution(); 2]))
    }

    /// The image of `styles`, a latent w for every level. They stay known, so that it can be mixed
    /// with others by rows of w.
    ///
    /// # Errors
    /// As [`Generator::code`].
    pub fn from_styles(generator: &Generator, styles: Styles) -> Result<Self> {
        let code = generator.code(&styles)?;
        Ok(Self { styles: Some(styles), ..Self::new(generator, code)? })
    }

    /// The image of a latent z. It and its styles stay known, so that it can be mixed with others
    /// by rows of w, and interpolated in z and w.
    ///
    /// # Errors
    /// As [`Generator::styles_of`].
    pub fn from_latent(generator: &Generator, latent: Latent) -> Result<Self> {
        let field = Self::from_styles(generator, generator.styles_of(&latent)?)?;
        Ok(field.with_latent(Some(latent)))
    }

    /// An image of a network that belongs to the model called `model`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the code has not the shape of the network's.
    pub fn from_parts(model: ModelId, network: Arc<Network>, code: Code) -> Result<Self> {
        code.check_shape(&network.code_shape())?;
        Ok(Self {
            model,
            network,
            tuned: false,
            code: Arc::new(code),
            latent: None,
            styles: None,
            size: [256; 2],
            frame: None,
            origin: String::new(),
        })
    }

    /// The same code on a network of its own, as pivotal tuning makes it. Latents that the code was made
    /// from stay known.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the network has not the shape of the model's.
    pub fn with_network(mut self, network: Arc<Network>) -> Result<Self> {
        if !network.has_shape_of(&self.network) {
            let problem = format!("their shape is not that of model {}", self.model.name);
            return Err(Error::parameter("weights", problem));
        }
        self.network = network;
        self.tuned = true;
        Ok(self)
    }

    /// The same field with the network of `other`, a field of the same model.
    pub(crate) fn with_network_of(mut self, other: &Self) -> Self {
        self.network = other.network.clone();
        self.tuned = other.tuned;
        self
    }

    /// The same field, with `latent` known as where its styles came from.
    pub(crate) fn with_latent(mut self, latent: Option<Latent>) -> Self {
        self.latent = latent;
        self
    }

    /// The same field with another code.
    ///
    /// # Errors
    /// [`Error::Parameter`] when it has not the shape of the network's.
    pub fn with_code(&self, code: Code) -> Result<Self> {
        let field = Self::from_parts(self.model.clone(), self.network.clone(), code)?;
        Ok(Self { tuned: self.tuned, size: self.size, frame: self.frame, ..field })
    }

    /// The same field, meant to be seen at `size` pixels (width, height).
    pub fn with_size(mut self, size: [u32; 2]) -> Self {
        self.size = size;
        self
    }

    /// The same field, which shows a picture of `frame` pixels (width, height) whose outer pixels have
    /// their centres, or where the network's grid says so their edges, at 0 and 1; `None` for an image
    /// that is no picture's.
    pub fn with_frame(mut self, frame: Option<[u32; 2]>) -> Self {
        self.frame = frame;
        self
    }

    /// The same field, with how it was made, in words for people.
    pub fn with_origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into();
        self
    }

    /// How it was made, for people.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Width and height of the picture that it shows, if it was made from one. At every size it is
    /// seen in register with that picture: see [`Field::look`](crate::Field::look).
    pub fn frame(&self) -> Option<[u32; 2]> {
        self.frame
    }

    /// Pixels a unit of the field that decide how much of the network a view takes, where sparse ones
    /// take less: a field that was fitted to a picture is at every size as it was fitted.
    pub(crate) fn density_in(&self, view: &View) -> f64 {
        let fitted = self.frame.is_some() || self.tuned;
        if fitted { f64::INFINITY } else { view.density() }
    }

    /// The model it belongs to.
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// The network it is computed with: the model's, or its own.
    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// Whether the network is its own, after pivotal tuning.
    pub fn is_tuned(&self) -> bool {
        self.tuned
    }

    /// What makes this image.
    pub fn code(&self) -> &Arc<Code> {
        &self.code
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
