//! Trained weights and what they are for.
//!
//! A model is one safetensors file: tensors by role-named keys, and a JSON [`Config`] in the
//! metadata under `config`. Two kinds exist: a [`Generator`] (latent to field) and an [`Upscaler`] (picture
//! to field).
//!
//! ```
//! use polyinr::model::Model;
//!
//! let model = Model::builtin("flowers")?;
//! let generator = model.generator()?;
//! let w = generator.map(&generator.latent(7), Some(generator.class("roses")?))?;
//! assert_eq!(w.len(), 256);
//! # Ok::<(), polyinr::Error>(())
//! ```

mod builtin;
mod config;
mod generator;
mod import;
mod latent;
mod latent_space;
mod locate;
mod store;
mod strength;
mod truncation;
mod upscaler;
mod vgg;

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use builtin::{BUILTIN, DEFAULT_GENERATOR, DEFAULT_RESTORER, DEFAULT_UPSCALER};
pub use config::{Config, FORMAT_VERSION, GeneratorConfig, Kind, LatentConfig, UpscalerConfig};
pub use generator::Generator;
pub use import::{ImportOptions, import};
pub use latent::{Latent, latent};
pub use latent_space::LatentSpace;
pub use locate::{ListedModel, list, search_folders};
pub use store::write;
pub use strength::{Amount, Evidence, Strength, StrengthEstimator, Treatment};
pub use truncation::Truncation;
pub use upscaler::{DETAIL_PREFIX, Upscaler};
pub use vgg::Vgg16;

use crate::error::{Error, Result};
use crate::tensors::Tensors;

/// A model of either kind.
#[derive(Clone, Debug)]
pub enum Model {
    /// Picture to field.
    Upscaler(Arc<Upscaler>),
    /// Latent to field.
    Generator(Arc<Generator>),
}

/// What every model file says about itself, whatever its kind.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// Short name.
    pub name: String,
    /// Hash of the tensors and of what else tells models apart, 16 hexadecimal digits.
    pub id: String,
    /// Number of trained numbers.
    pub parameters: usize,
    /// Licence of the weights and the credit it asks for.
    pub licence: String,
    /// How and on what it was trained.
    pub training: String,
}

/// Which model a field belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelId {
    /// Short name, for people.
    pub name: String,
    /// Hash of the tensors and of what else tells models apart, 16 hexadecimal digits.
    pub id: String,
}

impl About {
    fn config(&self, kind: Kind) -> Config {
        Config {
            format_version: kind.format_version(),
            name: self.name.clone(),
            licence: self.licence.clone(),
            training: self.training.clone(),
            kind,
        }
    }
}

impl Model {
    /// Opens the model file at `path`.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, [`Error::Unsupported`] when it is no regular file;
    /// [`Error::Model`] when it is not a model of this crate, is damaged, comes from a later version,
    /// or was changed while it was read; [`Error::Limits`] when it is over 2 GiB or memory is short.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::read(&Tensors::open(path.as_ref(), Error::model)?)
    }

    /// A model from the bytes of its file; `name` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Model`], as [`open`](Self::open).
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        Self::read(&Tensors::parse(name, bytes, Error::model)?)
    }

    /// A model embedded in the library, by name; see [`BUILTIN`].
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is none of that name.
    pub fn builtin(name: &str) -> Result<Self> {
        let bytes = builtin::bytes(name)?;
        Self::from_bytes(&format!("{name} (built in)"), bytes)
    }

    /// The model that `name` means: a path to a file, a built-in name, or the name of a
    /// `.safetensors` file in one of the [`search_folders`].
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is none, naming where was looked; otherwise as
    /// [`open`](Self::open).
    pub fn find(name: &str) -> Result<Self> {
        locate::find(name)
    }

    fn read(tensors: &Tensors<'_>) -> Result<Self> {
        let config = read_config(tensors)?;
        tensors.check_weights()?;
        let about = About {
            name: config.name,
            id: tensors.id(config.kind.told_apart().as_deref())?,
            parameters: tensors.parameters(),
            licence: config.licence,
            training: config.training,
        };
        let model = match config.kind {
            Kind::Upscaler(c) => Self::Upscaler(Arc::new(Upscaler::load(about, &c, tensors)?)),
            Kind::Generator(c) => Self::Generator(Arc::new(Generator::load(about, c, tensors)?)),
        };
        tensors.check_unchanged()?;
        Ok(model)
    }

    /// What the file says about itself, whatever its kind.
    pub fn about(&self) -> &About {
        match self {
            Self::Upscaler(m) => m.about(),
            Self::Generator(m) => m.about(),
        }
    }

    /// What the file says about itself, whole.
    pub fn describe(&self) -> Config {
        match self {
            Self::Upscaler(m) => m.describe(),
            Self::Generator(m) => m.describe(),
        }
    }

    /// The upscaler, if it is one.
    ///
    /// # Errors
    /// [`Error::Parameter`] when it is a generator, or an upscaler with parts that the trainer can
    /// train and no engine computes.
    pub fn upscaler(self) -> Result<Arc<Upscaler>> {
        match self {
            Self::Upscaler(m) => match m.config().network.not_rendered() {
                None => Ok(m),
                Some(why) => Err(Error::parameter(
                    "model",
                    format!("{} cannot be rendered: {why}; take another model", m.about().name),
                )),
            },
            Self::Generator(m) => Err(Error::parameter(
                "model",
                format!("{} is a generator; an upscaler is needed", m.about().name),
            )),
        }
    }

    /// The generator, if it is one.
    ///
    /// # Errors
    /// [`Error::Parameter`] when it is an upscaler.
    pub fn generator(self) -> Result<Arc<Generator>> {
        match self {
            Self::Generator(m) => Ok(m),
            Self::Upscaler(m) => Err(Error::parameter(
                "model",
                format!("{} is an upscaler; a generator is needed", m.about().name),
            )),
        }
    }
}

fn read_config(tensors: &Tensors<'_>) -> Result<Config> {
    let json = tensors.metadata(config::METADATA_KEY).ok_or_else(|| {
        tensors.error(
            "its metadata has no config, so it is no polyinr model; \
             `polyinr import` converts released Poly-INR weights",
        )
    })?;
    let config: Config = serde_json::from_str(json).map_err(|e| {
        let said = e.to_string();
        // The JSON is one line that nobody looks at.
        let said = said.split(" at line ").next().unwrap_or_default();
        match said.ends_with("update polyinr") {
            true => tensors.error(said),
            false => tensors.error(format!(
                "its config cannot be understood ({said}); `polyinr import` may help"
            )),
        }
    })?;
    match config.problem() {
        Some(problem) => Err(tensors.error(problem)),
        None => Ok(config),
    }
}

/// A model whose weights lead out of the finite numbers.
fn overflow(name: &str) -> Error {
    Error::model(name, "its weights overflow: what they give is not finite; the model is unusable")
}
