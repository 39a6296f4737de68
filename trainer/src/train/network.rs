//! The discriminator that the options ask for.

use tch::Tensor;

use super::shape::DiscriminatorKind;
use super::state::Plan;
use crate::discriminator::projected::{ProjectedConfig, ProjectedDiscriminator};
use crate::discriminator::{ConvDiscriminator, ConvOptions, Discriminator};
use crate::error::{Error, Result};
use crate::features::{DeitFeatures, EfficientNet, FeatureNetwork};

/// Channels that the projected discriminator mixes features to.
const MIXED_CHANNELS: i64 = 64;

/// One of the discriminators.
#[derive(Debug)]
pub enum Network {
    /// Convolutional.
    Conv(ConvDiscriminator),
    /// On frozen features.
    Projected(ProjectedDiscriminator),
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
            DiscriminatorKind::Projected => projected(plan).map(Self::Projected),
        }
    }

    /// What can be trained against.
    pub fn get(&self) -> &dyn Discriminator {
        match self {
            Self::Conv(network) => network,
            Self::Projected(network) => network,
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
        matches!(self, Self::Projected(_))
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

fn projected(plan: &Plan) -> Result<ProjectedDiscriminator> {
    let (networks, kind) = (&plan.options.networks, plan.options.machine.precision.kind());
    let missing = |name, source| {
        Error::parameter(name, format!("is needed for the projected discriminator; {source}"))
    };
    let efficientnet = networks.efficientnet.as_deref();
    let efficientnet =
        efficientnet.ok_or_else(|| missing("--efficientnet", EfficientNet::SOURCE))?;
    let deit = networks.deit.as_deref();
    let deit = deit.ok_or_else(|| missing("--deit", DeitFeatures::SOURCE))?;
    let features: Vec<Box<dyn FeatureNetwork>> = vec![
        Box::new(EfficientNet::open(efficientnet, plan.device, kind)?),
        Box::new(DeitFeatures::open(deit, plan.device, kind)?),
    ];
    let config = ProjectedConfig {
        channels: MIXED_CHANNELS,
        classes: plan.classes.len(),
        embedding: plan.embedding.as_ref().map(Tensor::shallow_clone),
    };
    let augment = plan.options.recipe.augment.clone();
    ProjectedDiscriminator::new(features, &config, Box::new(move |x| augment.apply(x)), plan.device)
}
