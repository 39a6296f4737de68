//! Where pixels lie: computed in the graph from a few numbers, or given.

use std::ops::Range;

use super::graph::{Builder, Dim, Value};
use super::proto::Element;
use super::session::{Bound, doubles, ints};
use crate::engine::lens::Rect;
use crate::error::Result;
use crate::view::{Grid, View};

/// Where positions come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Positions {
    /// From the view's matrix: only parameters go in.
    Grid,
    /// One by one, for views that are bent.
    Given,
}

impl Positions {
    /// What `view` needs.
    pub(super) fn of(view: &View) -> Self {
        if view.warp().is_some() { Self::Given } else { Self::Grid }
    }
}

/// Field coordinates x and y of the pixels, `[pixels]` each, in double precision: a view may have
/// more columns than single precision tells apart.
///
/// [`Positions::Grid`] takes `span [3]` (first pixel, end, pixels a row, counted along the rows of a
/// rectangle), `corner [2]` (the rectangle's first column and row in the whole grid) and `map [6]`,
/// the view's matrix by rows. [`Positions::Given`] takes `positions [pixels, 2]`.
pub(super) fn coordinates(graph: &mut Builder, positions: Positions) -> [Value; 2] {
    match positions {
        Positions::Grid => grid(graph),
        Positions::Given => {
            let given =
                graph.input("positions", Element::F64, &[Dim::Named("pixels"), Dim::Fixed(2)]);
            [0, 1].map(|axis| {
                let axis = graph.int(axis);
                graph.gather(&given, &axis, 1)
            })
        }
    }
}

fn grid(graph: &mut Builder) -> [Value; 2] {
    let span = graph.input("span", Element::I64, &[Dim::Fixed(3)]);
    let corner = graph.input("corner", Element::I64, &[Dim::Fixed(2)]);
    let map = graph.input("map", Element::F64, &[Dim::Fixed(6)]);
    let [first, end, width] = [0, 1, 2].map(|i| graph.entry(&span, i));
    let [column, row] = columns_and_rows(graph, &first, &end, &width);
    let [i, k] = [(column, 0), (row, 1)].map(|(index, axis)| {
        let start = graph.entry(&corner, axis);
        let index = graph.add(&index, &start);
        graph.cast(&index, Element::F64)
    });
    // In the order of `View`'s own arithmetic.
    [0, 3].map(|at| {
        let [along, across, shift] = [0, 1, 2].map(|part| graph.entry(&map, at + part));
        let down = graph.mul(&across, &k);
        let rest = graph.add(&down, &shift);
        let over = graph.mul(&along, &i);
        graph.add(&over, &rest)
    })
}

/// Columns and rows of the pixels from `first` to before `end`, counted along rows of `width`.
fn columns_and_rows(graph: &mut Builder, first: &Value, end: &Value, width: &Value) -> [Value; 2] {
    let one = graph.int(1);
    let pixels = graph.op("Range", &[first, end, &one]);
    let row = graph.op("Div", &[&pixels, width]);
    let before = graph.mul(&row, width);
    [graph.sub(&pixels, &before), row]
}

/// Field coordinates x and y of all pixels of a picture of `width` and `height`, with the ends of
/// `window [4]` (x0, x1, y0, y1) at the centres of the outer pixels; a single pixel is at its start.
pub(super) fn window_coordinates(
    graph: &mut Builder,
    [width, height]: [&Value; 2],
    window: &Value,
) -> [Value; 2] {
    let (zero, count) = (graph.int(0), graph.mul(width, height));
    let indices = columns_and_rows(graph, &zero, &count, width);
    window_positions(graph, indices, [width, height], window, Grid::Centres)
}

/// As [`window_coordinates`], x of all columns and y of all rows, with the window's ends where `grid` has
/// them.
pub(super) fn axis_coordinates(
    graph: &mut Builder,
    sides: [&Value; 2],
    window: &Value,
    grid: Grid,
) -> [Value; 2] {
    let (zero, one) = (graph.int(0), graph.int(1));
    let indices = sides.map(|side| graph.op("Range", &[&zero, side, &one]));
    window_positions(graph, indices, sides, window, grid)
}

/// Field coordinates of columns and of rows by their numbers.
fn window_positions(
    graph: &mut Builder,
    [column, row]: [Value; 2],
    [width, height]: [&Value; 2],
    window: &Value,
    grid: Grid,
) -> [Value; 2] {
    let window = graph.cast(window, Element::F64);
    let one = graph.int(1);
    [(column, width, 0), (row, height, 2)].map(|(index, size, ends)| {
        let [from, to] = [ends, ends + 1].map(|end| graph.entry(&window, end));
        let steps = match grid {
            Grid::Centres => {
                let steps = graph.sub(size, &one);
                graph.op("Max", &[&steps, &one])
            }
            Grid::Edges => size.clone(),
        };
        let [mut index, steps] = [index, steps].map(|v| graph.cast(&v, Element::F64));
        if grid == Grid::Edges {
            let half = graph.double(0.5);
            index = graph.add(&index, &half);
        }
        let extent = graph.sub(&to, &from);
        let step = graph.op("Div", &[&extent, &steps]);
        let moved = graph.mul(&step, &index);
        graph.add(&moved, &from)
    })
}

/// `X = [x, y, 1]`, `[pixels, 3]`.
pub(super) fn homogeneous(graph: &mut Builder, [x, y]: &[Value; 2]) -> Value {
    let one = graph.double(1.0);
    let zero = graph.double(0.0);
    let nothing = graph.mul(x, &zero);
    let ones = graph.add(&nothing, &one);
    let columns = [x, y, &ones].map(|v| graph.unsqueeze(v, 1));
    let all = graph.concat(&[&columns[0], &columns[1], &columns[2]], 1);
    graph.cast(&all, Element::F32)
}

/// The pixels of a rectangle of a view, counted along its rows, as [`coordinates`] takes them.
pub(super) struct Pixels<'a> {
    view: &'a View,
    /// First column and row.
    start: [i64; 2],
    width: u64,
}

impl<'a> Pixels<'a> {
    /// All of a view.
    pub(super) fn all(view: &'a View) -> Self {
        Self { view, start: [0, 0], width: u64::from(view.width()) }
    }

    /// Those of `rect`.
    pub(super) fn of(view: &'a View, rect: &Rect) -> Self {
        let start = [rect.columns.start, rect.rows.start].map(i64::from);
        Self { view, start, width: rect.columns.len() as u64 }
    }

    /// How many of a whole view there are.
    pub(super) fn count(&self) -> u64 {
        self.view.pixels()
    }

    /// Pixels a row, where rows and columns of the view are those of what is looked at.
    pub(super) fn upright_width(&self) -> Option<u64> {
        self.view.is_upright().then_some(self.width)
    }

    /// Puts in what they have in common.
    pub(super) fn put(&self, graph: &mut Bound) -> Result<()> {
        if Positions::of(self.view) == Positions::Given {
            return Ok(());
        }
        let [column, row] = self.view.corner().map(i64::from);
        let corner = vec![column + self.start[0], row + self.start[1]];
        graph.put("corner", &ints(&[2], corner)?)?;
        graph.put("map", &doubles(&[6], self.view.map().concat())?)
    }

    /// Puts in which of them are to be computed.
    pub(super) fn put_span(&self, span: Range<u64>, graph: &mut Bound) -> Result<()> {
        match Positions::of(self.view) {
            Positions::Grid => {
                let numbers = [span.start, span.end, self.width].map(|n| n as i64);
                graph.put("span", &ints(&[3], numbers.to_vec())?)
            }
            Positions::Given => {
                let count = (span.end - span.start) as usize;
                let positions = span.flat_map(|pixel| self.position(pixel)).collect();
                graph.put("positions", &doubles(&[count, 2], positions)?)
            }
        }
    }

    /// Field coordinates x and y of a pixel.
    pub(super) fn position(&self, pixel: u64) -> [f64; 2] {
        let [column, row] = [pixel % self.width, pixel / self.width].map(|n| n as i64);
        let (x, y) = self.view.position(self.start[0] + column, self.start[1] + row);
        [x, y]
    }
}
