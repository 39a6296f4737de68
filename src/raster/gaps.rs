//! Samples that hold no value.

use super::{Raster, RowSource};
use crate::error::Result;
use crate::memory;

/// What messages call them.
const NAME: &str = "a picture's samples without values";

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

/// What a row holds instead of values, in whichever way takes less memory.
#[derive(Clone, Debug)]
enum RowGaps {
    /// From the left.
    Runs(Vec<Run>),
    /// For each value, a bit for every sample of the row.
    Masks(Vec<(f32, Vec<u64>)>),
}

/// Where a picture holds no values, and what it holds instead.
#[derive(Clone, Debug, Default)]
pub struct Gaps {
    channels: usize,
    colours: usize,
    nodata: Option<f32>,
    rows: Vec<RowGaps>,
}

impl Gaps {
    /// Of the colours of `source`, none of whose rows was looked at.
    pub(super) fn new(source: &dyn RowSource) -> Self {
        let channels = source.channels();
        let colours = channels.count() - usize::from(channels.has_alpha());
        Self { channels: channels.count(), colours, nodata: source.nodata(), rows: Vec::new() }
    }

    /// Looks at the next rows.
    ///
    /// # Errors
    /// [`Error::Limits`](crate::Error::Limits) when the system gives no memory.
    pub(super) fn add(&mut self, rows: &Raster) -> Result<()> {
        let (samples, len) = (rows.samples(), rows.row_len());
        let mut runs: Vec<Run> = Vec::new();
        let (had, more) = (self.rows.len(), rows.height() as usize);
        if self.rows.capacity() - had < more {
            // As many again, so that rows are moved a few times only.
            memory::reserve(&mut self.rows, more.max(had), NAME)?;
        }
        for row in 0..rows.height() as usize {
            runs.clear();
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
            self.rows.push(RowGaps::of(&runs, len)?);
        }
        Ok(())
    }

    /// Whether `value` is none.
    #[inline]
    pub(super) fn is_gap(&self, value: f32) -> bool {
        is_gap(value, self.nodata)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(RowGaps::is_empty)
    }

    /// Whether row `row` has none.
    pub fn is_whole(&self, row: usize) -> bool {
        self.rows.get(row).is_none_or(RowGaps::is_empty)
    }

    /// What the picture holds at colour `colour` of a pixel instead of a value, if it does.
    pub fn at(&self, column: usize, row: usize, colour: usize) -> Option<f32> {
        let sample = (column * self.channels + colour.min(self.colours - 1)) as u32;
        self.rows.get(row)?.at(sample)
    }
}

impl RowGaps {
    /// `runs` in a row of `len` samples.
    fn of(runs: &[Run], len: usize) -> Result<Self> {
        let mut values: Vec<f32> = Vec::new();
        for run in runs {
            if !values.iter().any(|value| same(*value, run.value)) {
                values.push(run.value);
            }
        }
        let words = len.div_ceil(64);
        if size_of_val(runs) <= values.len() * words * size_of::<u64>() {
            let mut kept = memory::with_capacity(runs.len(), NAME)?;
            kept.extend_from_slice(runs);
            return Ok(Self::Runs(kept));
        }
        let mask = |value: f32| -> Result<(f32, Vec<u64>)> {
            let mut bits = memory::zeroed(words, NAME)?;
            for run in runs.iter().filter(|run| same(run.value, value)) {
                (run.start..run.end).for_each(|i| bits[i as usize / 64] |= 1 << (i % 64));
            }
            Ok((value, bits))
        };
        Ok(Self::Masks(values.into_iter().map(mask).collect::<Result<_>>()?))
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Runs(runs) if runs.is_empty())
    }

    fn at(&self, sample: u32) -> Option<f32> {
        match self {
            Self::Runs(runs) => {
                let next = runs.partition_point(|run| run.end <= sample);
                runs.get(next).filter(|run| run.start <= sample).map(|run| run.value)
            }
            Self::Masks(masks) => {
                let set = |bits: &[u64]| bits[sample as usize / 64] >> (sample % 64) & 1 == 1;
                masks.iter().find(|(_, bits)| set(bits)).map(|(value, _)| *value)
            }
        }
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
        gaps.add(&raster).unwrap();
        let at = |x, y| gaps.at(x, y, 2);
        assert_eq!((at(0, 0), at(2, 0), at(0, 1)), (None, Some(f32::INFINITY), Some(-9.0)));
        assert!(at(1, 0).is_some_and(f32::is_nan) && at(1, 1).is_none() && at(2, 1).is_none());
        assert!(!gaps.is_empty() && !gaps.is_whole(1) && gaps.is_whole(2));
    }

    #[test]
    fn many_take_little_memory_and_are_found_too() {
        let of = |i: usize| match i % 5 {
            0 => f32::NAN,
            1 => f32::NEG_INFINITY,
            2 => -1.0,
            _ => 0.25,
        };
        let values: Vec<f32> = (0..2 * 500).map(of).collect();
        let raster = Raster::new(500, 2, Channels::Gray, Samples::F32(values.clone())).unwrap();
        let rows = RasterRows::new(Arc::new(raster.clone())).with_nodata(Some(-1.0));
        let mut gaps = Gaps::new(&rows);
        gaps.add(&raster).unwrap();
        for row in &gaps.rows {
            let RowGaps::Masks(masks) = row else { panic!("bits take less") };
            assert_eq!(masks.len(), 3);
        }
        for (i, value) in values.iter().enumerate() {
            let found = gaps.at(i % 500, i / 500, 0);
            let expected = Some(*value).filter(|value| *value != 0.25);
            assert!(found.map(f32::to_bits) == expected.map(f32::to_bits), "{i}: {found:?}");
        }
    }
}
