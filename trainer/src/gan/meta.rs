//! What a run writes down of itself beside weights and figures.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tch::nn::VarStore;

use super::game::Game;
use super::schedule::Schedule;
use super::settings::Settings;
use super::state::State;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::nn::store::trainable;

/// What a checkpoint of a run says beside its tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// Version of the program that wrote it.
    pub program: String,
    /// What the run follows.
    #[serde(rename = "options")]
    pub settings: Settings,
    /// Steps that were made; the next one has this number.
    pub step: u64,
    /// Stage of the schedule that the tensors have the shapes of.
    pub stage: usize,
    /// Seconds of training so far, over all resumptions.
    pub seconds: f64,
    /// Number of pictures in the data set.
    pub pictures: usize,
    /// Names of its classes; empty for none.
    pub classes: Vec<String>,
    /// How right the discriminator has been.
    #[serde(default)]
    pub game: Game,
}

impl Meta {
    /// Whether `dataset` is what the checkpoint at `path` was trained on, as far as the number of
    /// pictures and the classes say.
    ///
    /// # Errors
    /// [`Error::Weights`] with both.
    pub fn check_data(&self, path: &Path, dataset: &Dataset) -> Result<()> {
        let (classes, pictures) = (dataset.class_names(), dataset.len());
        if self.pictures == pictures && self.classes == classes {
            return Ok(());
        }
        let problem = format!(
            "it was trained on {} pictures of {} classes, the data has {pictures} of {}; give the data of \
             the run's beginning",
            self.pictures,
            self.classes.len(),
            classes.len()
        );
        Err(Error::weights(path, problem))
    }
}

/// What `run.json` says.
pub fn about(
    settings: &Settings,
    schedule: &Schedule,
    dataset: &Dataset,
    state: &State,
    step: u64,
) -> serde_json::Value {
    let count = |store: &VarStore| -> usize {
        trainable(store).iter().map(|(_, tensor)| tensor.numel()).sum()
    };
    json!({
        "program": env!("CARGO_PKG_VERSION"),
        "options": settings,
        "schedule": schedule,
        "begun_at_step": step,
        "pictures": dataset.len(),
        "classes": dataset.class_names(),
        "skipped": dataset.report().skipped,
        "generator_parameters": count(state.generator.store()),
        "discriminator_parameters": count(state.discriminator.get().store()),
    })
}
