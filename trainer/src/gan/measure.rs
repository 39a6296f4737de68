//! Figures of the averaged generator while it is trained.

use std::path::{Path, PathBuf};

use tch::Device;

use super::settings::Settings;
use crate::data::Dataset;
use crate::device::Precision;
use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::metrics::{
    Draws, Evaluator, Figure, Generated, Metric, NetworkArgs, Networks, Subset, caution,
};

/// Pictures that are measured at a time.
const BATCH: usize = 32;

/// Measures generators of a run, always on the same latents.
pub struct Measure {
    networks: Networks,
    metrics: Vec<Metric>,
    cache: PathBuf,
    images: usize,
    seed: u64,
    precision: Precision,
}

impl Measure {
    /// What the settings ask for; `None` when they ask for nothing. Statistics of the data are kept in
    /// the run's `folder`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a metric needs a network that was not given, or classes that the
    /// pictures do not have; [`Error::Weights`] when a network cannot be used.
    pub fn new(
        settings: &Settings,
        folder: &Path,
        dataset: &Dataset,
        device: Device,
    ) -> Result<Option<Self>> {
        let metrics = settings.measured();
        if metrics.contains(&Metric::Recognised) && dataset.class_names().is_empty() {
            return Err(Error::parameter("--metrics", "recognised needs pictures with classes"));
        }
        if metrics.is_empty() {
            return Ok(None);
        }
        let efficientnet = settings.networks.efficientnet.clone();
        let networks = NetworkArgs { efficientnet, ..NetworkArgs::default() };
        Ok(Some(Self {
            networks: Networks::open(&networks, &metrics, Precision::F32, device)?,
            metrics,
            cache: folder.join("metrics"),
            images: settings.output.metrics_images,
            seed: settings.machine.seed,
            precision: settings.machine.precision,
        }))
    }

    /// What to know of figures against so many pictures, where they are few.
    pub fn caution(&self, dataset: &Dataset) -> Option<String> {
        caution(&self.metrics, self.images, dataset.len())
    }

    /// The metric that says which checkpoint is the best.
    pub fn deciding(&self) -> Metric {
        self.metrics[0]
    }

    /// The figures of `generator` against `dataset`, at the data's resolution.
    ///
    /// # Errors
    /// Whatever the evaluator refuses.
    pub fn figures(&self, generator: &Generator, dataset: &Dataset) -> Result<Vec<Figure>> {
        let (labels, side) = (dataset.labels(), dataset.resolution().into());
        let draws = Draws { images: self.images, seed: self.seed, labels, truncation: 1.0 };
        let mut images = Generated::new(generator, &draws, side, self.precision.kind())?;
        let mut real = Subset::all(dataset);
        let mut evaluator =
            Evaluator::new(&self.networks, &mut real, Some(self.cache.clone()), BATCH);
        evaluator.measure("average", &self.metrics, &mut images, &mut |_, _| ())
    }
}
