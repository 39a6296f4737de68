//! rFID of the averaged generator while it is trained.

use std::path::{Path, PathBuf};

use tch::Device;

use super::options::Options;
use crate::data::Dataset;
use crate::device::Precision;
use crate::error::Result;
use crate::generator::Generator;
use crate::metrics::{Draws, Evaluator, Figure, Generated, Metric, NetworkArgs, Networks, Subset};

/// What is measured: it needs no pretrained file.
const METRICS: [Metric; 1] = [Metric::Rfid];
/// Pictures that are measured at a time.
const BATCH: usize = 32;

/// Measures generators of a run, always on the same latents.
pub struct Measure {
    networks: Networks,
    cache: PathBuf,
    images: usize,
    seed: u64,
    precision: Precision,
}

impl Measure {
    /// What the options ask for; `None` when they ask for nothing. Statistics of the data are kept in
    /// the run's `folder`.
    ///
    /// # Errors
    /// [`Error::Torch`](crate::Error::Torch).
    pub fn new(options: &Options, folder: &Path, device: Device) -> Result<Option<Self>> {
        if options.output.metrics_kimg == 0.0 {
            return Ok(None);
        }
        let networks = NetworkArgs::default();
        Ok(Some(Self {
            networks: Networks::open(&networks, &METRICS, Precision::F32, device)?,
            cache: folder.join("metrics"),
            images: options.output.metrics_images,
            seed: options.machine.seed,
            precision: options.machine.precision(),
        }))
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
        evaluator.measure("average", &METRICS, &mut images, &mut |_, _| ())
    }
}
