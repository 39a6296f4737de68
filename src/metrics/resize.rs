//! Resampling with an antialiased filter at 8 bits, to the bit as Pillow does it: coefficients with
//! 22 binary digits, and the horizontal pass rounded before the vertical one.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::eight_bits;
use crate::error::Result;
use crate::memory;
use crate::raster::{Filter, Raster, Samples, Taps, check_size};

/// Binary digits of a coefficient.
const PRECISION: u32 = 22;

/// A coefficient with its binary digits.
fn fixed(weight: f64) -> i32 {
    (weight * f64::from(1 << PRECISION)).round() as i32
}

/// The weighted sum of the samples that `sample` gives by number, rounded and clamped.
fn sum(weights: &[i32], sample: impl Fn(usize) -> u8) -> u8 {
    let half = 1 << (PRECISION - 1);
    let terms = weights.iter().enumerate();
    let sum = terms.fold(half, |s, (i, w)| s + w * i32::from(sample(i)));
    (sum >> PRECISION).clamp(0, 255) as u8
}

/// Resamples a picture row by row, so that no buffer of the result is needed.
#[derive(Debug)]
pub struct Resizer<'a> {
    source: Cow<'a, [u8]>,
    source_width: usize,
    channels: usize,
    width: u32,
    across: Taps<i32>,
    down: Taps<i32>,
    /// Source rows from number `first` on, resampled horizontally.
    rows: VecDeque<Vec<u8>>,
    first: usize,
}

impl<'a> Resizer<'a> {
    /// `source`, rounded to 8 bits, at `width x height`.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] when the size is zero or too large.
    pub fn new(source: &'a Raster, width: u32, height: u32, filter: Filter) -> Result<Self> {
        Self::along(source, width, height, |input, output| Taps::new(filter, input, output, fixed))
    }

    /// With taps that `line` gives for the lengths of a line before and after.
    fn along(
        source: &'a Raster,
        width: u32,
        height: u32,
        line: impl Fn(u32, u32) -> Taps<i32>,
    ) -> Result<Self> {
        check_size(width, height)?;
        Ok(Self {
            source: eight_bits(source),
            source_width: source.width() as usize,
            channels: source.channels().count(),
            width,
            across: line(source.width(), width),
            down: line(source.height(), height),
            rows: VecDeque::new(),
            first: 0,
        })
    }

    /// Appends row `row` to `out`. Going through the rows from the top needs the least work.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&mut self, row: u32, out: &mut Vec<u8>) {
        self.prepare(row as usize);
        let weights = self.down.weights(row as usize);
        let (rows, first) = (&self.rows, self.down.first(row as usize) - self.first);
        let samples = 0..self.width as usize * self.channels;
        out.extend(samples.map(|s| sum(weights, |i| rows[first + i][s])));
    }

    /// Keeps exactly the source rows that output row `row` needs.
    fn prepare(&mut self, row: usize) {
        let needed = self.down.first(row)..self.down.end(row);
        while self.first < needed.start && self.rows.pop_front().is_some() {
            self.first += 1;
        }
        if self.rows.is_empty() || self.first > needed.start {
            self.rows.clear();
            self.first = needed.start;
        }
        for i in self.first + self.rows.len()..needed.end {
            let resampled = self.across(i);
            self.rows.push_back(resampled);
        }
    }

    fn across(&self, row: usize) -> Vec<u8> {
        let n = self.channels;
        let line = &self.source[row * self.source_width * n..][..self.source_width * n];
        if self.width as usize == self.source_width {
            return line.to_vec();
        }
        let mut out = Vec::with_capacity(self.across.len() * n);
        for (first, weights) in self.across.all() {
            out.extend((0..n).map(|c| sum(weights, |i| line[(first + i) * n + c])));
        }
        out
    }
}

/// `source`, rounded to 8 bits, at `width x height`.
///
/// # Errors
/// [`crate::Error::Parameter`] when the size is zero or too large.
pub fn resize(source: &Raster, width: u32, height: u32, filter: Filter) -> Result<Raster> {
    all_rows(source, Resizer::new(source, width, height, filter)?)
}

/// As [`resize`], for pictures whose outer samples lie on the ends of their frame
/// ([`crate::Grid::Centres`]): the centres of the outer pixels coincide before and after, not their
/// edges. The filter is centred where the new samples lie.
///
/// # Errors
/// As [`resize`].
pub fn resize_centres(source: &Raster, width: u32, height: u32, filter: Filter) -> Result<Raster> {
    let line = |input, output| Taps::centres(filter, input, output, fixed);
    all_rows(source, Resizer::along(source, width, height, line)?)
}

fn all_rows(source: &Raster, mut resizer: Resizer<'_>) -> Result<Raster> {
    let (width, height) = (resizer.width, resizer.down.len() as u32);
    let mut out =
        memory::with_capacity(width as usize * height as usize * resizer.channels, "size")?;
    (0..height).for_each(|row| resizer.row(row, &mut out));
    Raster::new(width, height, source.channels(), Samples::U8(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{Golden, raster};
    use crate::raster::Channels;

    #[test]
    fn as_pillow_to_the_bit() {
        let golden = Golden::read();
        let source = raster(&golden.source);
        for (name, filter) in [("bicubic", Filter::Bicubic), ("lanczos", Filter::Lanczos)] {
            for want in golden.resized.iter().filter(|g| g.filter == name) {
                let [width, height] = want.picture.size;
                let got = resize(&source, width, height, filter).unwrap();
                assert_eq!(got, raster(&want.picture), "{name} {width}x{height}");
            }
        }
    }

    /// A slope keeps its values where samples lie, away from the ends, where the filter is cut.
    #[test]
    fn centres_keep_their_places() {
        let slope = |side: u32| {
            let at = |x: u32| (f64::from(x) / f64::from(side - 1) * 240.0).round() as u8;
            let samples = (0..side).flat_map(|_| (0..side).map(at)).collect();
            Raster::new(side, side, Channels::Gray, Samples::U8(samples)).unwrap()
        };
        let reduced = resize_centres(&slope(80), 40, 40, Filter::Bicubic).unwrap();
        let (reduced, expected) = (reduced.samples(), slope(40));
        for x in 3..37 {
            let (got, want) = (reduced.get(x), expected.samples().get(x));
            assert!((got - want).abs() * 255.0 <= 1.01, "{x}: {got} {want}");
        }
        // An ordinary reduction is off at both ends, by up to a quarter of a step of six.
        let plain = resize(&slope(400), 40, 40, Filter::Bicubic).unwrap();
        assert!(plain.samples().get(4) * 255.0 > slope(40).samples().get(4) * 255.0 + 1.0);
        assert_eq!(resize_centres(&slope(9), 9, 9, Filter::Lanczos).unwrap(), slope(9));
        assert!(resize_centres(&slope(9), 1, 1, Filter::Lanczos).is_ok());
    }

    #[test]
    fn rows_in_any_order() {
        let source = raster(&Golden::read().source);
        let whole = resize(&source, 31, 40, Filter::Lanczos).unwrap();
        let Samples::U8(whole) = whole.samples() else { panic!("8 bits") };
        let mut resizer = Resizer::new(&source, 31, 40, Filter::Lanczos).unwrap();
        for row in [39, 0, 20, 19, 21, 3] {
            let mut out = Vec::new();
            resizer.row(row, &mut out);
            assert_eq!(out, whole[row as usize * 93..][..93], "row {row}");
        }
    }
}
