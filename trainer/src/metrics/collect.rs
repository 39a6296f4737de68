//! What is gathered of a set of images in one pass: moments of features, or the features themselves.

use std::collections::HashMap;
use std::path::Path;

use tch::{Device, Kind, Tensor};

use super::extractor::{Extractor, Output};
use super::source::Source;
use super::statistics::Moments;
use crate::error::{Error, Result};

/// How vectors are gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gather {
    /// Their moments only.
    Moments,
    /// All of them.
    Vectors,
}

/// Something to be gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Number of the network.
    pub network: usize,
    /// Which of its outputs.
    pub output: Output,
    /// How.
    pub gather: Gather,
}

/// What was gathered.
#[derive(Debug)]
pub enum Gathered {
    /// Moments of vectors.
    Moments(Moments),
    /// The vectors `[n, d]`, float32.
    Vectors(Tensor),
}

/// Told how many images of how many are done.
pub type Progress<'a> = dyn FnMut(usize, usize) + 'a;

/// Does all `jobs` in one pass over the images of `source`, `batch` at a time.
///
/// # Errors
/// Whatever the source and the networks refuse.
pub fn collect(
    networks: &[Box<dyn Extractor>],
    jobs: &[Job],
    source: &mut dyn Source,
    batch: usize,
    progress: &mut Progress<'_>,
) -> Result<Vec<Gathered>> {
    let mut gatherers: Vec<_> = jobs.iter().map(|job| Gatherer::new(job.gather)).collect();
    let total = source.len();
    progress(0, total);
    for start in (0..total).step_by(batch.max(1)) {
        let end = total.min(start + batch.max(1));
        let images = source.batch(start..end)?;
        for (number, network) in networks.iter().enumerate() {
            extract(network.as_ref(), number, jobs, &images, &mut gatherers)?;
        }
        progress(end, total);
    }
    Ok(gatherers.into_iter().map(Gatherer::finish).collect())
}

/// Takes the outputs of one network for one batch in.
fn extract(
    network: &dyn Extractor,
    number: usize,
    jobs: &[Job],
    images: &Tensor,
    gatherers: &mut [Gatherer],
) -> Result<()> {
    let mut wanted = Vec::new();
    for job in jobs.iter().filter(|job| job.network == number) {
        if !wanted.contains(&job.output) {
            wanted.push(job.output);
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let outputs = network.extract(images, &wanted)?;
    for (job, gatherer) in jobs.iter().zip(gatherers).filter(|(job, _)| job.network == number) {
        let output = wanted.iter().zip(&outputs).find(|(output, _)| **output == job.output);
        output.into_iter().for_each(|(_, vectors)| gatherer.push(vectors));
    }
    Ok(())
}

/// What is being gathered.
enum Gatherer {
    Moments(Option<Moments>),
    Vectors(Vec<Tensor>),
}

impl Gatherer {
    fn new(gather: Gather) -> Self {
        match gather {
            Gather::Moments => Self::Moments(None),
            Gather::Vectors => Self::Vectors(Vec::new()),
        }
    }

    fn push(&mut self, vectors: &Tensor) {
        match self {
            Self::Moments(moments) => moments
                .get_or_insert_with(|| Moments::new(vectors.size()[1], vectors.device()))
                .push(vectors),
            Self::Vectors(all) => all.push(vectors.shallow_clone()),
        }
    }

    fn finish(self) -> Gathered {
        match self {
            Self::Moments(moments) => {
                Gathered::Moments(moments.unwrap_or_else(|| Moments::new(0, Device::Cpu)))
            }
            Self::Vectors(all) if all.is_empty() => {
                Gathered::Vectors(Tensor::zeros([0, 0], (Kind::Float, Device::Cpu)))
            }
            Self::Vectors(all) => Gathered::Vectors(Tensor::cat(&all, 0)),
        }
    }
}

impl Gathered {
    /// Of how many images it is.
    pub fn count(&self) -> usize {
        let count = match self {
            Self::Moments(moments) => moments.count(),
            Self::Vectors(vectors) => vectors.size()[0],
        };
        usize::try_from(count).unwrap_or(0)
    }

    /// Writes it to the safetensors file at `path`, which appears when it is whole.
    ///
    /// # Errors
    /// [`Error::Io`] when the disk refuses.
    pub fn save(&self, path: &Path) -> Result<()> {
        let parts = match self {
            Self::Moments(moments) => moments.to_tensors(),
            Self::Vectors(vectors) => vec![("vectors", vectors.to_device(Device::Cpu))],
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, "make the folder", e))?;
        let failed = |e| Error::io(path, "write", e);
        let temporary = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        Tensor::write_safetensors(&parts, temporary.path())?;
        temporary.as_file().sync_all().map_err(failed)?;
        temporary.persist(path).map_err(|e| failed(e.error))?;
        Ok(())
    }

    /// What [`save`](Self::save) wrote; `None` when the file is not there or not whole.
    pub fn load(path: &Path, gather: Gather) -> Option<Self> {
        let mut parts: HashMap<_, _> = Tensor::read_safetensors(path).ok()?.into_iter().collect();
        match gather {
            Gather::Moments => Moments::from_tensors(|name| parts.remove(name)).map(Self::Moments),
            Gather::Vectors => parts.remove("vectors").map(Self::Vectors),
        }
    }
}
