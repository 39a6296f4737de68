//! How often adaptive augmentation changes pictures.

use tch::{Kind, Tensor};

/// Steps from one change of the probability to the next.
const STEPS: u32 = 4;

/// What the probability follows, and how quickly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Mean sign of the discriminator's logits of real pictures that is aimed at.
    pub target: f64,
    /// Thousands of pictures in which the probability goes from 0 to 1.
    pub kimg: f64,
}

/// The probability of changes: it grows while the discriminator is right about more of the real
/// pictures than it should be, which is a sign that it knows them by heart, and falls otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strength {
    p: f64,
    /// Sum of the signs since the last change, weighted by pictures.
    signs: f64,
    /// Real pictures since then.
    pictures: f64,
    steps: u32,
}

impl Strength {
    /// The probability.
    pub fn p(&self) -> f64 {
        self.p
    }

    /// Takes note of the mean sign of the logits of a step's `batch` real pictures.
    pub fn look(&mut self, sign: f64, batch: u64, pace: Pace) {
        self.signs += sign * batch as f64;
        self.pictures += batch as f64;
        self.steps += 1;
        if self.steps < STEPS {
            return;
        }
        let step = self.pictures / (pace.kimg * 1e3).max(1.0);
        let excess = self.signs / self.pictures - pace.target;
        let direction = if excess == 0.0 { 0.0 } else { excess.signum() };
        let p = (self.p + direction * step).clamp(0.0, 1.0);
        *self = Self { p, ..Self::default() };
    }

    /// All of it, for a checkpoint.
    pub fn state(&self) -> Tensor {
        Tensor::from_slice(&[self.p, self.signs, self.pictures, f64::from(self.steps)])
    }

    /// That of a checkpoint.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn load(state: &Tensor) -> Result<Self, String> {
        let values = Vec::<f64>::try_from(state.to_kind(Kind::Double)).unwrap_or_default();
        match values[..] {
            [p, signs, pictures, steps] => Ok(Self { p, signs, pictures, steps: steps as u32 }),
            _ => Err("the state of the augmentation has another shape".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { target: 0.6, kimg: 1.0 };

    #[test]
    fn the_probability_follows_the_signs_of_real_pictures() {
        let mut strength = Strength::default();
        let mut looks = |sign: f64, steps: usize| {
            (0..steps).for_each(|_| strength.look(sign, 10, PACE));
            strength.p()
        };
        assert_eq!(looks(0.9, 3), 0.0);
        assert!((looks(0.9, 1) - 0.04).abs() < 1e-12);
        assert!((looks(0.61, 16) - 0.2).abs() < 1e-12);
        assert!((looks(0.5, 8) - 0.12).abs() < 1e-12);
        assert_eq!(looks(-1.0, 400), 0.0);
        assert_eq!(looks(1.0, 4000), 1.0);
    }

    #[test]
    fn its_state_is_all_of_it() {
        let mut strength = Strength::default();
        (0..7).for_each(|step| strength.look(0.1 * f64::from(step), 8, PACE));
        let mut loaded = Strength::load(&strength.state()).unwrap();
        assert_eq!(loaded, strength);
        for each in [&mut loaded, &mut strength] {
            each.look(0.7, 8, PACE);
        }
        assert_eq!(loaded, strength);
        assert!(Strength::load(&Tensor::from_slice(&[1.0])).is_err());
    }
}
