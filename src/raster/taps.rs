//! Resampling a line of samples: what every sample of a new line takes from the old one.

use super::Filter;

/// What the samples of a line take from another line, with weights as the arithmetic wants them.
#[derive(Clone, Debug)]
pub(crate) struct Taps<W> {
    /// Of every sample the first input, and where its weights start.
    starts: Vec<[u32; 2]>,
    weights: Vec<W>,
}

impl<W> Taps<W> {
    /// A line of `output` samples from one of `input`, where both have the same outer edges
    /// ([`Filter::weights`]);
    /// `weight` rounds. A line of the same length is the old one.
    pub fn new(filter: Filter, input: u32, output: u32, weight: impl Fn(f64) -> W) -> Self {
        // Of what has no weight nothing is taken, where that is all but one: it may be no number.
        let taken = |index: u32| match input == output {
            true => (index as usize, vec![1.0]),
            false => filter.weights(index, input, output),
        };
        Self::of(output, taken, weight)
    }

    /// The same where the centres of both lines' outer samples coincide.
    pub fn centres(filter: Filter, input: u32, output: u32, weight: impl Fn(f64) -> W) -> Self {
        if output == 1 {
            return Self::new(filter, input, output, weight);
        }
        let scale = f64::from(input - 1) / f64::from(output - 1);
        let centre = |index: u32| f64::from(index) * scale + 0.5;
        Self::of(output, |index| filter.weights_at(centre(index), input, scale), weight)
    }

    fn of(
        output: u32,
        taken: impl Fn(u32) -> (usize, Vec<f64>),
        weight: impl Fn(f64) -> W,
    ) -> Self {
        let mut taps = Self { starts: Vec::with_capacity(output as usize), weights: Vec::new() };
        for (first, weights) in (0..output).map(taken) {
            taps.starts.push([first as u32, taps.weights.len() as u32]);
            taps.weights.extend(weights.into_iter().map(&weight));
        }
        taps
    }

    /// Number of samples that take.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// The first input of sample `index`; one after all inputs for samples that are not there.
    pub fn first(&self, index: usize) -> usize {
        self.starts.get(index).map_or(usize::MAX, |[first, _]| *first as usize)
    }

    /// The input after the last of sample `index`.
    pub fn end(&self, index: usize) -> usize {
        self.first(index) + self.weights(index).len()
    }

    /// The weights of sample `index`, from its first input on.
    #[inline]
    pub fn weights(&self, index: usize) -> &[W] {
        let start = self.starts[index][1] as usize;
        let end = self.starts.get(index + 1).map_or(self.weights.len(), |[_, next]| *next as usize);
        &self.weights[start..end]
    }

    /// First input and weights of all samples.
    pub fn all(&self) -> impl Iterator<Item = (usize, &[W])> {
        (0..self.len()).map(|index| (self.first(index), self.weights(index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_of_the_same_length_is_itself() {
        for filter in [Filter::Bicubic, Filter::Lanczos] {
            let taps = Taps::new(filter, 9, 9, |w| w);
            assert!(taps.all().enumerate().all(|(i, (first, w))| first == i && w == [1.0]));
        }
    }

    proptest! {
        /// Every sample is a mean of inputs that are there, in order.
        #[test]
        fn weights_are_of_inputs_and_sum_to_one(input in 1u32..200, output in 1u32..200, lanczos: bool) {
            let filter = if lanczos { Filter::Lanczos } else { Filter::Bicubic };
            for taps in [Taps::new(filter, input, output, |w| w), Taps::centres(filter, input, output, |w| w)] {
                prop_assert_eq!(taps.len(), output as usize);
                let mut before = 0;
                for (index, (first, weights)) in taps.all().enumerate() {
                    prop_assert!(!weights.is_empty() && first >= before);
                    prop_assert!(taps.end(index) == first + weights.len() && taps.end(index) <= input as usize);
                    prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                    before = first;
                }
                prop_assert_eq!(taps.first(output as usize), usize::MAX);
            }
        }
    }
}
