//! Which of this engine's arithmetic a generator's network has.

use std::sync::Arc;

use rayon::ThreadPool;

use super::bands::Bands;
use super::poly_inr::{self, LinearisedTiles, PackedPolyInr, PolyInrBands};
use crate::control::Control;
use crate::engine::{DerivativeRequest, LinearisedField};
use crate::error::Result;
use crate::network::{Code, Network};
use crate::view::View;

pub(crate) use poly_inr::memory;

/// A generator's network as this engine computes it.
#[derive(Debug)]
pub(super) enum PackedNetwork {
    PolyInr(Arc<PackedPolyInr>),
}

impl PackedNetwork {
    pub(super) fn new(network: &Network) -> Self {
        match network {
            Network::PolyInr(n) => Self::PolyInr(Arc::new(PackedPolyInr::new(n))),
        }
    }

    /// The view's rows of the image that `code` makes.
    pub(super) fn bands<'a>(
        &'a self,
        code: &Code,
        view: &'a View,
        threads: usize,
    ) -> Box<dyn Bands + 'a> {
        match self {
            Self::PolyInr(packed) => Box::new(PolyInrBands::new(packed, code, view, threads)),
        }
    }

    /// Heat-maps of `levels`, each below the number of the code's levels and named once.
    pub(super) fn heatmaps(
        &self,
        pool: &ThreadPool,
        code: &Code,
        view: &View,
        levels: &[usize],
        control: &Control<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        match self {
            Self::PolyInr(packed) => poly_inr::heatmaps(packed, pool, code, view, levels, control),
        }
    }

    /// The field of a request whose network this is, at its positions.
    pub(super) fn linearise<'a>(
        &self,
        pool: &'a ThreadPool,
        request: DerivativeRequest<'a>,
    ) -> Box<dyn LinearisedField + 'a> {
        match (self, request.network.as_ref()) {
            (Self::PolyInr(packed), Network::PolyInr(network)) => {
                Box::new(LinearisedTiles::new(pool, packed.clone(), network, request))
            }
        }
    }
}
