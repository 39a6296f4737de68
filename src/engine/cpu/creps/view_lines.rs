//! The lines of a view.
//!
//! In an upright view all pixels of a row share y and all of a column x: their lines are computed once
//! for the whole view, `O(width + height)`. In a turned or warped one every pixel has its own.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::fusion::AllLines;
use super::lines::{Axis, lines};
use super::weights::{CrepsWeights, LineWeights};
use crate::engine::cpu::bands::Progress;
use crate::engine::cpu::tape::{Dense, Pairs, Tape, Value};
use crate::error::Result;
use crate::network::creps::LinePairs;
use crate::view::View;

/// Coordinates whose lines are computed at once.
const CHUNK: usize = 64;

/// Lines of a view's pixels.
pub(super) struct ViewLines<'a> {
    weights: Arc<CrepsWeights>,
    view: &'a View,
    /// Those of all rows and columns, where pixels share them.
    shared: Option<[Vec<Value>; 2]>,
}

/// Lines that a run of pixels is composed of.
pub(super) struct RunLines {
    rows: Vec<Value>,
    columns: Vec<Value>,
    pub(super) pairs: Arc<Pairs>,
}

impl RunLines {
    pub(super) fn all(&self) -> AllLines<'_> {
        AllLines { rows: &self.rows, columns: &self.columns }
    }
}

impl<'a> ViewLines<'a> {
    /// Of `view`; to be called inside the thread pool.
    ///
    /// # Errors
    /// When the work should stop.
    pub(super) fn new(
        weights: &Arc<CrepsWeights>,
        view: &'a View,
        progress: &Progress<'_>,
    ) -> Result<Self> {
        let own = &weights.lines;
        let shared = match view.is_upright() {
            true => Some([
                axis_lines(own, Axis::Rows, &coordinates(view, Axis::Rows), progress)?,
                axis_lines(own, Axis::Columns, &coordinates(view, Axis::Columns), progress)?,
            ]),
            false => None,
        };
        Ok(Self { weights: weights.clone(), view, shared })
    }

    /// What the image is computed with.
    pub(super) fn weights(&self) -> &CrepsWeights {
        &self.weights
    }

    /// Pixels of a run that is computed at once.
    pub(super) fn run(&self) -> usize {
        if self.shared.is_some() { 1024 } else { 128 }
    }

    /// Lines of a run of pixels, counted along the rows of the view.
    pub(super) fn of(&self, run: Range<u64>) -> RunLines {
        let own = &self.weights.lines;
        let (width, rank) = (u64::from(self.view.width()), own.rank);
        if let Some([rows, columns]) = &self.shared {
            let pairs = run.map(|pixel| [(pixel / width) as u32, (pixel % width) as u32]);
            let pairs = Arc::new(Pairs { rank, pairs: pairs.collect() });
            return RunLines { rows: rows.clone(), columns: columns.clone(), pairs };
        }
        let position = |pixel: u64| {
            let (x, y) = self.view.position((pixel % width) as i64, (pixel / width) as i64);
            [x as f32, y as f32]
        };
        let positions: Vec<[f32; 2]> = run.map(position).collect();
        let LinePairs { rows, columns, pairs } = LinePairs::new(&positions);
        let mut tape = Tape::forgetting();
        RunLines {
            rows: lines(&mut tape, own, Axis::Rows, &rows),
            columns: lines(&mut tape, own, Axis::Columns, &columns),
            pairs: Arc::new(Pairs { rank, pairs }),
        }
    }
}

/// Coordinates of all rows, or columns, of an upright view.
fn coordinates(view: &View, axis: Axis) -> Vec<f32> {
    match axis {
        Axis::Rows => (0..view.height()).map(|k| view.position(0, k.into()).1 as f32).collect(),
        Axis::Columns => (0..view.width()).map(|i| view.position(i.into(), 0).0 as f32).collect(),
    }
}

/// Lines at all coordinates of an axis.
fn axis_lines(
    weights: &LineWeights,
    axis: Axis,
    coordinates: &[f32],
    progress: &Progress<'_>,
) -> Result<Vec<Value>> {
    let chunks = coordinates.par_chunks(CHUNK).map(|chunk| {
        progress.control().check()?;
        Ok(lines(&mut Tape::forgetting(), weights, axis, chunk))
    });
    Ok(joined(&chunks.collect::<Result<Vec<_>>>()?))
}

/// Lines of chunks of coordinates, one after another, for every map.
pub(super) fn joined(chunks: &[Vec<Value>]) -> Vec<Value> {
    let maps = chunks.first().map_or(0, Vec::len);
    let map = |map: usize| {
        let parts = chunks.iter().map(|chunk| chunk[map].dense());
        let columns = chunks[0][map].dense().columns();
        let values = parts.flat_map(|part| part.values().iter().copied()).collect();
        Value::constant(Dense::new(columns, values))
    };
    (0..maps).map(map).collect()
}
