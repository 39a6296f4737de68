//! Positions whose lines are computed together.

use std::ops::Range;

use super::lines_name;
use crate::engine::onnx::points::Points;
use crate::engine::onnx::session::{Bound, floats, ints};
use crate::engine::onnx::shared::SharedRun;
use crate::error::Result;
use crate::network::Creps;
use crate::network::creps::LinePairs;

/// Most lines of a band of positions in any order, unless it has few positions.
const MOST_LINES: usize = 1 << 14;
/// So many are few.
const FEW_POSITIONS: u64 = 1 << 12;
/// Least rows of a band of an upright view, so that its columns are not computed too often.
const LEAST_ROWS: u64 = 1 << 10;
/// Most lines that are computed at once.
const LINES: usize = 1 << 10;

/// Some positions, one after the other, and the lines that they take.
pub(crate) struct Band {
    span: Range<u64>,
    /// y of every row that has lines.
    rows: Vec<f32>,
    /// x of every column that has; they come after the rows'.
    columns: Vec<f32>,
    pairs: Pairs,
}

/// Row and column of each position.
enum Pairs {
    /// Positions row by row, so many a row.
    Upright(u64),
    Listed(Vec<[u32; 2]>),
}

impl Band {
    /// Of positions from the first of `wanted` on: of an upright view at least of those, and of others
    /// at least of some.
    pub(crate) fn new(points: &Points<'_>, wanted: Range<u64>) -> Self {
        match points.upright_width() {
            Some(width) => Self::upright(points, wanted, width),
            None => Self::listed(points, wanted),
        }
    }

    fn upright(points: &Points<'_>, wanted: Range<u64>, width: u64) -> Self {
        let first = wanted.start / width;
        let most = first + width.max(LEAST_ROWS);
        let end = wanted.end.div_ceil(width).max(most).min(points.count() / width);
        Self {
            span: first * width..end * width,
            rows: (first..end).map(|row| points.position(row * width)[1] as f32).collect(),
            columns: (0..width).map(|column| points.position(column)[0] as f32).collect(),
            pairs: Pairs::Upright(width),
        }
    }

    fn listed(points: &Points<'_>, wanted: Range<u64>) -> Self {
        let lines = |span: Range<u64>| {
            let positions: Vec<[f32; 2]> =
                points.positions(span).map(|p| p.map(|v| v as f32)).collect();
            LinePairs::new(&positions)
        };
        let (mut span, mut found) = (wanted.clone(), lines(wanted.clone()));
        if found.rows.len() + found.columns.len() > MOST_LINES {
            span.end = span.end.min(span.start + FEW_POSITIONS);
            found = lines(span.clone());
        }
        let LinePairs { rows, columns, pairs } = found;
        Self { span, rows, columns, pairs: Pairs::Listed(pairs) }
    }

    /// The positions.
    pub(crate) fn span(&self) -> Range<u64> {
        self.span.clone()
    }

    fn lines(&self) -> usize {
        self.rows.len() + self.columns.len()
    }

    /// Names and shapes of all lines of maps.
    pub(crate) fn shapes(&self, network: &Creps) -> Vec<(String, Vec<usize>)> {
        shapes(network, self.lines())
    }

    /// What the graph of lines is run with.
    pub(crate) fn runs(&self, network: &Creps) -> Result<Vec<SharedRun>> {
        let at = [self.rows.as_slice(), &self.columns].concat();
        let axis = |line| if line < self.rows.len() { 0.0 } else { 1.0 };
        let axes: Vec<f32> = (0..at.len()).map(axis).collect();
        let run = |(at, axes): (&[f32], &[f32])| {
            let value = |values: &[f32]| floats(&[values.len()], values.to_vec());
            let inputs = vec![("at".to_owned(), value(at)?), ("axis".to_owned(), value(axes)?)];
            Ok(SharedRun { inputs, outputs: shapes(network, at.len()) })
        };
        at.chunks(LINES).zip(axes.chunks(LINES)).map(run).collect()
    }

    /// Puts in the pairs of some of its positions.
    pub(crate) fn put(&self, span: Range<u64>, graph: &mut Bound) -> Result<()> {
        let rows = self.rows.len() as i64;
        let pair = |number: u64| {
            let number = number - self.span.start;
            let [row, column] = match &self.pairs {
                Pairs::Upright(width) => [number / width, number % width].map(|n| n as i64),
                Pairs::Listed(pairs) => pairs[number as usize].map(i64::from),
            };
            [row, rows + column]
        };
        let pairs: Vec<i64> = span.flat_map(pair).collect();
        graph.put("pairs", &ints(&[pairs.len() / 2, 2], pairs)?)
    }
}

fn shapes(network: &Creps, lines: usize) -> Vec<(String, Vec<usize>)> {
    let config = network.config();
    let row = config.rank * config.line_channels;
    (0..config.maps()).map(|map| (lines_name(map), vec![lines, row])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::onnx::coordinates::Pixels;
    use crate::view::{Grid, View, Window};

    #[test]
    fn upright_views_share_columns() {
        let view = View::new(Window::UNIT, 3, 2000, Grid::Centres).unwrap();
        let points = Points::View(Pixels::all(&view));
        let band = Band::new(&points, 30..60);
        assert_eq!((band.span(), band.rows.len(), band.columns.len()), (30..3102, 1024, 3));
        assert_eq!(Band::new(&points, 5700..6000).span(), 5700..6000);
        let turned = view.rotated(20.0).unwrap();
        let band = Band::new(&Points::View(Pixels::all(&turned)), 30..60);
        assert_eq!((band.span(), band.lines()), (30..60, 60));
    }

    #[test]
    fn bands_of_many_lines_have_few_positions() {
        let places: Vec<[f32; 2]> = (0..10_000).map(|i| [i as f32, -(i as f32)]).collect();
        let points = Points::Listed(&places);
        assert_eq!(Band::new(&points, 100..10_000).span(), 100..4196);
        assert_eq!(Band::new(&points, 2000..10_000).span(), 2000..10_000);
    }
}
