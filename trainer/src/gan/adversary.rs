//! The discriminator that the options ask for.

use tch::Tensor;

use super::plan::Plan;
use super::shape::DiscriminatorKind;
use crate::augment::Policy;
use crate::discriminator::projected::{ProjectedConfig, ProjectedDiscriminator};
use crate::discriminator::{ConvDiscriminator, ConvOptions, Discriminator};
use crate::error::{Error, Result};
use crate::features::{DeitFeatures, EfficientNet, FeatureNetwork};

/// One of the discriminators.
#[derive(Debug)]
pub enum Adversary {
    /// Convolutional.
    Conv(ConvDiscriminator),
    /// On frozen features.
    Projected(ProjectedDiscriminator),
}

impl Adversary {
    /// The discriminator of `plan` for pictures of this resolution, with weights drawn from
    /// libtorch's generator.
    ///
    /// # Errors
    /// [`Error::Weights`] when a feature network's file cannot be used, [`Error::Parameter`].
    pub fn new(plan: &Plan, resolution: u32) -> Result<Self> {
        match plan.settings.networks.discriminator {
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

    /// Whether fixed changes are made to what it sees by itself, for each of its feature networks.
    pub fn augments(&self) -> bool {
        matches!(self, Self::Projected(_))
    }
}

fn conv(plan: &Plan, resolution: u32) -> Result<ConvDiscriminator> {
    let networks = &plan.settings.networks;
    let options = ConvOptions {
        resolution,
        channel_base: networks.d_channels,
        channel_max: networks.d_channels_max,
        classes: plan.classes.len(),
        precision: plan.settings.machine.precision,
    };
    ConvDiscriminator::new(&options, plan.device)
}

fn projected(plan: &Plan) -> Result<ProjectedDiscriminator> {
    let (networks, kind) = (&plan.settings.networks, plan.settings.machine.precision.kind());
    let mut features: Vec<Box<dyn FeatureNetwork>> = Vec::new();
    if let Some(path) = networks.efficientnet.as_deref() {
        let network = EfficientNet::open(path, plan.device, kind)?;
        features.push(Box::new(network.with_side(networks.feature_side.into())));
    }
    if let Some(path) = networks.deit.as_deref() {
        features.push(Box::new(DeitFeatures::open(path, plan.device, kind)?));
    }
    if features.is_empty() {
        let (efficientnet, deit) = (EfficientNet::SOURCE, DeitFeatures::SOURCE);
        let problem = format!(
            "the projected discriminator needs it, --deit or both; {efficientnet}; \
                               for --deit {deit}"
        );
        return Err(Error::parameter("--efficientnet", problem));
    }
    let config = ProjectedConfig {
        channels: networks.mixed_channels.into(),
        classes: plan.classes.len(),
        embedding: plan.embedding.as_ref().map(Tensor::shallow_clone),
    };
    let augment = plan.settings.recipe.augment.clone();
    let augment = move |images: &Tensor| match &augment {
        Policy::Fixed(policy) => policy.apply(images),
        // Made before, and the same for all feature networks.
        Policy::Adaptive => images.shallow_clone(),
    };
    ProjectedDiscriminator::new(features, &config, Box::new(augment), plan.device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use tch::Device;

    use crate::gan::options::Options;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn options(words: &str) -> Options {
        let line = format!("train --discriminator projected {words}");
        Line::try_parse_from(line.split_whitespace()).unwrap().options
    }

    #[test]
    fn a_projected_discriminator_says_which_networks_it_lacks() {
        let plan = Plan::new(&options("").resolve(), &[], None, Device::Cpu);
        let error = Adversary::new(&plan, 32).err().unwrap().to_string();
        for part in ["--efficientnet", "--deit", "cargo xtask efficientnet", "deit_base_distilled"]
        {
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn sides_that_its_heads_cannot_take_are_refused() {
        for (side, taken) in [(96, false), (128, true), (144, false), (160, true), (1056, false)] {
            let checked = options(&format!("--feature-side {side}")).check();
            assert_eq!(checked.is_ok(), taken, "{side}");
        }
        assert!(options("--mixed-channels 0").check().is_err());
    }
}
