//! Means of the numbers that steps give.

use std::collections::BTreeMap;

use super::step::{DiscriminatorOutcome, GeneratorOutcome};

/// Sums of named numbers since the last look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Means(BTreeMap<&'static str, (f64, u32)>);

impl Means {
    /// Adds what a step gave; the generator's part is left out while it waits.
    pub fn add(&mut self, d: &DiscriminatorOutcome, g: Option<&GeneratorOutcome>) {
        let always = [
            ("loss_d", d.loss_d),
            ("norm_d", d.norm_d),
            ("sign_real", d.sign_real),
            ("sign_fake", d.sign_fake),
        ];
        let sometimes = [
            ("r1", d.r1),
            ("augment", d.augment),
            ("loss_g", g.map(|g| g.loss_g)),
            ("norm_g", g.map(|g| g.norm_g)),
            ("range", g.map(|g| g.range)),
            ("guidance", g.and_then(|g| g.guidance)),
        ];
        let sometimes = sometimes.into_iter().filter_map(|(name, value)| Some((name, value?)));
        for (name, value) in always.into_iter().chain(sometimes) {
            let (sum, count) = self.0.entry(name).or_default();
            *sum += value;
            *count += 1;
        }
    }

    /// The means so far by name; counting begins anew.
    pub fn take(&mut self) -> BTreeMap<String, f64> {
        let sums = std::mem::take(&mut self.0).into_iter();
        sums.map(|(name, (sum, count))| (name.to_owned(), sum / f64::from(count))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_sometimes_there_count_when_they_are() {
        let mut means = Means::default();
        for (loss_d, r1) in [(1.0, Some(3.0)), (2.0, None), (6.0, Some(5.0))] {
            let d = DiscriminatorOutcome { loss_d, r1, ..DiscriminatorOutcome::default() };
            means.add(
                &d,
                r1.map(|_| GeneratorOutcome { loss_g: loss_d, ..Default::default() }).as_ref(),
            );
        }
        let taken = means.take();
        assert_eq!((taken["loss_d"], taken["r1"], taken["loss_g"]), (3.0, 4.0, 3.5));
        assert!(!taken.contains_key("guidance"));
        assert!(means.take().is_empty());
    }
}
