//! A picture becomes smaller, row by row.

use std::collections::VecDeque;

use super::{Channels, Filter, Raster, RowSource, Samples, Taps};
use crate::error::Result;

/// Alpha under which colour is taken for unknown.
const CLEAR: f32 = 1e-4;

/// A source reduced by the antialiased bicubic [`Filter`]; sides that do not become shorter stay.
pub(crate) struct Reduced {
    source: Box<dyn RowSource>,
    size: [u32; 2],
    /// Whether colours count by their alpha.
    weighted: bool,
    across: Taps<f32>,
    down: Taps<f32>,
    /// Rows from number `first` on, reduced across.
    rows: VecDeque<Vec<f32>>,
    first: usize,
    /// Number of the next row to give.
    next: u32,
}

impl Reduced {
    /// `source` at `size` pixels, width and height; where it is not opaque, colours count by alpha.
    pub fn new(source: Box<dyn RowSource>, size: [u32; 2], opaque: bool) -> Self {
        let from = [source.width(), source.height()];
        let size = [size[0].min(from[0]), size[1].min(from[1])];
        let taps = |axis: usize| Taps::new(Filter::Bicubic, from[axis], size[axis], |w| w as f32);
        let [across, down] = [0, 1].map(taps);
        let weighted = source.channels().has_alpha() && !opaque;
        Self { source, size, weighted, across, down, rows: VecDeque::new(), first: 0, next: 0 }
    }

    /// Reads the rows that row `row` takes, and forgets those before.
    fn prepare(&mut self, row: usize) -> Result<()> {
        let (start, end) = (self.down.first(row), self.down.end(row));
        while self.first + self.rows.len() < end {
            let Some(strip) = self.source.next_rows(16)? else { break };
            let len = strip.row_len();
            for row in 0..strip.height() as usize {
                let line = self.line(strip.samples(), row * len..(row + 1) * len);
                self.rows.push_back(line);
            }
        }
        while self.first < start && self.rows.pop_front().is_some() {
            self.first += 1;
        }
        Ok(())
    }

    /// One row, reduced across; colour multiplied by alpha where it counts by that.
    fn line(&self, samples: &Samples, range: std::ops::Range<usize>) -> Vec<f32> {
        let n = self.source.channels().count();
        let mut line: Vec<f32> = range.map(|i| samples.get(i)).collect();
        if self.weighted {
            for pixel in line.chunks_exact_mut(n) {
                let alpha = pixel[n - 1];
                pixel[..n - 1].iter_mut().for_each(|v| *v *= alpha);
            }
        }
        if self.across.len() * n == line.len() {
            return line;
        }
        let mut out = vec![0.0f32; self.across.len() * n];
        for (out, (first, weights)) in out.chunks_exact_mut(n).zip(self.across.all()) {
            for (weight, pixel) in weights.iter().zip(line[first * n..].chunks_exact(n)) {
                out.iter_mut().zip(pixel).for_each(|(o, v)| *o += weight * v);
            }
        }
        out
    }

    /// Appends the next row to `out`.
    fn row(&mut self, out: &mut Vec<f32>) -> Result<()> {
        let row = self.next as usize;
        self.prepare(row)?;
        let n = self.source.channels().count();
        let start = out.len();
        out.resize(start + self.size[0] as usize * n, 0.0);
        let out = &mut out[start..];
        let (first, weights) = (self.down.first(row), self.down.weights(row));
        for (weight, line) in weights.iter().zip(self.rows.range(first - self.first..)) {
            out.iter_mut().zip(line).for_each(|(o, v)| *o += weight * v);
        }
        if self.weighted {
            for pixel in out.chunks_exact_mut(n) {
                let alpha = pixel[n - 1];
                let factor = if alpha > CLEAR { alpha.recip() } else { 0.0 };
                pixel[..n - 1].iter_mut().for_each(|v| *v *= factor);
                pixel[n - 1] = if alpha > CLEAR { alpha.min(1.0) } else { 0.0 };
            }
        }
        self.next += 1;
        Ok(())
    }
}

impl RowSource for Reduced {
    fn width(&self) -> u32 {
        self.size[0]
    }

    fn height(&self) -> u32 {
        self.size[1]
    }

    fn channels(&self) -> Channels {
        self.source.channels()
    }

    fn next_rows(&mut self, count: u32) -> Result<Option<Raster>> {
        let count = count.min(self.size[1] - self.next);
        if count == 0 {
            return Ok(None);
        }
        let mut out = Vec::new();
        for _ in 0..count {
            self.row(&mut out)?;
        }
        Raster::new(self.size[0], count, self.channels(), Samples::F32(out)).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::metrics;
    use crate::raster::RasterRows;

    fn reduced(raster: &Raster, size: [u32; 2], strip: u32) -> Vec<f32> {
        let rows = Box::new(RasterRows::new(Arc::new(raster.clone())));
        let mut source = Reduced::new(rows, size, false);
        let mut out = Vec::new();
        while let Some(rows) = source.next_rows(strip).unwrap() {
            out.extend((0..rows.samples().len()).map(|i| rows.samples().get(i)));
        }
        out
    }

    #[test]
    fn it_is_the_reduction_of_figures_of_merit() {
        let samples = (0..41 * 37 * 3).map(|i| (i * i % 251) as u8).collect();
        let raster = Raster::new(41, 37, Channels::Rgb, Samples::U8(samples)).unwrap();
        for size in [[20, 18], [41, 9], [7, 37], [1, 1]] {
            let ours = reduced(&raster, size, 3);
            let theirs = metrics::resize(&raster, size[0], size[1], Filter::Bicubic).unwrap();
            for (i, v) in ours.iter().enumerate() {
                // Theirs is rounded and clamped twice.
                let far = (v.clamp(0.0, 1.0) - theirs.samples().get(i)).abs() * 255.0;
                assert!(far < 6.0, "{size:?} {i}: {far}");
            }
            assert_eq!(ours, reduced(&raster, size, 64));
        }
    }

    #[test]
    fn colour_that_nobody_sees_does_not_count() {
        let samples = (0..64).flat_map(|i| if i % 2 == 0 { [200, 255] } else { [0, 0u8] });
        let raster = Raster::new(64, 1, Channels::GrayAlpha, Samples::U8(samples.collect()));
        for pixel in reduced(&raster.unwrap(), [16, 1], 1).chunks_exact(2) {
            assert!((pixel[0] * 255.0 - 200.0).abs() < 0.01 && (pixel[1] - 0.5).abs() < 0.1);
        }
    }
}
