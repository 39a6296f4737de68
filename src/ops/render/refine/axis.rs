//! Along one axis: a picture from its enlargement, and an enlargement from a picture.

use super::kept::{Pixel, Rows};
use crate::raster::{Filter, Taps};

/// Both ways between the samples of a picture and those of its enlargement.
#[derive(Debug)]
pub(super) struct Axis {
    /// The picture from its enlargement.
    pub reduce: Taps<f32>,
    /// The enlargement from the picture.
    pub enlarge: Taps<f32>,
}

impl Axis {
    /// Between `small` and `large` samples.
    pub fn new(small: u32, large: u32) -> Self {
        let taps = |input, output| Taps::new(Filter::Bicubic, input, output, |w| w as f32);
        Self { reduce: taps(large, small), enlarge: taps(small, large) }
    }
}

impl Taps<f32> {
    /// The end of the samples from `index` on, below `end`, whose inputs lie before `input`.
    pub(super) fn ready(&self, index: usize, end: usize, input: usize) -> usize {
        (index..end.min(self.len())).find(|i| self.end(*i) > input).unwrap_or(end.min(self.len()))
    }

    /// All samples of a line from those of `line`, into `out`.
    pub(super) fn across(&self, line: &[Pixel], out: &mut [Pixel]) {
        for (out, (first, weights)) in out.iter_mut().zip(self.all()) {
            let mut sum = [0.0; 4];
            for (weight, pixel) in weights.iter().zip(&line[first..first + weights.len()]) {
                sum.iter_mut().zip(pixel).for_each(|(s, v)| *s += weight * v);
            }
            *out = sum;
        }
    }

    /// The row with number `index` from `rows`, into `out`.
    pub(super) fn down(&self, index: usize, rows: &Rows<Pixel>, out: &mut Vec<Pixel>) {
        let first = self.first(index);
        out.clear();
        out.resize(rows.row(first).len(), [0.0; 4]);
        for (row, weight) in (first..).zip(self.weights(index)) {
            let sums = out.as_flattened_mut().iter_mut();
            sums.zip(rows.row(row).as_flattened()).for_each(|(s, v)| *s += weight * v);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_lines_stay_flat() {
        for (small, large) in [(1, 1), (1, 9), (5, 5), (7, 12), (10, 40)] {
            let axis = Axis::new(small, large);
            for (taps, from) in [(&axis.reduce, large), (&axis.enlarge, small)] {
                let mut out = vec![[0.0; 4]; taps.len()];
                taps.across(&vec![[0.5, 1.0, 2.0, 0.0]; from as usize], &mut out);
                for [r, g, b, _] in out {
                    let far = (r - 0.5).abs() + (g - 1.0).abs() + (b - 2.0).abs();
                    assert!(far < 1e-5, "{small} {large}: {r} {g} {b}");
                }
                assert_eq!(taps.end(taps.len() - 1), from as usize);
            }
        }
    }
}
