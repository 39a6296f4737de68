//! Networks of upscalers.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::local_poly_inr::{LocalPolyInr, LocalPolyInrConfig, Turn};
use super::named::{Named, unknown};
use crate::error::Result;
use crate::tensors::Tensors;

/// The network of an upscaler.
#[derive(Clone, Debug)]
pub enum UpscalerNetwork {
    /// Local Poly-INR.
    LocalPolyInr(LocalPolyInr),
}

/// Shape of an upscaler's network.
#[derive(Clone, Debug, PartialEq)]
pub enum UpscalerNetworkConfig {
    /// Local Poly-INR.
    LocalPolyInr(LocalPolyInrConfig),
}

impl UpscalerNetwork {
    /// The network whose tensors' names begin with `prefix`.
    pub(crate) fn load(
        config: &UpscalerNetworkConfig,
        tensors: &Tensors<'_>,
        prefix: &str,
    ) -> Result<Self> {
        match config {
            UpscalerNetworkConfig::LocalPolyInr(c) => {
                LocalPolyInr::load(c.clone(), tensors, prefix).map(Self::LocalPolyInr)
            }
        }
    }

    /// Its shape.
    pub fn config(&self) -> UpscalerNetworkConfig {
        match self {
            Self::LocalPolyInr(n) => UpscalerNetworkConfig::LocalPolyInr(n.config().clone()),
        }
    }

    /// Whether it can be told how much to clean.
    pub fn can_be_told(&self) -> bool {
        match self {
            Self::LocalPolyInr(n) => n.config().strength,
        }
    }

    /// Pixels around that a pixel's part of the function depends on.
    pub fn reach(&self) -> usize {
        match self {
            Self::LocalPolyInr(n) => n.reach(),
        }
    }

    /// Numbers that make the function around a pixel.
    pub fn cell_size(&self) -> usize {
        match self {
            Self::LocalPolyInr(n) => n.cell_size(),
        }
    }

    /// The network with every weight a part of the way to that of `other`, a network of the same shape.
    pub(crate) fn towards(&self, other: &Self, part: f32) -> Self {
        match (self, other) {
            (Self::LocalPolyInr(a), Self::LocalPolyInr(b)) => {
                Self::LocalPolyInr(a.towards(b, part))
            }
        }
    }

    /// The network that cleans so much, noise and blur, and cannot be told anything else.
    pub(crate) fn cleaning(self, amounts: [f32; 2]) -> Self {
        match self {
            Self::LocalPolyInr(n) => Self::LocalPolyInr(n.cleaning(amounts)),
        }
    }

    /// The network that makes of a picture what this one makes of the same picture turned, turned back.
    pub(crate) fn turned(&self, turn: Turn) -> Self {
        match self {
            Self::LocalPolyInr(n) => Self::LocalPolyInr(n.turned(turn)),
        }
    }
}

impl UpscalerNetworkConfig {
    /// Why the engines cannot compute it, if so.
    pub(crate) fn not_rendered(&self) -> Option<&'static str> {
        match self {
            Self::LocalPolyInr(c) => c.not_rendered(),
        }
    }

    /// What is wrong with the numbers, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        match self {
            Self::LocalPolyInr(c) => c.problem(),
        }
    }
}

/// The network of files that name none.
const FIRST: &str = "local-poly-inr";

impl Serialize for UpscalerNetworkConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            // Without its name: such files are older than names of networks.
            Self::LocalPolyInr(c) => c.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for UpscalerNetworkConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let named = Named::read(deserializer)?;
        match named.network(FIRST).as_str() {
            FIRST => named.shape().map(Self::LocalPolyInr),
            other => Err(unknown(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_says_what_is_wrong_with_it() {
        let config = LocalPolyInrConfig::new([4, 1], [2, 8]);
        let config = UpscalerNetworkConfig::LocalPolyInr(config);
        let json = serde_json::to_value(&config).unwrap();
        let read = |json| serde_json::from_value::<UpscalerNetworkConfig>(json);
        assert_eq!(read(json.clone()).unwrap(), config);
        let wrong = |name: &str, value: serde_json::Value| {
            let mut json = json.clone();
            json[name] = value;
            read(json).unwrap_err().to_string()
        };
        assert!(wrong("network", "siren".into()).contains("\"siren\" is none that"));
        assert!(wrong("blend", "cells".into()).contains("cells"));
        let mut short = json.clone();
        short.as_object_mut().unwrap().remove("levels");
        assert!(read(short).unwrap_err().to_string().contains("levels"));
    }
}
