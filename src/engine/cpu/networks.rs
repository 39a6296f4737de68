//! Which of this engine's arithmetic a generator's network has.

use std::sync::Arc;

use rayon::ThreadPool;

use super::bands::Bands;
use super::creps::{self, CrepsBands, CrepsWeights, LinearisedCreps};
use super::inr_gan::{self, InrGanBands, LinearisedInrGan};
use super::poly_inr::{self, LinearisedTiles, PackedPolyInr, PolyInrBands};
use crate::control::Control;
use crate::engine::{DerivativeRequest, LinearisedField};
use crate::error::Result;
use crate::field::GeneratedField;
use crate::network::{Code, Network};
use crate::view::View;

/// Most bytes held while a view of `size` pixels (width, height) of an image of `network` is rendered by
/// `threads` threads.
pub(crate) fn memory(network: &Network, size: [u32; 2], threads: usize) -> u64 {
    match network {
        Network::PolyInr(_) => poly_inr::memory(size[0], threads),
        Network::Creps(n) => creps::memory(n.config(), size, threads),
        Network::InrGan(n) => inr_gan::memory(n.config(), size, threads),
    }
}

/// What of a generator's network is prepared once for all its images.
#[derive(Debug)]
pub(super) enum PackedNetwork {
    PolyInr(Arc<PackedPolyInr>),
    /// Nothing: an image's weights are its own.
    Unpacked,
}

/// A generator's network as this engine computes it.
pub(super) struct ComputedNetwork<'a> {
    pub(super) network: &'a Network,
    pub(super) packed: &'a PackedNetwork,
}

impl PackedNetwork {
    pub(super) fn new(network: &Network) -> Self {
        match network {
            Network::PolyInr(n) => Self::PolyInr(Arc::new(PackedPolyInr::new(n))),
            Network::Creps(_) | Network::InrGan(_) => Self::Unpacked,
        }
    }

    fn poly_inr(&self) -> &Arc<PackedPolyInr> {
        match self {
            Self::PolyInr(packed) => packed,
            Self::Unpacked => unreachable!("a Poly-INR is packed"),
        }
    }
}

impl<'a> ComputedNetwork<'a> {
    /// The view's rows of `field`, which is of this network.
    pub(super) fn bands(
        &self,
        field: &GeneratedField,
        view: &'a View,
        threads: usize,
    ) -> Box<dyn Bands + 'a> {
        let code = field.code();
        match self.network {
            Network::PolyInr(_) => {
                Box::new(PolyInrBands::new(self.packed.poly_inr(), code, view, threads))
            }
            Network::Creps(n) => Box::new(CrepsBands::new(CrepsWeights::of(n, code), view)),
            Network::InrGan(n) => Box::new(InrGanBands::new(n, code, view, field.density_in(view))),
        }
    }

    /// Heat-maps of the feature maps `wanted`, each below the number of the network's and named once.
    pub(super) fn heatmaps(
        &self,
        pool: &ThreadPool,
        code: &Code,
        view: &View,
        wanted: &[usize],
        control: &Control<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        match self.network {
            Network::PolyInr(_) => {
                poly_inr::heatmaps(self.packed.poly_inr(), pool, code, view, wanted, control)
            }
            Network::Creps(n) => {
                creps::heatmaps(CrepsWeights::of(n, code), pool, view, wanted, control)
            }
            Network::InrGan(n) => inr_gan::heatmaps(n, pool, code, view, wanted, control),
        }
    }
}

/// The field of a request, at its positions; `packed` was made of its network.
pub(super) fn linearise<'a>(
    packed: &PackedNetwork,
    pool: &'a ThreadPool,
    request: DerivativeRequest<'a>,
) -> Result<Box<dyn LinearisedField + 'a>> {
    Ok(match request.network.as_ref() {
        Network::PolyInr(n) => {
            Box::new(LinearisedTiles::new(pool, packed.poly_inr().clone(), n, request))
        }
        Network::Creps(n) => Box::new(LinearisedCreps::new(pool, n, request)),
        Network::InrGan(n) => Box::new(LinearisedInrGan::new(pool, n, request)?),
    })
}
