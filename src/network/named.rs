//! Configurations that say which network they are of.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A configuration as it is read: the name of its network, and the rest.
#[derive(Deserialize)]
pub(super) struct Named {
    network: Option<String>,
    #[serde(flatten)]
    shape: Map<String, Value>,
}

impl Named {
    pub(super) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::deserialize(from)
    }

    /// The name of its network; `first` for files of before there were others.
    pub(super) fn network(&self, first: &'static str) -> String {
        self.network.clone().unwrap_or_else(|| first.to_owned())
    }

    /// The shape, of a network that is known.
    pub(super) fn shape<T: DeserializeOwned, E: Error>(self) -> Result<T, E> {
        serde_json::from_value(Value::Object(self.shape)).map_err(E::custom)
    }
}

/// The error about a network that this program does not know.
pub(super) fn unknown<E: Error>(network: &str) -> E {
    E::custom(format!("network {network:?} is none that this program knows; update polyinr"))
}
