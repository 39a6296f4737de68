//! The discriminator that the options ask for.

use tch::Tensor;

use super::options::DiscriminatorKind;
use super::state::Plan;
use crate::discriminator::{ConvDiscriminator, ConvOptions, Discriminator};
use crate::error::{Error, Result};

/// Channels that the projected discriminator mixes features to.
const MIXED_CHANNELS: i64 = 64;

/// One of the discriminators.
#[derive(Debug)]
pub enum Network {
    /// Convolutional.
    Conv(ConvDiscriminator),
}

impl Network {
    /// The discriminator of `plan` for pictures of this resolution, with weights drawn from
    /// libtorch's generator.
    ///
    /// # Errors
    /// [`Error::Weights`] when a feature network's file cannot be used, [`Error::Parameter`].
    pub fn new(plan: &Plan, resolution: u32) -> Result<Self> {
        match plan.options.networks.discriminator {
            DiscriminatorKind::Conv => conv(plan, resolution).map(Self::Conv),
            DiscriminatorKind::Projected => Err(Error::parameter("--discriminator", "not yet")),
        }
    }

    /// What can be trained against.
    pub fn get(&self) -> &dyn Discriminator {
        match self {
            Self::Conv(network) => network,
        }
    }

    /// Goes over to pictures of `resolution`; new tensors are drawn from libtorch's generator.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the resolution is smaller than before.
    pub fn grow(&mut self, resolution: u32) -> Result<()> {
        if let Self::Conv(old) = self
            && old.options().resolution != resolution
        {
            *self = Self::Conv(old.grow(resolution)?);
        }
        Ok(())
    }

    /// Whether it augments what it sees itself, for each of its feature networks.
    pub fn augments(&self) -> bool {
        false
    }
}

fn conv(plan: &Plan, resolution: u32) -> Result<ConvDiscriminator> {
    let networks = &plan.options.networks;
    let options = ConvOptions {
        resolution,
        channel_base: networks.d_channels,
        channel_max: networks.d_channels_max,
        classes: plan.classes.len(),
        precision: plan.options.machine.precision,
    };
    ConvDiscriminator::new(&options, plan.device)
}

