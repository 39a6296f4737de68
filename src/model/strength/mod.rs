//! How much an upscaler cleans, and how much detail it draws.

mod estimator;

pub use estimator::{Evidence, StrengthEstimator};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What an upscaler is told beside the picture, each from 0, nothing, to 1. How much it is to clean is how
/// bad the picture is, so that more than that takes detail with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Strength {
    /// Noise, and what compression left, to clean.
    pub denoise: f32,
    /// Blur to clean.
    pub deblur: f32,
    /// Detail to draw that looks as if it were there: at 0 a result is as near to the truth as it can be,
    /// at 1 as sharp.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub detail: f32,
}

fn is_zero(number: &f32) -> bool {
    *number == 0.0
}

impl Strength {
    /// How many numbers say how much to clean.
    pub const NUMBERS: usize = 2;

    /// Whether nothing is to be done.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The name of the first of the cleaning numbers that is not 0.
    pub(crate) fn asked(&self) -> Option<&'static str> {
        let numbers = [("denoise", self.denoise), ("deblur", self.deblur)];
        numbers.into_iter().find(|(_, number)| *number != 0.0).map(|(name, _)| name)
    }

    /// Checks that all numbers are from 0 to 1.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the one that is not.
    pub fn check(&self) -> Result<()> {
        let numbers = [("denoise", self.denoise), ("deblur", self.deblur), ("detail", self.detail)];
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
        match text.parse::<f32>() {
            _ if text == "auto" => Ok(Self::Auto),
            // Not -0, which would be shown.
            Ok(number) if (0.0..=1.0).contains(&number) => Ok(Self::Of(number + 0.0)),
            _ => Err(format!("{text:?} is no amount; give 0 to 1, or auto")),
        }
    }
}

/// What an upscaler is to be told, where some of it may depend on the picture. The default leaves
/// cleaning to the picture, and draws no detail.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Treatment {
    /// Noise, and what compression left, to clean.
    pub denoise: Amount,
    /// Blur to clean.
    pub deblur: Amount,
    /// Detail to draw, from 0 to 1.
    pub detail: f32,
}

impl Treatment {
    /// Nothing.
    pub const NONE: Self = Self { denoise: Amount::Of(0.0), deblur: Amount::Of(0.0), detail: 0.0 };

    /// Whether the picture must be looked at.
    pub fn needs_estimate(&self) -> bool {
        self.denoise == Amount::Auto || self.deblur == Amount::Auto
    }

    /// What the upscaler is told of a picture that seems to need `estimate`.
    pub fn strength(&self, estimate: Strength) -> Strength {
        Strength {
            denoise: self.denoise.or(estimate.denoise),
            deblur: self.deblur.or(estimate.deblur),
            detail: self.detail,
        }
    }
}

impl From<Strength> for Treatment {
    fn from(Strength { denoise, deblur, detail }: Strength) -> Self {
        Self { denoise: Amount::Of(denoise), deblur: Amount::Of(deblur), detail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_goes_before_what_is_seen() {
        let seen = Strength { denoise: 0.25, deblur: 0.5, detail: 0.0 };
        let treatment =
            Treatment { denoise: Amount::Of(0.0), detail: 0.75, ..Treatment::default() };
        assert!(treatment.needs_estimate() && !Treatment::NONE.needs_estimate());
        let told = Strength { denoise: 0.0, deblur: 0.5, detail: 0.75 };
        assert_eq!(treatment.strength(seen), told);
        assert_eq!((told.asked(), seen.asked()), (Some("deblur"), Some("denoise")));
        assert!(Treatment::NONE.strength(seen).is_none());
        assert_eq!(Treatment::from(told).strength(Strength::default()), told);
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
        let check = |denoise, deblur, detail| Strength { denoise, deblur, detail }.check();
        assert!(check(0.0, 1.0, 0.5).is_ok());
        let wrong = [
            ([-0.1, 0.5, 0.0], "denoise"),
            ([0.0, f32::NAN, 0.0], "deblur"),
            ([0.0, 0.0, 1.5], "detail"),
        ];
        for ([denoise, deblur, detail], name) in wrong {
            let problem = check(denoise, deblur, detail).unwrap_err().to_string();
            assert!(problem.starts_with(name), "{problem}");
        }
    }
}
