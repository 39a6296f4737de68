//! The shape of a convolutional discriminator.

use crate::device::Precision;
use crate::{Error, Result};

/// What a convolutional discriminator is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ConvOptions {
    /// Sides of the pictures, a power of two from 8.
    pub resolution: u32,
    /// There are `channel_base / R` channels at resolution R ...
    pub channel_base: u32,
    /// ... but no more than this.
    pub channel_max: u32,
    /// Number of classes, 0 for none.
    pub classes: usize,
    /// What the convolutions compute in; the last, dense layers compute in float32 always.
    pub precision: Precision,
}

impl ConvOptions {
    /// Channels of the activations at resolution `side`.
    pub fn channels(&self, side: u32) -> usize {
        (self.channel_base / side).clamp(1, self.channel_max) as usize
    }

    /// The resolutions of its blocks' inputs, from its own down to 8.
    pub(super) fn resolutions(&self) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(self.resolution), |side| Some(side / 2))
            .take_while(|&side| side >= 8)
    }

    pub(super) fn check(&self) -> Result<()> {
        if !self.resolution.is_power_of_two() || !(8..=4096).contains(&self.resolution) {
            let problem = format!("{} is no power of two from 8 to 4096", self.resolution);
            return Err(Error::parameter("--resolution", problem));
        }
        if self.channel_base < self.resolution || self.channel_max == 0 {
            let (base, max) = (self.channel_base, self.channel_max);
            let problem = format!(
                "base {base} and most {max} leave no channel at resolution {}",
                self.resolution
            );
            return Err(Error::parameter("--d-channels", problem));
        }
        Ok(())
    }
}
