//! Which pictures a step sees.

use crate::random::{Stream, key};

/// The pictures of all steps of a run: every epoch goes through all of them in an order of its own,
/// and a batch may reach from one epoch into the next.
#[derive(Debug)]
pub struct Order {
    seed: u64,
    batch: usize,
    count: usize,
    epoch: Option<Epoch>,
}

#[derive(Debug)]
struct Epoch {
    number: u64,
    /// Random numbers and the pictures they stand for, in the order of the numbers.
    drawn: Vec<(u64, usize)>,
}

impl Order {
    /// The order in which batches of `batch` take from `count` pictures, both at least 1.
    pub fn new(seed: u64, batch: usize, count: usize) -> Self {
        Self { seed, batch, count, epoch: None }
    }

    /// The pictures of `step`, and which of them are flipped if any are: a function of seed, step
    /// and the sizes, whatever was asked before.
    pub fn draw(&mut self, step: u64) -> (Vec<usize>, Vec<bool>) {
        let first = u128::from(step) * self.batch as u128;
        (0..self.batch).map(|i| self.at(first + i as u128)).unzip()
    }

    fn at(&mut self, position: u128) -> (usize, bool) {
        let count = self.count as u128;
        let (number, place) = ((position / count) as u64, (position % count) as usize);
        if self.epoch.as_ref().is_none_or(|epoch| epoch.number != number) {
            self.epoch = Some(Epoch::new(self.seed, number, self.count));
        }
        let drawn = self.epoch.as_ref().map_or(&[][..], |epoch| &epoch.drawn);
        let (number, index) = drawn[place];
        (index, number & 1 == 1)
    }
}

impl Epoch {
    fn new(seed: u64, number: u64, count: usize) -> Self {
        let epoch = key(seed, number, Stream::Data);
        let draw = |index| (key(epoch, index as u64, Stream::Data), index);
        let mut drawn: Vec<_> = (0..count).map(draw).collect();
        drawn.sort_unstable();
        Self { number, drawn }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_sees_all_pictures_once() {
        let mut order = Order::new(3, 4, 10);
        let seen: Vec<usize> = (0..5).flat_map(|step| order.draw(step).0).collect();
        let (first, second) = seen.split_at(10);
        assert_ne!(first, second);
        for epoch in [first, second] {
            let mut epoch = epoch.to_vec();
            epoch.sort_unstable();
            assert_eq!(epoch, (0..10).collect::<Vec<_>>());
        }
    }

    #[test]
    fn steps_do_not_depend_on_those_before() {
        let mut order = Order::new(3, 4, 10);
        let all: Vec<_> = (0..20).map(|step| order.draw(step)).collect();
        assert_eq!(Order::new(3, 4, 10).draw(17), all[17]);
        assert_ne!(Order::new(4, 4, 10).draw(17), all[17]);
        assert_eq!(Order::new(3, 30, 10).draw(0).0.len(), 30);
        assert_eq!(Order::new(3, 2, 10).draw(u64::MAX).0.len(), 2);
    }

    #[test]
    fn orders_and_flips_are_even() {
        let (mut first, mut flipped) = ([0; 8], 0);
        let mut order = Order::new(1, 8, 8);
        for step in 0..4000 {
            let (indices, flips) = order.draw(step);
            first[indices[0]] += 1;
            flipped += flips.iter().filter(|&&flip| flip).count();
        }
        // Five standard deviations.
        assert!(first.iter().all(|&count: &i32| (count - 500).abs() < 105), "{first:?}");
        assert!(flipped.abs_diff(16_000) < 450, "{flipped}");
    }
}
