//! What of two fields is mixed or interpolated.

use std::fmt::{self, Display};
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::field::GeneratedField;
use crate::model::Generator;

/// What of two fields is mixed or interpolated: as text `z`, `w`, `a` or `rgb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// The latent z, known of fields that were made from seeds. There is nothing to mix in it.
    Z,
    /// The latents w of the levels, known of fields that were made from seeds, and of mixes and
    /// interpolations of these in w.
    W,
    /// The code, which every field of a generator has: the image's own parameters, such as
    /// Poly-INR's affine ones.
    A,
    /// The pictures' colours: between two pictures, not fields.
    Rgb,
}

impl Space {
    /// `W` where the styles of all `fields` are known, else `A`.
    pub fn common<'a>(fields: impl IntoIterator<Item = &'a GeneratedField>) -> Self {
        let known = fields.into_iter().all(|field| field.styles().is_some());
        if known { Self::W } else { Self::A }
    }

    /// The letter that users write.
    pub fn name(self) -> &'static str {
        match self {
            Self::Z => "z",
            Self::W => "w",
            Self::A => "a",
            Self::Rgb => "rgb",
        }
    }
}

impl FromStr for Space {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "z" | "Z" => Ok(Self::Z),
            "w" | "W" => Ok(Self::W),
            "a" | "A" => Ok(Self::A),
            "rgb" | "RGB" => Ok(Self::Rgb),
            _ => Err(Error::parameter("space", format!("{text:?} is none; give z, w, a or rgb"))),
        }
    }
}

impl Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// That both fields are of one model.
pub(super) fn check_same_model(a: &GeneratedField, b: &GeneratedField) -> Result<()> {
    let (first, second) = (a.model(), b.model());
    if first.id == second.id && a.network().has_shape_of(b.network()) {
        return Ok(());
    }
    Err(Error::parameter(
        "fields",
        format!(
            "one belongs to model {} ({}), another to {} ({}); take fields of one model",
            first.name, first.id, second.name, second.id
        ),
    ))
}

/// That a field is one of `generator`'s.
pub(super) fn check_generator(generator: &Generator, field: &GeneratedField) -> Result<()> {
    let (given, wanted) = (generator.id(), field.model());
    if given.id == wanted.id {
        return Ok(());
    }
    Err(Error::parameter(
        "model",
        format!(
            "the field belongs to model {} ({}), not to {} ({}); give that one",
            wanted.name, wanted.id, given.name, given.id
        ),
    ))
}

/// Why fields cannot be taken together in `space`.
pub(super) fn unknown(space: Space) -> Error {
    let problem = match space {
        Space::Z => "the latent z of a field is not known, only that of fields made from seeds is",
        _ => "the latents w of a field are not known; it was inverted, or its code was changed",
    };
    let way = match space {
        Space::Z => "w or a",
        _ => "a",
    };
    Error::parameter("space", format!("{problem}; take space {way}"))
}
