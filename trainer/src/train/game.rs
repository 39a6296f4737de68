//! Watches whether the discriminator still has something to learn: one that is always right teaches the generator
//! nothing.

use super::step::DiscriminatorOutcome;

/// Mean signs of logits beyond which the discriminator is always right.
const CERTAIN: f64 = 0.95;

/// Pictures over which signs are averaged.
const LOOK: u64 = 1_000;

/// The part of the limit after which a warning is given.
const WARNING: f64 = 0.25;

/// What there is to say after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Open,
    /// The discriminator has begun to be always right.
    Certain,
    /// It has been so for long, which is said once.
    Warning,
    /// It has been so for as long as the limit allows.
    Lost,
}

/// Signs of a discriminator's logits as a run goes on. It begins anew where a run is resumed.
#[derive(Clone, Debug)]
pub struct Game {
    /// Pictures that the discriminator may be always right about; none for any number.
    limit: Option<u64>,
    /// Sums of signs, weighted by pictures, since the last look, and their pictures.
    real: f64,
    fake: f64,
    pictures: u64,
    /// Pictures since it has been always right.
    certain: Option<u64>,
    warned: bool,
}

impl Game {
    /// A game that is lost when the discriminator was always right for `kimg` thousands of pictures; 0 for
    /// never, but it is warned of after a quarter of the usual limit.
    pub fn new(kimg: f64) -> Self {
        let limit = (kimg > 0.0).then_some((kimg * 1000.0) as u64);
        Self { limit, real: 0.0, fake: 0.0, pictures: 0, certain: None, warned: false }
    }

    /// Looks at what came of a step with `batch` real pictures.
    pub fn look(&mut self, outcome: &DiscriminatorOutcome, batch: u64) -> Verdict {
        self.real += outcome.sign_real * batch as f64;
        self.fake += outcome.sign_fake * batch as f64;
        self.pictures += batch;
        if self.pictures < LOOK {
            return Verdict::Open;
        }
        let seen = std::mem::take(&mut self.pictures);
        let real = std::mem::take(&mut self.real) / seen as f64;
        let fake = std::mem::take(&mut self.fake) / seen as f64;
        self.judge(real > CERTAIN && fake < -CERTAIN, seen)
    }

    fn judge(&mut self, certain: bool, seen: u64) -> Verdict {
        if !certain {
            (self.certain, self.warned) = (None, false);
            return Verdict::Open;
        }
        let Some(before) = self.certain else {
            self.certain = Some(seen);
            return Verdict::Certain;
        };
        let pictures = before + seen;
        self.certain = Some(pictures);
        let limit = self.limit.unwrap_or(super::options::SATURATED_KIMG as u64 * 1000);
        if self.limit.is_some() && pictures >= limit {
            return Verdict::Lost;
        }
        if !self.warned && pictures as f64 >= limit as f64 * WARNING {
            self.warned = true;
            return Verdict::Warning;
        }
        Verdict::Open
    }

    /// Thousands of pictures that it has been always right about.
    pub fn certain_kimg(&self) -> f64 {
        self.certain.unwrap_or(0) as f64 / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(real: f64, fake: f64) -> DiscriminatorOutcome {
        DiscriminatorOutcome { sign_real: real, sign_fake: fake, ..Default::default() }
    }

    fn verdicts(game: &mut Game, real: f64, fake: f64, steps: usize) -> Vec<Verdict> {
        let looks = (0..steps).map(|_| game.look(&outcome(real, fake), 100));
        looks.filter(|verdict| *verdict != Verdict::Open).collect()
    }

    #[test]
    fn one_that_is_always_right_is_warned_of_and_ends() {
        let mut game = Game::new(8.0);
        assert_eq!(verdicts(&mut game, 0.9, -1.0, 50), []);
        assert_eq!(verdicts(&mut game, 1.0, -0.97, 10), [Verdict::Certain]);
        assert_eq!(verdicts(&mut game, 1.0, -0.97, 10), [Verdict::Warning]);
        assert_eq!(verdicts(&mut game, 1.0, -0.97, 50), []);
        assert_eq!(verdicts(&mut game, 1.0, -0.97, 10), [Verdict::Lost]);
        assert_eq!(game.certain_kimg(), 8.0);
    }

    #[test]
    fn doubt_begins_anew_and_no_limit_ends_nothing() {
        let mut game = Game::new(8.0);
        verdicts(&mut game, 1.0, -1.0, 70);
        assert_eq!(verdicts(&mut game, 0.5, -1.0, 10), []);
        assert_eq!(verdicts(&mut game, 1.0, -1.0, 10), [Verdict::Certain]);
        let seen = verdicts(&mut Game::new(0.0), 1.0, -1.0, 2000);
        assert_eq!(seen, [Verdict::Certain, Verdict::Warning]);
    }
}
