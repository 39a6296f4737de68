//! Where pixels lie: computed in the graph from a few numbers, or given.

use super::graph::{Builder, Dim, Value};
use super::proto::Element;
use crate::view::View;

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
    let one = graph.int(1);
    let pixels = graph.op("Range", &[&first, &end, &one]);
    let row = graph.op("Div", &[&pixels, &width]);
    let before = graph.mul(&row, &width);
    let column = graph.sub(&pixels, &before);
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

/// `X` of positions that are given one by one.
pub(super) fn homogeneous_given(graph: &mut Builder) -> Value {
    let at = coordinates(graph, Positions::Given);
    homogeneous(graph, &at)
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
