//! Watches whether the discriminator still has something to learn: one that is always right teaches
//! the generator nothing.

use serde::{Deserialize, Serialize};

use super::options::SATURATED_KIMG;
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
    /// The discriminator has been always right for long, which is said once.
    Warning,
    /// It has been always right for as long as the limit allows.
    Lost,
}

/// Signs of a discriminator's logits as a run goes on; a part of its checkpoints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Game {
    /// Sums of signs, weighted by pictures, since the last look, and their pictures.
    real: f64,
    fake: f64,
    pictures: u64,
    /// The last checkpoint when these sums began.
    checkpoint: Option<u64>,
    /// Pictures since it has been always right.
    certain: Option<u64>,
    /// The last checkpoint before.
    before: Option<u64>,
    warned: bool,
}

impl Game {
    /// Looks at what came of a step with `batch` real pictures, when `checkpoint` was the last one.
    /// The game is lost when the discriminator was always right for `limit` pictures; none for
    /// never, but that is warned of after a quarter of the usual limit.
    pub fn look(
        &mut self,
        outcome: &DiscriminatorOutcome,
        batch: u64,
        checkpoint: Option<u64>,
        limit: Option<u64>,
    ) -> Verdict {
        if self.pictures == 0 {
            self.checkpoint = checkpoint;
        }
        self.real += outcome.sign_real * batch as f64;
        self.fake += outcome.sign_fake * batch as f64;
        self.pictures += batch;
        if self.pictures < LOOK {
            return Verdict::Open;
        }
        let seen = std::mem::take(&mut self.pictures);
        let real = std::mem::take(&mut self.real) / seen as f64;
        let fake = std::mem::take(&mut self.fake) / seen as f64;
        if real <= CERTAIN || fake >= -CERTAIN {
            (self.certain, self.before, self.warned) = (None, None, false);
            return Verdict::Open;
        }
        if self.certain.is_none() {
            self.before = self.checkpoint;
        }
        let pictures = self.certain.unwrap_or(0) + seen;
        self.certain = Some(pictures);
        if limit.is_some_and(|limit| pictures >= limit) {
            return Verdict::Lost;
        }
        let usual = SATURATED_KIMG as u64 * 1000;
        if !self.warned && pictures as f64 >= limit.unwrap_or(usual) as f64 * WARNING {
            self.warned = true;
            return Verdict::Warning;
        }
        Verdict::Open
    }

    /// The last checkpoint before the discriminator was always right, while it is.
    pub fn before(&self) -> Option<u64> {
        self.before
    }

    /// Steps of the checkpoints that may be gone back to.
    pub fn checkpoints(&self) -> impl Iterator<Item = u64> + use<> {
        self.before.into_iter().chain(self.checkpoint)
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

    /// What is said of steps with 100 pictures each, when the last checkpoint is that of step 7.
    fn verdicts(game: &mut Game, signs: [f64; 2], steps: usize, limit: u64) -> Vec<Verdict> {
        let limit = (limit > 0).then_some(limit);
        let looks =
            (0..steps).map(|_| game.look(&outcome(signs[0], signs[1]), 100, Some(7), limit));
        looks.filter(|verdict| *verdict != Verdict::Open).collect()
    }

    #[test]
    fn one_that_is_always_right_is_warned_of_and_ends() {
        let mut game = Game::default();
        assert_eq!(verdicts(&mut game, [0.9, -1.0], 50, 8000), []);
        assert_eq!(verdicts(&mut game, [1.0, -0.97], 10, 8000), []);
        assert_eq!(game.before(), Some(7));
        assert_eq!(verdicts(&mut game, [1.0, -0.97], 10, 8000), [Verdict::Warning]);
        // It goes on from a checkpoint as if it had not stopped.
        let text = serde_json::to_string(&game).unwrap();
        let mut game: Game = serde_json::from_str(&text).unwrap();
        assert_eq!(verdicts(&mut game, [1.0, -0.97], 50, 8000), []);
        assert_eq!(verdicts(&mut game, [1.0, -0.97], 10, 8000), [Verdict::Lost]);
        assert_eq!((game.certain_kimg(), game.before()), (8.0, Some(7)));
    }

    #[test]
    fn doubt_begins_anew_and_no_limit_ends_nothing() {
        let mut game = Game::default();
        verdicts(&mut game, [1.0, -1.0], 70, 8000);
        assert_eq!(verdicts(&mut game, [0.5, -1.0], 10, 8000), []);
        assert_eq!((game.certain_kimg(), game.before()), (0.0, None));
        assert_eq!(verdicts(&mut Game::default(), [1.0, -1.0], 2000, 0), [Verdict::Warning]);
    }
}
