//! Generators as the library's model files.

use std::collections::HashMap;
use std::path::Path;

use polyinr::model::{Config, Kind as ModelKind, Model};
use polyinr::tensors::{NamedTensor, Storage};
use tch::{Device, Kind, Tensor};

use super::Generator;
use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::nn::store;

/// What a model file says about itself beside its shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Short name, such as `flowers64`.
    pub name: String,
    /// Licence of the weights and the credit it asks for.
    pub licence: String,
    /// How and on what it was trained, in a sentence.
    pub training: String,
}

impl Card {
    /// The card of a model of `kind`.
    pub fn config(&self, kind: ModelKind) -> Config {
        Config {
            format_version: kind.format_version(),
            name: self.name.clone(),
            licence: self.licence.clone(),
            training: self.training.clone(),
            kind,
        }
    }
}

impl Generator {
    /// The generator in the library's model file at `path`.
    ///
    /// # Errors
    /// [`Error::Library`] when it is no model file or damaged, [`Error::Weights`] when it holds no
    /// generator.
    pub fn open(path: &Path, device: Device) -> Result<Self> {
        let ModelKind::Generator(config) = Model::open(path)?.describe().kind else {
            return Err(Error::weights(path, "it is an upscaler; a generator is needed"));
        };
        let read = Tensor::read_safetensors(path)?;
        let mut tensors: HashMap<_, _> =
            read.into_iter().map(|(name, t)| (name, t.to_kind(Kind::Float))).collect();
        // One average for all may be stored without a dimension for classes.
        if let Some(average) = tensors.get_mut("mapping.w_avg").filter(|t| t.dim() == 1) {
            let rows = config.latent.classes.len().max(1) as i64;
            *average = average.unsqueeze(0).repeat([rows, 1]);
        }
        let embedding = tensors.get("mapping.embed.weight");
        let embed_width = embedding.map_or(0, |t| usize::try_from(t.size()[1]).unwrap_or(0));
        let generator = Self::new(&config, embed_width, device);
        store::load(&generator.store, &tensors).map_err(|problem| Error::weights(path, problem))?;
        Ok(generator)
    }

    /// The bytes of a model file of this generator.
    ///
    /// # Errors
    /// [`Error::Library`] when a number is not finite.
    pub fn to_bytes(&self, card: &Card, storage: Storage) -> Result<Vec<u8>> {
        let config = card.config(ModelKind::Generator(self.config.clone()));
        Ok(polyinr::model::write(&config, &tensors_of(&self.store)?, storage)?)
    }

    /// Writes a model file of this generator; it appears when it is whole.
    ///
    /// # Errors
    /// As [`to_bytes`](Self::to_bytes), and [`Error::Io`].
    pub fn save(&self, path: &Path, card: &Card, storage: Storage) -> Result<()> {
        write_whole(path, &self.to_bytes(card, storage)?)
    }
}

/// All tensors of a store as model files have them.
///
/// # Errors
/// [`Error::Torch`] when one cannot be copied.
pub fn tensors_of(store: &tch::nn::VarStore) -> Result<Vec<NamedTensor>> {
    let named = store::named(store).into_iter();
    named
        .map(|(name, tensor)| {
            let shape = tensor.size().iter().map(|s| usize::try_from(*s).unwrap_or(0)).collect();
            let values =
                Vec::<f32>::try_from(tensor.detach().to_device(Device::Cpu).reshape([-1]))?;
            Ok((name, shape, values))
        })
        .collect()
}
