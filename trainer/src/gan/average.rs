//! The averaged generator in a checkpoint: what a run is for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use tch::Device;

use super::measured::Measured;
use super::meta::Meta;
use super::plan::generator_config;
use super::schedule::Schedule;
use super::state::part_of;
use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::nn::store;
use crate::run::shelf::{self, Shelf};

/// An averaged generator and where it comes from.
#[derive(Debug)]
pub struct Average {
    /// The generator.
    pub generator: Generator,
    /// What its checkpoint says of the run.
    pub meta: Meta,
    /// The run's schedule.
    pub schedule: Schedule,
    /// The checkpoint.
    pub path: PathBuf,
}

impl Average {
    /// The averaged generator of the checkpoint at `path`, or of the latest good one of the run in
    /// that folder, or of its `best` one; newer ones that are damaged are handed to `warn`.
    ///
    /// # Errors
    /// [`Error::Weights`] when the checkpoint is damaged, naming the last good one beside it, or there
    /// is none; [`Error::Io`].
    pub fn open(
        path: &Path,
        best: bool,
        device: Device,
        warn: &mut dyn FnMut(&Error),
    ) -> Result<Self> {
        let path = if best { best_of_run(path)? } else { path.to_owned() };
        let (path, checkpoint) = shelf::open::<Meta>(&path, warn)?;
        let meta = checkpoint.meta;
        let schedule = Schedule::new(&meta.settings.schedule)?;
        let stage = &schedule.stages()[meta.stage];
        let config = generator_config(&meta.settings.networks, &meta.classes, stage);
        let tensors: HashMap<_, _> = part_of("average", &checkpoint.tensors).collect();
        let embedding = tensors.get("mapping.embed.weight").and_then(|t| t.size2().ok());
        let width = embedding.map_or(0, |(_, width)| width.cast_unsigned() as usize);
        let generator = Generator::new(&config, width, device);
        store::load(generator.store(), &tensors)
            .map_err(|problem| Error::weights(&path, problem))?;
        Ok(Self { generator, meta, schedule, path })
    }

    /// The training in a sentence.
    pub fn training(&self) -> String {
        let (meta, schedule) = (&self.meta, &self.schedule);
        let side = schedule.stages()[meta.stage].resolution;
        let kimg = schedule.images(meta.step) as f64 / 1000.0;
        let classes = match meta.classes.len() {
            0 => String::new(),
            n => format!(" of {n} classes"),
        };
        let model = meta.settings.networks.from.as_deref().and_then(Path::file_stem);
        let from = model.map_or(String::new(), |m| format!("from {}, ", m.display()));
        format!(
            "polyinr-train {}: {from}{} pictures{classes} at up to {side} pixels a side, {kimg:.1} \
             thousand shown, {:.1} hours",
            meta.program,
            meta.pictures,
            meta.seconds / 3600.0
        )
    }
}

/// The checkpoint with the best figure that a run has measured: the one in that folder, or the one whose
/// checkpoint or folder of checkpoints that is.
fn best_of_run(path: &Path) -> Result<PathBuf> {
    let folder = shelf::run_folder(path)
        .or_else(|| shelf::run_folder(&path.join("any")))
        .unwrap_or_else(|| path.to_owned());
    let (folder, shelf) = (&*folder, Shelf::of_run(&folder));
    let Some(best) = Measured::best_of_run(folder, |step| shelf.path(step).exists()) else {
        let problem = "nothing was measured of a run in this folder: there is no best checkpoint; train with \
                       --metrics-kimg, or leave --best out";
        return Err(Error::weights(folder, problem));
    };
    Ok(shelf.path(best.step))
}
