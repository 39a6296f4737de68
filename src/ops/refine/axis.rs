//! Along one axis: a picture from its enlargement, and an enlargement from a picture.

use super::kept::{Pixel, Rows};
use crate::raster::Filter;

/// What the samples of a line take from another line: the bicubic [`Filter`], antialiased where the
/// line becomes shorter.
#[derive(Debug)]
pub(super) struct Taps {
    /// Of every sample the first input, and where its weights start.
    starts: Vec<[u32; 2]>,
    weights: Vec<f32>,
}

/// Both ways between the samples of a picture and those of its enlargement.
#[derive(Debug)]
pub(super) struct Axis {
    /// The picture from its enlargement.
    pub reduce: Taps,
    /// The enlargement from the picture.
    pub enlarge: Taps,
}

impl Axis {
    /// Between `small` and `large` samples.
    pub fn new(small: u32, large: u32) -> Self {
        Self { reduce: Taps::new(large, small), enlarge: Taps::new(small, large) }
    }
}

impl Taps {
    fn new(input: u32, output: u32) -> Self {
        let mut taps = Self { starts: Vec::with_capacity(output as usize), weights: Vec::new() };
        for index in 0..output {
            let (first, weights) = Filter::Bicubic.weights(index, input, output);
            taps.starts.push([first as u32, taps.weights.len() as u32]);
            taps.weights.extend(weights.iter().map(|w| *w as f32));
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

    #[inline]
    fn weights(&self, index: usize) -> &[f32] {
        let start = self.starts[index][1] as usize;
        let end = self.starts.get(index + 1).map_or(self.weights.len(), |[_, next]| *next as usize);
        &self.weights[start..end]
    }

    /// The end of the samples from `index` on, below `end`, whose inputs lie before `input`.
    pub fn ready(&self, index: usize, end: usize, input: usize) -> usize {
        (index..end.min(self.len())).find(|i| self.end(*i) > input).unwrap_or(end.min(self.len()))
    }

    /// All samples of a line from those of `line`, into `out`.
    pub fn across(&self, line: &[Pixel], out: &mut [Pixel]) {
        for (index, out) in out.iter_mut().enumerate() {
            let weights = self.weights(index);
            let first = self.starts[index][0] as usize;
            let mut sum = [0.0; 4];
            for (weight, pixel) in weights.iter().zip(&line[first..first + weights.len()]) {
                sum.iter_mut().zip(pixel).for_each(|(s, v)| *s += weight * v);
            }
            *out = sum;
        }
    }

    /// The row with number `index` from `rows`, into `out`.
    pub fn down(&self, index: usize, rows: &Rows<Pixel>, out: &mut Vec<Pixel>) {
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
