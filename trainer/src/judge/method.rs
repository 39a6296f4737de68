//! Ways to enlarge pictures.

use std::path::Path;
use std::sync::Arc;

use polyinr::metrics::{self, Filter};
use polyinr::model::{Model, Treatment, Upscaler};
use polyinr::ops::{Size, SuperResolveOptions, super_resolve_raster};
use polyinr::{Control, CpuEngine, Raster};

use super::peer::{Peer, Peers};
use super::set::Case;
use crate::error::Result;

/// What enlarges pictures.
pub enum Method<'a> {
    /// The antialiased filter of three lobes.
    Lanczos,
    /// An upscaler of this project.
    Model {
        /// The name or path that it was opened by, without the ending of model files.
        name: String,
        /// What it is.
        upscaler: Arc<Upscaler>,
        /// What computes it.
        engine: Arc<CpuEngine>,
        /// How much it is told to clean.
        treatment: Treatment,
    },
    /// A published upscaler, run by others.
    Peer(Peer, &'a Peers),
}

impl Method<'_> {
    /// The upscaler that `name` finds: a built-in one, a file, one in the folders of models, or
    /// `model.safetensors` in the folder of a run, told by `treatment` where it can be.
    ///
    /// # Errors
    /// [`Error::Library`](crate::Error::Library) when there is none, saying which there are, or when
    /// it is no upscaler.
    pub fn model(name: &str, engine: &Arc<CpuEngine>, treatment: Treatment) -> Result<Self> {
        let in_run = Path::new(name).join("model.safetensors");
        let upscaler = match in_run.is_file() {
            true => Model::open(&in_run)?.upscaler()?,
            false => Model::find(name)?.upscaler()?,
        };
        let cleaned = if upscaler.can_be_told() { treatment } else { Treatment::NONE };
        let detail = if upscaler.draws_detail() { treatment.detail } else { 0.0 };
        let treatment = Treatment { detail, ..cleaned };
        let name = name.strip_suffix(".safetensors").unwrap_or(name).to_owned();
        Ok(Self::Model { name, upscaler, engine: engine.clone(), treatment })
    }

    /// What it is called in tables.
    pub fn name(&self) -> &str {
        match self {
            Self::Lanczos => "lanczos",
            Self::Model { name, .. } => name,
            Self::Peer(peer, _) => peer.name(),
        }
    }

    /// A case's input at the size of its original.
    ///
    /// # Errors
    /// As [`super_resolve_raster`] and [`Peers::result`].
    pub fn enlarge(&self, case: &Case) -> Result<Raster> {
        let (width, height) = (case.original.width(), case.original.height());
        match self {
            Self::Lanczos => Ok(metrics::resize(&case.input, width, height, Filter::Lanczos)?),
            Self::Model { upscaler, engine, treatment, .. } => {
                let options =
                    SuperResolveOptions { treatment: *treatment, ..SuperResolveOptions::default() };
                let control = Control::default();
                let (input, size) = (&case.input, Size::Exact(width, height));
                let large =
                    super_resolve_raster(&**engine, upscaler, input, size, &options, &control)?;
                Ok(metrics::rgb8(&large)?)
            }
            Self::Peer(peer, peers) => peers.result(*peer, &case.input),
        }
    }
}
