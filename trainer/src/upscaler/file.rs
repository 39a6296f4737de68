//! Networks as the library's model files.

use std::path::Path;

use polyinr::model::{Config, DETAIL_PREFIX, Kind as ModelKind, Model};
use polyinr::tensors::Storage;
use tch::{Device, Kind, Tensor};

use super::Network;
use crate::error::{Error, Result};
use crate::generator::{Card, tensors_of};
use crate::nn::store;

impl Network {
    /// The network in the library's model file at `path`, which draws no detail.
    ///
    /// # Errors
    /// [`Error::Library`] when it is no model file or damaged, [`Error::Weights`] when it holds no
    /// upscaler.
    pub fn open(path: &Path, device: Device) -> Result<Self> {
        let ModelKind::Upscaler(mut config) = Model::open(path)?.describe().kind else {
            return Err(Error::weights(path, "it is a generator; an upscaler is needed"));
        };
        let read = Tensor::read_safetensors(path)?.into_iter();
        let tensors = read
            .filter(|(name, _)| !name.starts_with(DETAIL_PREFIX))
            .map(|(name, tensor)| (name, tensor.to_kind(Kind::Float)))
            .collect();
        config.detail = false;
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

/// The bytes of the model file at `model` with the weights of the one at `detailed` beside its own, which
/// it takes on as it is told to draw detail.
///
/// # Errors
/// As [`Network::open`]; [`Error::Weights`] when the two are not of one shape.
pub fn with_detail(model: &Path, detailed: &Path, storage: Storage) -> Result<Vec<u8>> {
    let [plain, other] = [model, detailed].map(|path| Network::open(path, Device::Cpu));
    let (plain, other) = (plain?, other?);
    let mut shape = other.config().clone();
    shape.scale_range = plain.config().scale_range;
    if shape != *plain.config() {
        let problem = format!("it is {shape:?}, {} is {:?}", model.display(), plain.config());
        return Err(Error::weights(detailed, problem));
    }
    let about = Model::open(model)?.describe();
    shape.detail = true;
    let kind = ModelKind::Upscaler(shape);
    let (format_version, training) = (kind.format_version(), about.training.clone());
    let training = format!("{training}; detail: {}", Model::open(detailed)?.describe().training);
    let config = Config { format_version, training, kind, ..about };
    let mut tensors = tensors_of(plain.store())?;
    let named = |(name, shape, values)| (format!("{DETAIL_PREFIX}{name}"), shape, values);
    tensors.extend(tensors_of(other.store())?.into_iter().map(named));
    Ok(polyinr::model::write(&config, &tensors, storage)?)
}
