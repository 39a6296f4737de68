//! Which augmentation a run has.

use std::fmt;
use std::str::FromStr;

use super::DiffAugment;
use crate::{Error, Result};

/// What `--augment` calls the adaptive one.
const ADAPTIVE: &str = "ada";

/// What is done to pictures before a discriminator sees them. As text `ada`, or as [`DiffAugment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The same changes all the time.
    Fixed(DiffAugment),
    /// Changes with a probability that adapts ([`adaptive`](super::adaptive)).
    Adaptive,
}

impl Default for Policy {
    fn default() -> Self {
        Self::Fixed(DiffAugment::all())
    }
}

impl FromStr for Policy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.trim() {
            ADAPTIVE => Ok(Self::Adaptive),
            other => other.parse().map(Self::Fixed),
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(policy) => policy.fmt(f),
            Self::Adaptive => f.write_str(ADAPTIVE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_adaptive_one_stands_alone() {
        for text in ["ada", "none", "color,cutout"] {
            assert_eq!(text.parse::<Policy>().unwrap().to_string(), text);
        }
        let error = "ada,color".parse::<Policy>().unwrap_err().to_string();
        assert!(
            error.contains("\"ada\" is none of") && error.contains("or say ada alone"),
            "{error}"
        );
    }
}
