//! Figures of sets of images against a reference.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tch::Tensor;

use super::collect::{Gathered, Job, Progress, collect};
use super::extractor::hexadecimal;
use super::networks::{Metric, Networks};
use super::recognition::{Labelled, recognised};
use super::source::Source;
use super::{NEIGHBOUR, SPLITS, coverage, frechet_distance, inception_score};
use crate::error::{Error, Result};

/// Version of what cached statistics mean; another one makes old files unused.
const CACHE_VERSION: u32 = 1;

/// A metric's value, with all that it depends on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// Whose it is.
    pub subject: String,
    /// Which metric, by its usual name.
    pub metric: String,
    /// The value.
    pub value: f64,
    /// Deviation over the splits, of the Inception score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
    /// Feature network and settings: figures of different modes cannot be compared.
    pub mode: String,
    /// Number of images measured.
    pub images: usize,
    /// Number of images they are compared with; 0 where there is no comparison.
    pub reference_images: usize,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {:.4}", self.subject, self.metric, self.value)?;
        if let Some(deviation) = self.deviation {
            write!(f, " ± {deviation:.4}")?;
        }
        write!(f, " [{}; {} images", self.mode, self.images)?;
        match self.reference_images {
            0 => write!(f, "]"),
            count => write!(f, " against {count}]"),
        }
    }
}

/// Measures sets of images against one reference, whose statistics are made once and kept in files.
pub struct Evaluator<'a> {
    networks: &'a Networks,
    reference: &'a mut dyn Source,
    cache: Option<PathBuf>,
    batch: usize,
    known: Vec<(Job, Gathered)>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator that passes `batch` images at a time and keeps statistics of the reference in the
    /// folder `cache`.
    pub fn new(
        networks: &'a Networks,
        reference: &'a mut dyn Source,
        cache: Option<PathBuf>,
        batch: usize,
    ) -> Self {
        Self { networks, reference, cache, batch, known: Vec::new() }
    }

    /// The figures of `metrics` for the images of `source`, which are called `subject`. `progress` is
    /// told of the reference's images, where they are needed, and then of the source's.
    ///
    /// # Errors
    /// Whatever the sources and networks refuse; [`Error::Parameter`] when there are too few images.
    pub fn measure(
        &mut self,
        subject: &str,
        metrics: &[Metric],
        source: &mut dyn Source,
        progress: &mut Progress<'_>,
    ) -> Result<Vec<Figure>> {
        let labels = source.labels();
        let known = labels.is_some() && self.reference.labels().is_some();
        if metrics.contains(&Metric::Recognised) && !known {
            return Err(unknown_classes());
        }
        self.prepare(metrics, progress)?;
        let mut jobs = Vec::new();
        for metric in metrics {
            let job = self.networks.job(*metric)?;
            if !jobs.contains(&job) {
                jobs.push(job);
            }
        }
        let gathered = collect(self.networks.list(), &jobs, source, self.batch, progress)?;
        let gathered: Vec<_> = jobs.into_iter().zip(gathered).collect();
        let figure = |metric: &Metric| self.figure(subject, *metric, &gathered, labels.as_ref());
        metrics.iter().map(figure).collect()
    }

    /// Makes what `metrics` need of the reference, in one pass, or takes it from files.
    fn prepare(&mut self, metrics: &[Metric], progress: &mut Progress<'_>) -> Result<()> {
        let mut missing = Vec::new();
        for metric in metrics.iter().filter(|m| m.needs_real()) {
            let job = self.networks.job(*metric)?;
            if find(&self.known, job).is_some() || missing.contains(&job) {
                continue;
            }
            let cached = self.file(job).and_then(|path| Gathered::load(&path, job.gather));
            match cached.filter(|c| c.count() == self.reference.len()) {
                Some(cached) => self.known.push((job, cached)),
                None => missing.push(job),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let list = self.networks.list();
        let made = collect(list, &missing, self.reference, self.batch, progress)?;
        for (job, made) in missing.into_iter().zip(made) {
            if let Some(path) = self.file(job) {
                made.save(&path)?;
            }
            self.known.push((job, made));
        }
        Ok(())
    }

    /// Where a job's result for the reference is kept, if it is.
    fn file(&self, job: Job) -> Option<PathBuf> {
        let (folder, data) = (self.cache.as_ref()?, self.reference.key()?);
        let network = self.networks.list()[job.network].identity().key.as_str();
        let (output, gather) = (job.output, job.gather);
        let words = format!("{CACHE_VERSION}\n{data}\n{network}\n{output:?}\n{gather:?}");
        Some(folder.join(format!("{}.safetensors", hexadecimal(&Sha256::digest(words)[..16]))))
    }

    fn figure(
        &self,
        subject: &str,
        metric: Metric,
        made: &[(Job, Gathered)],
        labels: Option<&Tensor>,
    ) -> Result<Figure> {
        let job = self.networks.job(metric)?;
        let generated = require(made, job)?;
        let real = match metric.needs_real() {
            true => Some(require(&self.known, job)?),
            false => None,
        };
        let (value, deviation) = match metric {
            Metric::Recognised => (self.recognised(generated, labels, real)?, None),
            _ => value(metric, generated, real)?,
        };
        Ok(Figure {
            subject: subject.to_owned(),
            metric: self.networks.title(metric),
            value,
            deviation,
            mode: self.mode(metric, job),
            images: generated.count(),
            reference_images: real.map_or(0, Gathered::count),
        })
    }

    /// How many are recognised, of labelled images, by a classifier fitted to the reference.
    fn recognised(
        &self,
        made: &Gathered,
        labels: Option<&Tensor>,
        real: Option<&Gathered>,
    ) -> Result<f64> {
        let known = self.reference.labels().ok_or_else(unknown_classes)?;
        let classes = labels.ok_or_else(unknown_classes)?;
        match (made, real) {
            (Gathered::Vectors(made), Some(Gathered::Vectors(real))) => recognised(
                Labelled { vectors: real, classes: &known },
                Labelled { vectors: made, classes },
            ),
            _ => Err(mixed()),
        }
    }

    fn mode(&self, metric: Metric, job: Job) -> String {
        let network = self.networks.list()[job.network].identity().name.as_str();
        match metric {
            Metric::Fid | Metric::Rfid | Metric::FdEfficientnet => network.to_owned(),
            Metric::Recognised => format!("{network}, linear classifier"),
            Metric::Sfid => format!("{network}, first 7 channels of mixed_6/conv"),
            Metric::Is => format!("{network}, {SPLITS} splits, no output bias"),
            Metric::Precision | Metric::Recall => format!("{network}, k = {NEIGHBOUR}"),
        }
    }
}

fn unknown_classes() -> Error {
    let problem = "recognised needs classes on both sides; leave it out where there are none";
    Error::parameter("--metrics", problem)
}

/// A metric of what was gathered, and its deviation where it has one.
fn value(metric: Metric, made: &Gathered, real: Option<&Gathered>) -> Result<(f64, Option<f64>)> {
    match (metric, made, real) {
        (Metric::Is, Gathered::Vectors(probabilities), _) => {
            let (mean, deviation) = inception_score(probabilities, SPLITS)?;
            Ok((mean, Some(deviation)))
        }
        (_, Gathered::Moments(made), Some(Gathered::Moments(real))) => {
            Ok((frechet_distance(&real.gaussian()?, &made.gaussian()?)?, None))
        }
        (_, Gathered::Vectors(made), Some(Gathered::Vectors(real))) => {
            let real = real.to_device(made.device());
            let (probes, set) =
                if metric == Metric::Recall { (&real, made) } else { (made, &real) };
            Ok((coverage(probes, set, NEIGHBOUR)?, None))
        }
        _ => Err(mixed()),
    }
}

fn mixed() -> Error {
    Error::parameter("--metrics", "statistics of two kinds were mixed")
}

fn find(list: &[(Job, Gathered)], job: Job) -> Option<&Gathered> {
    list.iter().find(|(known, _)| *known == job).map(|(_, gathered)| gathered)
}

fn require(list: &[(Job, Gathered)], job: Job) -> Result<&Gathered> {
    find(list, job)
        .ok_or_else(|| Error::parameter("--metrics", format!("{job:?} was not gathered")))
}
