//! Networks of generators.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::code::{Code, CodeShape};
use super::layers::Linear;
use super::levels::LevelGroups;
use super::matrices::Matrix;
use super::named::{Named, unknown};
use super::poly_inr::{PolyInr, PolyInrConfig};
use super::styles::Styles;
use crate::error::{Error, Result};
use crate::tensors::Tensors;
use crate::view::Grid;

/// What all images of a generator share.
#[derive(Clone, Debug)]
pub enum Network {
    /// Poly-INR.
    PolyInr(PolyInr),
}

/// Shape of a generator's network.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkConfig {
    /// Poly-INR.
    PolyInr(PolyInrConfig),
}

impl Network {
    pub(crate) fn load(
        config: &NetworkConfig,
        w_dim: usize,
        tensors: &Tensors<'_>,
    ) -> Result<Self> {
        match config {
            NetworkConfig::PolyInr(c) => {
                PolyInr::load(c.clone(), w_dim, tensors).map(Self::PolyInr)
            }
        }
    }

    /// Its shape.
    pub fn config(&self) -> NetworkConfig {
        match self {
            Self::PolyInr(n) => NetworkConfig::PolyInr(n.config().clone()),
        }
    }

    /// Its levels and their groups.
    pub fn level_groups(&self) -> LevelGroups {
        self.config().level_groups()
    }

    /// What the ends of a view's window mean.
    pub fn grid(&self) -> Grid {
        match self {
            Self::PolyInr(_) => Grid::Centres,
        }
    }

    /// Shapes of an image's code.
    pub fn code_shape(&self) -> CodeShape {
        match self {
            Self::PolyInr(n) => n.code_shape(),
        }
    }

    /// The code that latents w make, one latent a level.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there are not as many latents as the network takes, or what they make is not
    /// finite.
    pub fn code(&self, styles: &Styles) -> Result<Code> {
        match self {
            Self::PolyInr(n) => n.code(styles),
        }
    }

    /// Features that derivatives keep of every position, of all levels.
    pub(crate) fn features(&self) -> usize {
        match self {
            Self::PolyInr(n) => n.config().levels * n.config().features,
        }
    }

    /// The linear layers that all images share, in an order that depends on the network's shape only.
    pub fn matrices(&self) -> Vec<Matrix<'_>> {
        match self {
            Self::PolyInr(n) => n.matrices(),
        }
    }

    /// The same network with other matrices, in the order of [`matrices`](Self::matrices).
    ///
    /// # Errors
    /// [`Error::Parameter`] when they have not the shapes of its own.
    pub fn with_matrices(&self, matrices: Vec<Linear>) -> Result<Self> {
        let own = self.matrices();
        let alike = own.iter().zip(&matrices).all(|(own, new)| own.layer.has_shape_of(new));
        if own.len() != matrices.len() || !alike {
            return Err(Error::parameter("weights", "their shapes are not the network's"));
        }
        Ok(match self {
            Self::PolyInr(n) => Self::PolyInr(n.with_matrices(matrices)),
        })
    }

    /// Whether `other` has the same shape: codes of the one are codes of the other.
    pub fn has_shape_of(&self, other: &Self) -> bool {
        self.config() == other.config()
    }
}

impl NetworkConfig {
    /// Its levels and their groups.
    pub fn level_groups(&self) -> LevelGroups {
        match self {
            Self::PolyInr(c) => c.levels.into(),
        }
    }

    /// What is wrong with the numbers, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        match self {
            Self::PolyInr(c) => c.problem(),
        }
    }
}

/// The network of files that name none.
const FIRST: &str = "poly-inr";

impl Serialize for NetworkConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            // Without its name: such files are older than names of networks.
            Self::PolyInr(c) => c.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for NetworkConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let named = Named::read(deserializer)?;
        match named.network(FIRST).as_str() {
            FIRST => named.shape().map(Self::PolyInr),
            other => Err(unknown(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_without_a_network_are_of_the_first() {
        let config = NetworkConfig::PolyInr(PolyInrConfig::new(3, 8));
        let json = serde_json::to_value(&config).unwrap();
        assert!(json.get("network").is_none());
        assert_eq!(serde_json::from_value::<NetworkConfig>(json.clone()).unwrap(), config);
        let named = |name: &str| {
            let mut json = json.clone();
            json["network"] = name.into();
            serde_json::from_value::<NetworkConfig>(json)
        };
        assert_eq!(named("poly-inr").unwrap(), config);
        assert!(named("siren").unwrap_err().to_string().contains("\"siren\" is not known"));
    }

    #[test]
    fn matrices_are_exchanged_for_others_of_their_shapes() {
        let layer = |outputs: usize| Linear {
            inputs: 2,
            outputs,
            weight: vec![1.0; 2 * outputs],
            bias: vec![0.0; outputs],
        };
        let network = PolyInr::new(PolyInrConfig::new(2, 2), vec![layer(2), layer(2)], layer(3));
        let network = Network::PolyInr(network.unwrap());
        let names: Vec<String> = network.matrices().into_iter().map(|m| m.name).collect();
        assert_eq!(names, ["level.0", "level.1", "rgb"]);
        let mut others: Vec<Linear> =
            network.matrices().iter().map(|matrix| matrix.layer.clone()).collect();
        others[1].bias[0] = 7.0;
        let other = network.with_matrices(others.clone()).unwrap();
        assert_eq!(other.matrices()[1].layer, &others[1]);
        assert!(network.with_matrices(others[1..].to_vec()).is_err());
        others.swap(0, 2);
        assert!(network.with_matrices(others).is_err());
    }
}
