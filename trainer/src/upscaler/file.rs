//! Networks as the library's model files.

use std::path::Path;

use polyinr::model::{Kind as ModelKind, Model, Storage};
use tch::{Device, Kind, Tensor};

use super::Network;
use crate::error::{Error, Result};
use crate::generator::{Card, tensors_of};
use crate::nn::store;

impl Network {
    /// The network in the library's model file at `path`.
    ///
    /// # Errors
    /// [`Error::Library`] when it is no model file or damaged, [`Error::Weights`] when it holds no
    /// upscaler.
    pub fn open(path: &Path, device: Device) -> Result<Self> {
        let ModelKind::Upscaler(config) = Model::open(path)?.describe().kind else {
            return Err(Error::weights(path, "it is a generator; an upscaler is needed"));
        };
        let read = Tensor::read_safetensors(path)?.into_iter();
        let tensors = read.map(|(name, tensor)| (name, tensor.to_kind(Kind::Float))).collect();
        let network = Self::new(&config, device);
        store::load(network.store(), &tensors).map_err(|problem| Error::weights(path, problem))?;
        Ok(network)
    }

    /// The bytes of a model file of this network, whose branches become part of their kernels.
    ///
    /// # Errors
    /// [`Error::Library`] when a number is not finite.
    pub fn to_bytes(&self, card: &Card, storage: Storage) -> Result<Vec<u8>> {
        let config = card.config(ModelKind::Upscaler(self.config().clone()));
        let plain = self.rebranched(false);
        Ok(polyinr::model::write(&config, &tensors_of(plain.store())?, storage)?)
    }
}
