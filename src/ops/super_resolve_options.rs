//! How a picture becomes larger.

use super::refine::Refine;
use crate::error::{Error, Result};
use crate::field::PictureFile;
use crate::model::{Strength, Treatment};
use crate::view::View;

/// How a picture becomes larger. The default cleans as much as the picture seems to need, with an
/// upscaler that can be told, and adds nothing to what the network gives.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SuperResolveOptions {
    /// Corrects the result until its reduction is the picture.
    pub refine: Option<Refine>,
    /// How much is cleaned, and how much detail is drawn.
    pub treatment: Treatment,
    /// Whether results are the mean of what the network makes of the picture turned and mirrored in all
    /// eight ways: a little nearer to the truth, in eight times the time.
    pub tta: bool,
}

impl SuperResolveOptions {
    /// What the upscaler is asked for: nothing is cleaned where results are refined, since that brings
    /// back what was taken.
    ///
    /// # Errors
    /// [`Error::Parameter`] when results are to be refined and an amount of cleaning over 0 is asked for.
    pub fn asked(&self) -> Result<Treatment> {
        if self.refine.is_none() {
            return Ok(self.treatment);
        }
        match self.treatment.strength(Strength::default()).asked() {
            None => Ok(Treatment { detail: self.treatment.detail, ..Treatment::NONE }),
            Some(name) => {
                let problem =
                    format!("it brings back what {name} takes away; leave out one of the two");
                Err(Error::parameter("refine", problem))
            }
        }
    }

    /// What a field file says.
    pub fn of(file: &PictureFile) -> Self {
        Self { refine: file.refine(), treatment: file.strength().into(), tta: false }
    }

    /// These options, and no refinement where what `view` shows of a picture of `from` pixels
    /// [cannot be refined](Refine::check_view).
    pub fn for_view(self, from: (u32, u32), view: &View) -> Self {
        let refine = self.refine.filter(|refine| refine.check_view(from, view).is_ok());
        Self { refine, ..self }
    }
}
