//! Which networks draw, and the variants that can be trained of them.

use clap::ValueEnum;
use polyinr::network::PolyInrConfig;
use serde::{Deserialize, Serialize};

/// Which network draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// A polynomial of the position, level by level.
    #[default]
    PolyInr,
    /// Products of lines along rows and columns.
    Creps,
    /// Layers at growing resolutions.
    InrGan,
}

/// How INR-GAN's features become those of the next resolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Enlargement {
    /// Those of the cell that a pixel is in.
    #[default]
    Nearest,
    /// Between those of the cells around it, and divided by their deviations over the picture.
    Bilinear,
}

impl Architecture {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::PolyInr => "poly-inr",
            Self::Creps => "creps",
            Self::InrGan => "inr-gan",
        }
    }

    /// The option that a stage's network grows by.
    pub fn growth(self) -> &'static str {
        match self {
            Self::PolyInr => "--levels",
            Self::Creps => "--blocks",
            Self::InrGan => "--resolution",
        }
    }
}

/// The two forms of Poly-INR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Coordinates pass through a chain of affine maps, affine terms through leaky ReLU, and levels
    /// are clamped.
    Released,
    /// Terms multiply as they are.
    Paper,
}

impl Form {
    /// The form that `network` is of, if it is of one.
    pub fn of(network: &PolyInrConfig) -> Option<Self> {
        let is = |form: &Self| form.network(network.levels, network.features) == *network;
        [Self::Released, Self::Paper].into_iter().find(is)
    }

    /// A network of this form.
    pub fn network(self, levels: usize, features: usize) -> PolyInrConfig {
        let released = PolyInrConfig::new(levels, features);
        match self {
            Self::Released => released,
            Self::Paper => released.paper_form(),
        }
    }
}
