//! The mean of several results.

use crate::control::Control;
use crate::engine::RowSink;
use crate::error::Result;
use crate::memory;

/// Rows that are handed on at a time.
const ROWS: usize = 16;

/// The mean of results of the same size, held whole.
pub(super) struct Mean {
    row: usize,
    values: Vec<f32>,
    /// Results that are in it.
    count: u8,
}

impl Mean {
    /// Of `height` rows of `row` samples.
    pub fn new(row: usize, height: usize) -> Result<Self> {
        let values = memory::zeroed(row.saturating_mul(height), "size")?;
        Ok(Self { row, values, count: 0 })
    }

    /// What takes the next result.
    pub fn next(&mut self) -> impl RowSink {
        self.count += 1;
        |first_row: u32, pixels: &[f32]| self.add(first_row as usize, pixels)
    }

    fn add(&mut self, first_row: usize, pixels: &[f32]) -> Result<()> {
        let share = 1.0 / f32::from(self.count);
        for (value, pixel) in self.values[first_row * self.row..].iter_mut().zip(pixels) {
            match self.count {
                1 => *value = *pixel,
                // What is the same every time stays so: infinities, and what stands for no data.
                _ if *value != *pixel => *value += (*pixel - *value) * share,
                _ => (),
            }
        }
        Ok(())
    }

    /// Hands the mean on.
    pub fn hand_to(self, sink: &mut dyn RowSink, control: &Control<'_>) -> Result<()> {
        let mut rows = self.values.chunks(self.row * ROWS).zip((0..).step_by(ROWS));
        rows.try_for_each(|(rows, first)| {
            control.check()?;
            sink.rows(first, rows)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(results: &[[f32; 4]]) -> Vec<f32> {
        let mut mean = Mean::new(2, 2).unwrap();
        for result in results {
            let mut sink = mean.next();
            sink.rows(1, &result[2..]).unwrap();
            sink.rows(0, &result[..2]).unwrap();
        }
        let mut out = Vec::new();
        let mut sink = |_: u32, rows: &[f32]| {
            out.extend_from_slice(rows);
            Ok(())
        };
        mean.hand_to(&mut sink, &Control::default()).unwrap();
        out
    }

    #[test]
    fn means_are_means_and_what_never_differs_stays() {
        let most = f32::MAX;
        let found = mean(&[[1.0, -9999.1, f32::NAN, most]; 8]);
        assert_eq!((found[0], found[1], found[3]), (1.0, -9999.1, most));
        assert!(found[2].is_nan());
        assert_eq!(
            mean(&[[1.0, 2.0, f32::INFINITY, 0.0], [3.0, 5.0, f32::INFINITY, 1.0]])[..2],
            [2.0, 3.5]
        );
    }

    #[test]
    fn it_is_not_handed_on_after_a_request_to_stop() {
        let control = Control::default();
        control.cancel_token().cancel();
        let mut sink = |_: u32, _: &[f32]| panic!("nothing comes");
        assert!(Mean::new(2, 2).unwrap().hand_to(&mut sink, &control).is_err());
    }
}
