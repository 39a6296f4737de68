//! How much looks count: options.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::user_cache;

/// Losses beside the mean difference of colours; all need --patch.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Looks (losses on squares of neighbouring pixels)")]
#[serde(default)]
pub struct LooksArgs {
    /// Ask for the colours of a square of this side in each crop, in pixels of the photograph, instead of
    /// those at scattered --positions; 0 for none
    #[arg(long, value_name = "PIXELS", default_value_t = 0, conflicts_with = "positions")]
    pub patch: u32,
    /// What each of these counts beside the mean difference of colours
    #[command(flatten)]
    #[serde(flatten)]
    pub weights: LooksOptions,
}

/// What each loss counts; 0 leaves it out.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LooksOptions {
    /// Weight of the distance of VGG16's features, before the last ReLU of each block
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.0)]
    pub feature_weight: f64,
    /// Weight of what a discriminator says, which judges every pixel and is trained alongside
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.0)]
    pub adversarial_weight: f64,
    /// Weight of differences where they vary much from pixel to pixel
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.0)]
    pub artefact_weight: f64,
    /// Weight of 1 minus the multi-scale structural similarity
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.0)]
    pub structure_weight: f64,
    /// Weight of the difference of mean colours of 8x8 pixels
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.0)]
    pub colour_weight: f64,
    /// Learning rate of the discriminator
    #[arg(long, value_name = "RATE", default_value_t = 1e-4)]
    pub adversary_lr: f64,
    /// VGG16 as safetensors [default: where `cargo xtask vgg16` puts it]
    #[arg(long, value_name = "FILE")]
    pub vgg: Option<PathBuf>,
}

impl Default for LooksOptions {
    fn default() -> Self {
        Self {
            feature_weight: 0.0,
            adversarial_weight: 0.0,
            artefact_weight: 0.0,
            structure_weight: 0.0,
            colour_weight: 0.0,
            adversary_lr: 1e-4,
            vgg: None,
        }
    }
}

impl LooksArgs {
    /// Side of the squares, where there are such.
    pub fn patch(&self) -> Option<u32> {
        (self.patch > 0).then_some(self.patch)
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the first option that makes no sense.
    pub fn check(&self) -> Result<()> {
        let weight = |value: f64| value >= 0.0 && value.is_finite();
        let LooksOptions { adversary_lr, .. } = self.weights;
        let rules = self.weights.each().into_iter().flat_map(|(name, value)| {
            [
                (name, weight(value), "must be 0 or more"),
                (name, value == 0.0 || self.patch >= LEAST_PATCH, "needs --patch 16 or more"),
            ]
        });
        let lr = adversary_lr > 0.0 && adversary_lr.is_finite();
        let unused = |weight: f64, given: bool| weight > 0.0 || !given;
        let (features, adversary) = (self.weights.feature_weight, self.weights.adversarial_weight);
        let lr_given = adversary_lr != LooksOptions::default().adversary_lr;
        let vgg_given = self.weights.vgg.is_some();
        let others = [
            ("--adversary-lr", lr, "must be a positive number"),
            ("--adversary-lr", unused(adversary, lr_given), "needs --adversarial-weight"),
            ("--vgg", unused(features, vgg_given), "needs --feature-weight"),
        ];
        match rules.chain(others).find(|(_, holds, _)| !holds) {
            Some((name, _, problem)) => Err(Error::parameter(name, problem)),
            None => Ok(()),
        }
    }

    /// What counts beside colours, for a model's description; begins with a comma, or is empty.
    pub fn description(&self) -> String {
        let names =
            ["VGG16's features", "a discriminator", "artefacts", "structure", "mean colours"];
        let each = self.weights.each().into_iter().zip(names);
        each.filter(|((_, weight), _)| *weight > 0.0)
            .map(|((_, weight), name)| format!(", {weight} x {name}"))
            .collect()
    }
}

/// Least side of squares that losses can be computed of.
const LEAST_PATCH: u32 = 16;

impl LooksOptions {
    fn each(&self) -> [(&'static str, f64); 5] {
        [
            ("--feature-weight", self.feature_weight),
            ("--adversarial-weight", self.adversarial_weight),
            ("--artefact-weight", self.artefact_weight),
            ("--structure-weight", self.structure_weight),
            ("--colour-weight", self.colour_weight),
        ]
    }

    /// Whether none counts.
    pub fn is_empty(&self) -> bool {
        self.each().iter().all(|(_, weight)| *weight == 0.0)
    }

    /// The file of VGG16's weights.
    ///
    /// # Errors
    /// [`Error::Parameter`] when none is named and the system does not say where the cache folder is.
    pub fn vgg(&self) -> Result<PathBuf> {
        let cached = || user_cache("vgg16.safetensors");
        self.vgg.clone().or_else(cached).ok_or_else(|| {
            Error::parameter("--vgg", "the system has no cache folder; name the file")
        })
    }
}
