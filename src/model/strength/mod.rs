//! How much an upscaler cleans.

mod estimator;

pub use estimator::{Evidence, StrengthEstimator};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How much an upscaler is told to clean, from 0, nothing, to 1. What it is told is how bad the
/// picture is, so that more than that takes detail with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Strength {
    /// Of noise.
    pub denoise: f32,
    /// Of blur and of what compression left.
    pub deblur: f32,
}

impl Strength {
    /// How many numbers it has.
    pub const NUMBERS: usize = 2;

    /// Whether nothing is to be cleaned.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The name of a number that is not 0, or of the first.
    pub(crate) fn asked(&self) -> &'static str {
        if self.denoise == 0.0 && self.deblur != 0.0 { "deblur" } else { "denoise" }
    }

    /// Checks that both numbers are from 0 to 1.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the one that is not.
    pub fn check(&self) -> Result<()> {
        let numbers = [("denoise", self.denoise), ("deblur", self.deblur)];
        match numbers.into_iter().find(|(_, number)| !(0.0..=1.0).contains(number)) {
            Some((name, number)) => {
                Err(Error::parameter(name, format!("{number} is not from 0 to 1")))
            }
            None => Ok(()),
        }
    }
}

/// How much of something is cleaned.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Amount {
    /// As much as the picture seems to need.
    #[default]
    Auto,
    /// So much, from 0 to 1.
    Of(f32),
}

impl Amount {
    fn or(self, estimate: f32) -> f32 {
        match self {
            Self::Auto => estimate,
            Self::Of(number) => number,
        }
    }
}

impl std::str::FromStr for Amount {
    type Err = String;

    /// A number from 0 to 1, or `auto`; the error says so.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text.parse() {
            _ if text == "auto" => Ok(Self::Auto),
            Ok(number) if (0.0..=1.0).contains(&number) => Ok(Self::Of(number)),
            _ => Err(format!("{text:?} is no amount; give 0 to 1, or auto")),
        }
    }
}

/// How much an upscaler is to clean, where some of it may depend on the picture. The default leaves
/// it all to the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cleaning {
    /// Of noise.
    pub denoise: Amount,
    /// Of blur and of what compression left.
    pub deblur: Amount,
}

impl Cleaning {
    /// Nothing.
    pub const NONE: Self = Self { denoise: Amount::Of(0.0), deblur: Amount::Of(0.0) };

    /// Whether the picture must be looked at.
    pub fn needs_estimate(&self) -> bool {
        self.denoise == Amount::Auto || self.deblur == Amount::Auto
    }

    /// What the upscaler is told of a picture that seems to need `estimate`.
    pub fn strength(&self, estimate: Strength) -> Strength {
        Strength {
            denoise: self.denoise.or(estimate.denoise),
            deblur: self.deblur.or(estimate.deblur),
        }
    }
}

impl From<Strength> for Cleaning {
    fn from(strength: Strength) -> Self {
        Self { denoise: Amount::Of(strength.denoise), deblur: Amount::Of(strength.deblur) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_goes_before_what_is_seen() {
        let seen = Strength { denoise: 0.25, deblur: 0.5 };
        let cleaning = Cleaning { denoise: Amount::Of(0.0), ..Cleaning::default() };
        assert!(cleaning.needs_estimate() && !Cleaning::NONE.needs_estimate());
        assert_eq!(cleaning.strength(seen), Strength { denoise: 0.0, deblur: 0.5 });
        assert!(Cleaning::NONE.strength(seen).is_none());
        assert_eq!(Cleaning::from(seen).strength(Strength::default()), seen);
    }

    #[test]
    fn amounts_are_read() {
        let amount = |text: &str| text.parse::<Amount>();
        assert_eq!(amount("auto"), Ok(Amount::Auto));
        assert_eq!((amount("0"), amount("0.25")), (Ok(Amount::Of(0.0)), Ok(Amount::Of(0.25))));
        for wrong in ["", "-0.1", "1.01", "nan", "inf", "Auto", "50%"] {
            assert!(amount(wrong).unwrap_err().contains("0 to 1"), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_from_0_to_1() {
        let check = |denoise, deblur| Strength { denoise, deblur }.check();
        assert!(check(0.0, 1.0).is_ok());
        for (denoise, deblur, name) in [(-0.1, 0.5, "denoise"), (0.0, f32::NAN, "deblur")] {
            let problem = check(denoise, deblur).unwrap_err().to_string();
            assert!(problem.starts_with(name), "{problem}");
        }
    }
}
