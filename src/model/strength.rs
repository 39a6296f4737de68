//! How much an upscaler cleans.

use crate::error::{Error, Result};

/// How much an upscaler is told to clean, from 0, nothing, to 1. What it is told is how bad the
/// picture is, so that more than that takes detail with it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strength {
    /// Of noise.
    pub denoise: f32,
    /// Of blur and of what compression left.
    pub deblur: f32,
}

impl Strength {
    /// How many numbers it has.
    pub const NUMBERS: usize = 2;

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

#[cfg(test)]
mod tests {
    use super::*;

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
