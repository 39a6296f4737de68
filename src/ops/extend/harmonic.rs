//! The smoothest continuation of a picture's border: the harmonic one.
//!
//! Photographs' power falls with about the square of the frequency. For a random picture with that
//! spectrum, what is to be expected outside is the solution of `Δu = 0` with the border's values:
//! every place is the mean over what a random walk from there first meets of the border. Detail of
//! the border thus fades with the distance, and nothing is beyond the border's range. The outer
//! sides are free.

use super::channel::{Channel, Frame};

/// Passes over every level after its first guess, of which each moves every other pixel.
const PASSES: usize = 20;
/// Passes over the coarsest level.
const FIRST_PASSES: usize = 200;

/// The larger picture of `frame`, `inner` continued.
pub(super) fn continued(inner: &Channel, frame: &Frame) -> Channel {
    let known = |x: usize, y: usize| frame.distance(x, y) == [0, 0];
    let [width, height] = frame.outer();
    let known = (0..width * height).map(|i| known(i % width, i / width)).collect();
    let mut level = Level { channel: inner.replicated(frame), known };
    level.solve(frame.widest());
    level.channel
}

/// The problem on one grid.
struct Level {
    channel: Channel,
    known: Vec<bool>,
}

impl Level {
    /// Solves it from coarse to fine; margins are `widest` pixels at most.
    fn solve(&mut self, widest: usize) {
        let least = self.channel.width.min(self.channel.height);
        if widest <= 2 || least < 4 {
            return self.relax(FIRST_PASSES);
        }
        let mut coarse = self.halved();
        coarse.solve(widest.div_ceil(2));
        self.guess(&coarse.channel);
        self.relax(PASSES);
    }

    /// The problem with half as many pixels a side: means of four, of those of them that are known.
    fn halved(&self) -> Self {
        let Channel { width, height, .. } = self.channel;
        let size = [width.div_ceil(2), height.div_ceil(2)];
        let four = |x: usize, y: usize| {
            let places = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(i, k)| (2 * x + i, 2 * y + k));
            places.into_iter().filter(|(x, y)| *x < width && *y < height)
        };
        let is_known = |(x, y): (usize, usize)| self.known[y * width + x];
        let any = |x: usize, y: usize| four(x, y).any(is_known);
        let channel = Channel::from_fn(size, |x, y| {
            let only = any(x, y);
            let counted = four(x, y).filter(|at| !only || is_known(*at));
            let (sum, count) =
                counted.fold((0.0, 0.0), |(s, n), (x, y)| (s + self.channel.at(x, y), n + 1.0));
            sum / count
        });
        let known = (0..size[0] * size[1]).map(|i| any(i % size[0], i / size[0])).collect();
        Self { channel, known }
    }

    /// Takes unknown pixels from a coarser solution, linearly interpolated.
    fn guess(&mut self, coarse: &Channel) {
        let near = |i: usize, n: usize| {
            let (first, share) =
                if i % 2 == 1 { (i / 2, 0.25) } else { ((i / 2).max(1) - 1, 0.75) };
            let share = if i == 0 { 0.0 } else { share };
            (first.min(n - 1), (first + 1).min(n - 1), share)
        };
        let width = self.channel.width;
        for (i, value) in self.channel.values.iter_mut().enumerate() {
            if self.known[i] {
                continue;
            }
            let (x0, x1, s) = near(i % width, coarse.width);
            let (y0, y1, t) = near(i / width, coarse.height);
            let row = |y: usize| coarse.at(x0, y) + s * (coarse.at(x1, y) - coarse.at(x0, y));
            *value = row(y0) + t * (row(y1) - row(y0));
        }
    }

    /// Makes every unknown pixel the mean of its neighbours, every other pixel at a time.
    fn relax(&mut self, passes: usize) {
        let Channel { width, height, .. } = self.channel;
        let values = &mut self.channel.values;
        for pass in 0..passes {
            for y in 0..height {
                for x in ((y + pass) % 2..width).step_by(2) {
                    let i = y * width + x;
                    if self.known[i] {
                        continue;
                    }
                    let (mut sum, mut count) = (0.0, 0.0);
                    let mut add = |inside: bool, at: usize| {
                        if inside {
                            sum += values[at];
                            count += 1.0f32;
                        }
                    };
                    add(x > 0, i.wrapping_sub(1));
                    add(x + 1 < width, i + 1);
                    add(y > 0, i.wrapping_sub(width));
                    add(y + 1 < height, i + width);
                    if count > 0.0 {
                        values[i] = sum / count;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_stays_and_the_rest_is_between() {
        let inner = Channel::from_fn([17, 11], |x, y| ((x * 7 + y * 3) % 10) as f32 / 10.0);
        for margins in [[3, 0, 9, 1], [40, 2, 0, 5], [0, 1, 0, 0]] {
            let frame = Frame { inner: inner.size(), margins };
            let outer = continued(&inner, &frame);
            assert_eq!(outer.size(), frame.outer());
            assert_eq!(outer.cropped(&frame), inner);
            assert!(outer.values.iter().all(|v| (0.0..=0.9).contains(v)));
        }
    }

    #[test]
    fn one_colour_goes_on() {
        let inner = Channel::from_fn([5, 5], |_, _| 0.25);
        let outer = continued(&inner, &Frame { inner: [5, 5], margins: [8; 4] });
        assert!(outer.values.iter().all(|v| (v - 0.25).abs() < 1e-6));
    }

    #[test]
    fn detail_fades_with_the_distance() {
        let stripes = Channel::from_fn([64, 16], |x, _| (x / 2 % 2) as f32);
        let outer = continued(&stripes, &Frame { inner: [64, 16], margins: [32, 0, 0, 0] });
        let spread = |y: usize| {
            let row = (16..48).map(|x| outer.at(x, y));
            row.clone().fold(f32::MIN, f32::max) - row.fold(f32::MAX, f32::min)
        };
        assert!(spread(31) > 0.2 && spread(24) < 0.05 && spread(0) < 0.02, "{}", spread(24));
    }
}
