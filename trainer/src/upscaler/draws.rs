//! Random numbers for data, which depend on the seed and the step only.

use crate::random::{Stream, key};

/// A sequence of random numbers.
#[derive(Debug)]
pub struct Draws {
    key: u64,
    count: u64,
}

impl Draws {
    /// The sequence of a step.
    pub fn new(seed: u64, step: u64) -> Self {
        Self { key: key(seed, step, Stream::Data), count: 0 }
    }

    /// The sequence of degradations of crop number `crop` of a step.
    pub fn of_crop(seed: u64, step: u64, crop: u64) -> Self {
        Self { key: key(key(seed, step, Stream::Degradation), crop, Stream::Degradation), count: 0 }
    }

    /// Another sequence, which takes one number of this.
    pub fn fork(&mut self) -> Self {
        Self { key: self.next(), count: 0 }
    }

    fn next(&mut self) -> u64 {
        self.count += 1;
        key(self.key, self.count, Stream::Data)
    }

    /// A number in `[0, 1)`.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number below `n`, which is not zero.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// A number from the first to the second of two.
    pub fn within(&mut self, [from, to]: [f64; 2]) -> f64 {
        from + (to - from) * self.uniform()
    }

    /// A number of mean 0 and deviation 1, normally distributed (by Box and Muller).
    pub fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        (radius * (std::f64::consts::TAU * self.uniform()).cos()) as f32
    }

    /// `count` different whole numbers below `n`, or all of them when they are fewer.
    pub fn choose(&mut self, count: usize, n: u32) -> Vec<u32> {
        let mut all: Vec<u32> = (0..n).collect();
        let count = count.min(all.len());
        for i in 0..count {
            let other = i + self.below((all.len() - i) as u64) as usize;
            all.swap(i, other);
        }
        all.truncate(count);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_fill_their_range_evenly() {
        let mut draws = Draws::new(1, 2);
        let mean = (0..4000).map(|_| draws.uniform()).sum::<f64>() / 4000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        let mut counts = [0; 5];
        (0..4000).for_each(|_| counts[draws.below(5) as usize] += 1);
        assert!(counts.iter().all(|c| (700..900).contains(c)), "{counts:?}");
    }

    #[test]
    fn normal_numbers_have_mean_0_and_deviation_1() {
        let mut draws = Draws::new(1, 2);
        let all: Vec<f64> = (0..20_000).map(|_| f64::from(draws.normal())).collect();
        let mean = |power: i32| all.iter().map(|v| v.powi(power)).sum::<f64>() / 20_000.0;
        assert!(mean(1).abs() < 0.03 && (mean(2) - 1.0).abs() < 0.05, "{} {}", mean(1), mean(2));
        assert!((mean(4) - 3.0).abs() < 0.3 && all.iter().all(|v| v.is_finite()));
    }

    #[test]
    fn crops_and_forks_have_numbers_of_their_own() {
        let of_crop = |crop| Draws::of_crop(1, 2, crop).uniform();
        assert_eq!(of_crop(3), of_crop(3));
        assert!(of_crop(3) != of_crop(4) && of_crop(0) != Draws::new(1, 2).uniform());
        let (mut one, mut other) = (Draws::new(1, 2), Draws::new(1, 2));
        let (mut short, mut long) = (one.fork(), other.fork());
        assert_eq!(short.uniform(), long.uniform());
        (0..9).for_each(|_| assert!(long.uniform() < 1.0));
        assert_eq!(one.uniform(), other.uniform());
    }

    #[test]
    fn chosen_numbers_differ_from_each_other_and_by_step() {
        let choose = |step| Draws::new(1, step).choose(40, 100);
        assert_eq!(choose(3).iter().collect::<HashSet<_>>().len(), 40);
        assert!(choose(3).iter().all(|n| *n < 100));
        assert_eq!(choose(3), choose(3));
        assert_ne!(choose(3), choose(4));
        assert_eq!(Draws::new(1, 1).choose(9, 4).len(), 4);
    }
}
