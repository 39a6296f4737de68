//! Samples that hold no value.

use super::{Raster, RowSource};

/// Whether `value` is none: no finite number, or what stands for no data.
#[inline]
pub(crate) fn is_gap(value: f32, nodata: Option<f32>) -> bool {
    !value.is_finite() || nodata == Some(value)
}

/// Neighbouring samples of a row that hold the same instead of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Run {
    /// First sample, and the one after the last.
    start: u32,
    end: u32,
    /// What they hold; its sign of NaN does not count.
    value: f32,
}

/// Where a picture holds no values, and what it holds instead.
#[derive(Clone, Debug, Default)]
pub struct Gaps {
    channels: usize,
    colours: usize,
    nodata: Option<f32>,
    /// Of every row, from the left.
    rows: Vec<Vec<Run>>,
}

impl Gaps {
    /// Of the colours of `source`, none of whose rows was looked at.
    pub(super) fn new(source: &dyn RowSource) -> Self {
        let channels = source.channels();
        let colours = channels.count() - usize::from(channels.has_alpha());
        Self { channels: channels.count(), colours, nodata: source.nodata(), rows: Vec::new() }
    }

    /// Looks at the next rows.
    pub(super) fn add(&mut self, rows: &Raster) {
        let (samples, len) = (rows.samples(), rows.row_len());
        for row in 0..rows.height() as usize {
            let mut runs: Vec<Run> = Vec::new();
            for i in 0..len {
                let value = samples.get(row * len + i);
                if i % self.channels >= self.colours || !is_gap(value, self.nodata) {
                    continue;
                }
                let at = i as u32;
                match runs.last_mut() {
                    Some(run) if run.end == at && same(run.value, value) => run.end += 1,
                    _ => runs.push(Run { start: at, end: at + 1, value }),
                }
            }
            self.rows.push(runs);
        }
    }

    /// Whether `value` is none.
    #[inline]
    pub(super) fn is_gap(&self, value: f32) -> bool {
        is_gap(value, self.nodata)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(Vec::is_empty)
    }

    /// Whether row `row` has none.
    pub fn is_whole(&self, row: usize) -> bool {
        self.rows.get(row).is_none_or(Vec::is_empty)
    }

    /// What the picture holds at colour `colour` of a pixel instead of a value, if it does.
    pub fn at(&self, column: usize, row: usize, colour: usize) -> Option<f32> {
        let sample = (column * self.channels + colour.min(self.colours - 1)) as u32;
        let runs = self.rows.get(row)?;
        let next = runs.partition_point(|run| run.end <= sample);
        runs.get(next).filter(|run| run.start <= sample).map(|run| run.value)
    }
}

/// Whether two samples hold the same.
fn same(a: f32, b: f32) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::raster::{Channels, RasterRows, Samples};

    #[test]
    fn they_are_found_again() {
        const NAN: f32 = f32::NAN;
        let values = vec![0.0, NAN, NAN, -9.0, f32::INFINITY, 1.0, -9.0, 0.5, 0.25, 1.0, 2.0, NAN];
        let raster = Raster::new(3, 2, Channels::GrayAlpha, Samples::F32(values)).unwrap();
        let rows = RasterRows::new(Arc::new(raster.clone())).with_nodata(Some(-9.0));
        let mut gaps = Gaps::new(&rows);
        gaps.add(&raster);
        let at = |x, y| gaps.at(x, y, 2);
        assert_eq!((at(0, 0), at(2, 0), at(0, 1)), (None, Some(f32::INFINITY), Some(-9.0)));
        assert!(at(1, 0).is_some_and(f32::is_nan) && at(1, 1).is_none() && at(2, 1).is_none());
        assert!(!gaps.is_empty() && !gaps.is_whole(1) && gaps.is_whole(2));
    }
}
