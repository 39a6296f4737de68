//! Degradations: what happened to a picture before somebody enlarges it.
//!
//! ```text
//! reduced crop ─ Work ─ Stage, Stage, ... (blur, resize, noise, jpeg, webp) ─ picture and Damage
//! ```
//!
//! A [`Chain`] is a list of stages, each with a probability and ranges, in JSON:
//!
//! ```json
//! [
//!     { "probability": 0.5, "blur": { "shapes": ["gaussian", "disc"], "radius": [0.2, 1.5] } },
//!     { "probability": 1, "jpeg": { "quality": [30, 95], "half_chroma": 0.5 } }
//! ]
//! ```

mod blur;
mod codec;
mod noise;
mod pixels;
mod stage;
mod work;

use std::ops::RangeInclusive;
use std::path::Path;

use polyinr::Raster;
use serde::{Deserialize, Serialize};

use self::codec::Jpeg;
use self::pixels::Pixels;
use self::stage::{Action, Stage};
pub use self::work::Damage;
use self::work::Work;
use super::draws::Draws;
use crate::error::{Error, Result};

/// Chains by name, as JSON.
const PRESETS: [(&str, &str); 4] = [
    ("none", "[]"),
    ("jpeg", include_str!("presets/jpeg.json")),
    ("web", include_str!("presets/web.json")),
    ("photo", include_str!("presets/photo.json")),
];

/// Stages that a picture passes through one after another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Chain {
    stages: Vec<Stage>,
}

impl Chain {
    /// The chain of that name, or that of a JSON file.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a name that is neither, a file that is no chain, and numbers out of
    /// range.
    pub fn open(name: &str) -> Result<Self> {
        if let Some((_, json)) = PRESETS.iter().find(|(known, _)| *known == name) {
            return Self::read(name, json);
        }
        let json = std::fs::read_to_string(Path::new(name)).map_err(|e| {
            let names = PRESETS.map(|(name, _)| name).join(", ");
            refused(format!("{name:?} is none of {names}, and cannot be read as a file: {e}"))
        })?;
        Self::read(name, &json)
    }

    fn read(name: &str, json: &str) -> Result<Self> {
        let chain: Self =
            serde_json::from_str(json).map_err(|e| refused(format!("{name} is no chain: {e}")))?;
        chain.check()?;
        Ok(chain)
    }

    /// Compression as JPEG of a share of pictures, half of them with colour differences at half the
    /// resolution.
    pub fn jpeg(quality: &RangeInclusive<u8>, probability: f64) -> Self {
        let jpeg = Jpeg { quality: [*quality.start(), *quality.end()], half_chroma: 0.5 };
        Self { stages: vec![Stage { probability, action: Action::Jpeg(jpeg) }] }
    }

    /// Whether it does nothing to any picture.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// What it is called, or how long it is, in words.
    pub fn summary(&self) -> String {
        let is = |(_, json): &&(&str, &str)| {
            serde_json::from_str::<Self>(json).is_ok_and(|preset| preset == *self)
        };
        match PRESETS.iter().find(is) {
            Some((name, _)) => format!("the chain {name:?}"),
            None => format!("a chain of {} stages", self.stages.len()),
        }
    }

    /// Checks all numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the first stage that makes no sense.
    pub fn check(&self) -> Result<()> {
        let problem = |(i, stage): (usize, &Stage)| Some((i + 1, stage.problem()?));
        match self.stages.iter().enumerate().find_map(problem) {
            Some((number, problem)) => Err(refused(format!("stage {number}: {problem}"))),
            None => Ok(()),
        }
    }

    /// What becomes of an 8-bit RGB picture, and how much there is to clean in it.
    ///
    /// # Errors
    /// [`Error::Parameter`] and [`Error::Library`] when an encoder fails.
    pub(super) fn apply(&self, picture: &Raster, draws: &mut Draws) -> Result<(Raster, Damage)> {
        let mut work = Work::new(Pixels::from_raster(picture));
        self.stages.iter().try_for_each(|stage| stage.apply(&mut work, draws))?;
        let (pixels, strength) = work.finish();
        Ok((pixels.to_raster(), strength))
    }
}

impl std::str::FromStr for Chain {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Self, String> {
        Self::open(name).map_err(|e| e.to_string())
    }
}

fn refused(problem: String) -> Error {
    Error::parameter("--degrade", problem)
}

#[cfg(test)]
mod tests;
