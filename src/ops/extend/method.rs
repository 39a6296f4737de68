//! Methods by which margins are made, and the sides that have them.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// How a photograph's margin is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExtendMethod {
    /// The field of the photograph in a generator, and the smooth continuation of what is left.
    Field,
    /// The smooth continuation of the photograph alone: harmonic, with mirrored detail that fades.
    Smooth,
    /// The photograph mirrored.
    Reflection,
}

impl ExtendMethod {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Field, Self::Smooth, Self::Reflection];

    /// Its name, as users give it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Smooth => "smooth",
            Self::Reflection => "reflection",
        }
    }
}

impl fmt::Display for ExtendMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ExtendMethod {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|m| m.name() == text).ok_or_else(|| {
            let problem = format!("{text:?} is none; give field, smooth or reflection");
            Error::parameter("method", problem)
        })
    }
}

/// A side of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Above.
    Top,
    /// On the right.
    Right,
    /// Below.
    Bottom,
    /// On the left.
    Left,
}

impl Side {
    /// All four, clockwise.
    pub const ALL: [Self; 4] = [Self::Top, Self::Right, Self::Bottom, Self::Left];

    /// Its name: `top`, `right`, `bottom` or `left`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::Right => "right",
            Self::Bottom => "bottom",
            Self::Left => "left",
        }
    }
}
