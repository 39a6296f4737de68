//! What the estimator's training can be told.

use std::path::PathBuf;

use clap::Args;
use polyinr::model::StrengthEstimator;

use crate::error::{Error, Result};
use crate::upscaler::crops::CropOptions;
use crate::upscaler::input::InputArgs;
use crate::upscaler::options::PhotoArgs;

/// Everything that a training of the estimator is told.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Which photographs.
    #[command(flatten)]
    pub photos: PhotoArgs,
    /// What crops go through.
    #[command(flatten)]
    pub input: InputArgs,
    /// Factors that photographs are reduced by before that, from 1 on
    #[arg(long, value_name = "FROM-TO", default_value = "1-2.5",
        value_parser = crate::upscaler::options::scale_range)]
    pub scale: [f64; 2],
    /// Crops a step
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub batch: usize,
    /// Steps to make
    #[arg(long, value_name = "N", default_value_t = 14_000,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub steps: u64,
    /// Learning rate after 100 steps; it falls along a cosine
    #[arg(long, value_name = "RATE", default_value_t = 2e-3)]
    pub lr: f64,
    /// Seed of all draws
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Processor threads [default: one for every processor]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// File to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

impl Options {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the first option that makes no sense.
    pub fn check(&self) -> Result<()> {
        if self.photos.photos.is_empty() && self.photos.halve.is_empty() {
            return Err(Error::parameter("--photos", "or --halve is needed"));
        }
        if self.input.chain().is_empty() {
            return Err(Error::parameter("--degrade", "is needed: there is nothing to estimate"));
        }
        if !(self.lr > 0.0 && self.lr.is_finite()) {
            return Err(Error::parameter("--lr", "must be a positive number"));
        }
        if self.input.cutblur > 0.0 {
            return Err(Error::parameter(
                "--cutblur",
                "is not possible: parts would be told wrongly",
            ));
        }
        self.input.check()?;
        self.crops(self.seed).check()
    }

    /// What batches are made of.
    pub fn crops(&self, seed: u64) -> CropOptions {
        CropOptions {
            batch: self.batch,
            side: StrengthEstimator::SIDE as u32,
            // Colours are not asked for; crops have one at least.
            positions: 1,
            patch: None,
            scale: self.scale,
            same_size: self.input.same_size,
            permute_colours: self.input.permute_colours,
            chain: self.input.chain(),
            clean_share: self.input.clean_share,
            cutblur: self.input.cutblur,
            seed,
        }
    }
}
