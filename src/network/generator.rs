//! Networks of generators.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::code::{Code, CodeShape};
use super::creps::{Creps, CrepsConfig};
use super::inr_gan::{InrGan, InrGanConfig};
use super::layers::Linear;
use super::levels::LevelGroups;
use super::matrices::Matrix;
use super::named::{Named, unknown};
use super::poly_inr::{PolyInr, PolyInrConfig};
use super::styles::Styles;
use crate::error::{Error, Result};
use crate::tensors::{ListedTensors, TensorSource};
use crate::view::Grid;

/// What all images of a generator share.
#[derive(Clone, Debug)]
pub enum Network {
    /// Poly-INR.
    PolyInr(PolyInr),
    /// CREPS.
    Creps(Creps),
    /// INR-GAN.
    InrGan(InrGan),
}

/// Shape of a generator's network.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkConfig {
    /// Poly-INR.
    PolyInr(PolyInrConfig),
    /// CREPS.
    Creps(CrepsConfig),
    /// INR-GAN.
    InrGan(InrGanConfig),
}

impl Network {
    pub(crate) fn load(
        config: &NetworkConfig,
        w_dim: usize,
        tensors: &dyn TensorSource,
    ) -> Result<Self> {
        match config {
            NetworkConfig::PolyInr(c) => {
                PolyInr::load(c.clone(), w_dim, tensors).map(Self::PolyInr)
            }
            NetworkConfig::Creps(c) => Creps::load(c.clone(), w_dim, tensors).map(Self::Creps),
            NetworkConfig::InrGan(c) => InrGan::load(c.clone(), w_dim, tensors).map(Self::InrGan),
        }
    }

    /// Its shape.
    pub fn config(&self) -> NetworkConfig {
        match self {
            Self::PolyInr(n) => NetworkConfig::PolyInr(n.config().clone()),
            Self::Creps(n) => NetworkConfig::Creps(n.config().clone()),
            Self::InrGan(n) => NetworkConfig::InrGan(n.config().clone()),
        }
    }

    /// Its levels and their groups.
    pub fn level_groups(&self) -> LevelGroups {
        self.config().level_groups()
    }

    /// What the ends of a view's window mean. Poly-INR's and CREPS's pictures have the centres of their
    /// outer pixels at 0 and 1. The coordinates of INR-GAN's pixel `k` of `r` are `2 k / r - 1`, which
    /// moves with the resolution; the outer pixels' edges at 0 and 1 keep it where it is.
    pub fn grid(&self) -> Grid {
        match self {
            Self::PolyInr(_) | Self::Creps(_) => Grid::Centres,
            Self::InrGan(_) => Grid::Edges,
        }
    }

    /// How many feature maps can be looked at ([`Features`](crate::engine::Features)): a level's
    /// features in Poly-INR; in CREPS each map that lines are composed to, then each that a decoder
    /// gives; a block's features in INR-GAN.
    pub fn maps(&self) -> usize {
        match self {
            Self::PolyInr(n) => n.config().levels,
            Self::Creps(n) => 2 * n.config().maps(),
            Self::InrGan(n) => n.config().blocks.len(),
        }
    }

    /// Shapes of an image's code.
    pub fn code_shape(&self) -> CodeShape {
        match self {
            Self::PolyInr(n) => n.code_shape(),
            Self::Creps(n) => n.code_shape(),
            Self::InrGan(n) => n.code_shape(),
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
            Self::Creps(n) => n.code(styles),
            Self::InrGan(n) => n.code(styles),
        }
    }

    /// Features of all layers that derivatives at so many positions keep.
    pub(crate) fn kept_features(&self, positions: u64) -> u64 {
        match self {
            Self::PolyInr(n) => positions * (n.config().levels * n.config().features) as u64,
            Self::Creps(n) => {
                // Maps, the layers of decoders, and those of the refinement.
                positions * (n.config().line_channels * (11 * n.config().maps() + 12)) as u64
            }
            Self::InrGan(n) => {
                let side = u64::from(n.config().resolution());
                let native = if n.config().normalised { side * side } else { 0 };
                (positions + native) * n.config().kept_features() as u64
            }
        }
    }

    /// The linear layers that all images share, in an order that depends on the network's shape only.
    pub fn matrices(&self) -> Vec<Matrix<'_>> {
        match self {
            Self::PolyInr(n) => n.matrices(),
            Self::Creps(n) => n.matrices(),
            Self::InrGan(n) => n.matrices(),
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
            Self::Creps(n) => Self::Creps(n.with_matrices(matrices)),
            Self::InrGan(n) => Self::InrGan(n.with_matrices(matrices)),
        })
    }

    /// Whether `other` has the same shape: codes of the one are codes of the other.
    pub fn has_shape_of(&self, other: &Self) -> bool {
        self.config() == other.config()
    }
}

impl NetworkConfig {
    /// The name of its network, as users write it: "poly-inr", "creps", "inr-gan".
    pub fn name(&self) -> &'static str {
        match self {
            Self::PolyInr(_) => FIRST,
            Self::Creps(_) => CREPS,
            Self::InrGan(_) => INR_GAN,
        }
    }

    /// Its levels and their groups.
    pub fn level_groups(&self) -> LevelGroups {
        match self {
            Self::PolyInr(c) => c.levels.into(),
            Self::Creps(c) => c.levels().into(),
            Self::InrGan(c) => c.levels().into(),
        }
    }

    /// What multiplies learning rates, and with them weights, of the mapping network before it.
    pub fn mapping_rate(&self) -> f32 {
        match self {
            Self::PolyInr(_) => 0.1,
            Self::Creps(_) | Self::InrGan(_) => 0.01,
        }
    }

    /// Names and shapes of its tensors in a model file whose latents w have `w_dim` numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the configuration makes no sense.
    pub fn tensors(&self, w_dim: usize) -> Result<Vec<(String, Vec<usize>)>> {
        if let Some(problem) = self.problem() {
            return Err(Error::parameter("network", problem));
        }
        let listed = ListedTensors::default();
        Network::load(self, w_dim, &listed)?;
        Ok(listed.asked())
    }

    /// What is wrong with the numbers, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        match self {
            Self::PolyInr(c) => c.problem(),
            Self::Creps(c) => c.problem(),
            Self::InrGan(c) => c.problem(),
        }
    }
}

/// The network of files that name none.
const FIRST: &str = "poly-inr";
/// What files call the others.
const CREPS: &str = "creps";
const INR_GAN: &str = "inr-gan";

/// A shape and the name of its network, as files have them.
#[derive(Serialize)]
struct NamedShape<'a, T> {
    network: &'static str,
    #[serde(flatten)]
    shape: &'a T,
}

impl Serialize for NetworkConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            // Without its name: such files are older than names of networks.
            Self::PolyInr(c) => c.serialize(serializer),
            Self::Creps(shape) => NamedShape { network: CREPS, shape }.serialize(serializer),
            Self::InrGan(shape) => NamedShape { network: INR_GAN, shape }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for NetworkConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let named = Named::read(deserializer)?;
        match named.network(FIRST).as_str() {
            FIRST => named.shape().map(Self::PolyInr),
            CREPS => named.shape().map(Self::Creps),
            INR_GAN => named.shape().map(Self::InrGan),
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
        assert!(named("siren").unwrap_err().to_string().contains("\"siren\" is none that"));
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
