//! The projected discriminator of StyleGAN-XL (Sauer et al., 2022), which Poly-INR was trained with:
//! frozen feature networks, frozen random mixing of their features over channels and scales, and
//! four trained heads for each network.

mod head;
mod layers;
mod mixing;
#[cfg(test)]
mod tests;

use std::fmt;

use tch::nn::{Path, VarStore};
use tch::{Device, Kind, Tensor};

use self::head::Head;
use self::layers::SpectralConv;
use self::mixing::{Mixing, Reassemble};
use super::Discriminator;
use crate::error::{Error, Result};
use crate::features::{FeatureNetwork, Maps};
use crate::loss::Losses;

/// Numbers of a class's embedding where none is given: as many as EfficientNet-lite0's.
const EMBEDDING: i64 = 320;

/// What is done to normalised images `[B, 3, H, W]` before a feature network sees them; drawn anew
/// for each network.
pub type Augment = Box<dyn Fn(&Tensor) -> Tensor>;

/// What a projected discriminator is made for.
#[derive(Debug)]
pub struct ProjectedConfig {
    /// Channels that the shallowest features are mixed to, and the deeper ones to multiples of; 64 in
    /// the paper.
    pub channels: i64,
    /// Number of classes, 0 for none.
    pub classes: usize,
    /// What the heads' class embeddings start from, `[classes, numbers]`; `None` for random ones.
    pub embedding: Option<Tensor>,
}

/// A feature network with what is projected from it.
struct Branch {
    network: Box<dyn FeatureNetwork>,
    reassemble: Option<Reassemble>,
    mixing: Mixing,
    heads: Vec<Head>,
}

impl Branch {
    fn new(
        path: &Path<'_>,
        network: Box<dyn FeatureNetwork>,
        channels: i64,
        embedding: Option<&Tensor>,
    ) -> Result<Self> {
        let (reassemble, widths) = match network.shape() {
            Maps::Pyramid(widths) => (None, widths),
            Maps::Isotropic { width, grid } => {
                check_grid(grid)?;
                let reassemble = Reassemble::new(&(path / "reassemble"), width);
                (Some(reassemble), Reassemble::widths(width))
            }
        };
        let mixing = Mixing::new(&(path / "mixing"), widths, channels);
        let head = |(level, inputs): (usize, i64)| {
            Head::new(&(path / "head" / level), level, inputs, channels, embedding)
        };
        let heads = Mixing::widths(channels).into_iter().enumerate().map(head).collect();
        Ok(Self { network, reassemble, mixing, heads })
    }

    /// The logits of the four heads side by side, `[B, positions of all]`.
    fn logits(&self, images: &Tensor, labels: Option<&Tensor>, augment: &Augment) -> Tensor {
        let images = augment(&self.network.normalise(images));
        let maps = self.network.maps(&self.network.resize(&images));
        let pyramid = self.reassemble.as_ref().map(|reassemble| reassemble.forward(&maps));
        let mixed = self.mixing.forward(pyramid.as_ref().unwrap_or(&maps));
        let heads = self.heads.iter().zip(&mixed);
        Tensor::cat(&heads.map(|(head, map)| head.forward(map, labels)).collect::<Vec<_>>(), 1)
    }
}

/// The heads' last convolution sees half as many rows and columns as the transformer's maps have.
fn check_grid(grid: i64) -> Result<()> {
    if grid % 2 == 0 && grid / 2 >= SpectralConv::KERNEL {
        return Ok(());
    }
    let problem = format!(
        "a transformer of {grid} x {grid} patches cannot be projected; their number must be even and \
         8 at least (14 in deit_base_distilled_patch16_224)"
    );
    Err(Error::parameter("--deit", problem))
}

/// The discriminator. Its tensors begin with the name of the feature network that they follow.
pub struct ProjectedDiscriminator {
    store: VarStore,
    branches: Vec<Branch>,
    augment: Augment,
}

impl ProjectedDiscriminator {
    /// A discriminator over `networks`, whose random weights, the frozen ones too, are drawn from
    /// libtorch's generator. `augment` is applied to what each network sees.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the embedding is not of `classes` classes, or a transformer has too
    /// few patches.
    pub fn new(
        networks: Vec<Box<dyn FeatureNetwork>>,
        config: &ProjectedConfig,
        augment: Augment,
        device: Device,
    ) -> Result<Self> {
        let embedding = embedding(config, device)?;
        let store = VarStore::new(device);
        let mut branches: Vec<Branch> = Vec::new();
        for network in networks {
            let path = store.root() / network.name();
            branches.push(Branch::new(&path, network, config.channels, embedding.as_ref())?);
        }
        Ok(Self { store, branches, augment })
    }
}

impl fmt::Debug for ProjectedDiscriminator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<_> = self.branches.iter().map(|branch| branch.network.name()).collect();
        f.debug_struct("ProjectedDiscriminator")
            .field("networks", &networks)
            .finish_non_exhaustive()
    }
}

/// What class embeddings start from; `None` without classes.
fn embedding(config: &ProjectedConfig, device: Device) -> Result<Option<Tensor>> {
    let classes = config.classes as i64;
    match &config.embedding {
        _ if classes == 0 => Ok(None),
        None => Ok(Some(Tensor::randn([classes, EMBEDDING], (Kind::Float, device)))),
        Some(values) if values.dim() == 2 && values.size()[0] == classes => {
            Ok(Some(values.to_device(device)))
        }
        Some(values) => {
            let shape = values.size();
            let problem = format!("the class embedding has shape {shape:?} for {classes} classes");
            Err(Error::parameter("--embedding", problem))
        }
    }
}

impl Discriminator for ProjectedDiscriminator {
    /// One tensor for each feature network.
    fn logits(&self, images: &Tensor, labels: Option<&Tensor>) -> Vec<Tensor> {
        let logits = |branch: &Branch| branch.logits(images, labels, &self.augment);
        self.branches.iter().map(logits).collect()
    }

    fn store(&self) -> &VarStore {
        &self.store
    }

    fn losses(&self) -> Losses {
        Losses::Hinge
    }
}
