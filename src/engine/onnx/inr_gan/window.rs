//! The places of an upright window, computed in a graph: columns and rows of every resolution.

use super::places::{Places, Taps, stages, takes};
use crate::engine::onnx::graph::{Builder, Value, whole};
use crate::engine::onnx::proto::Element;
use crate::network::InrGanConfig;
use crate::network::inr_gan::Upsampling;

/// What each of some columns, or rows, takes of others: numbers, and how much in single precision.
type AxisTaps = Vec<(Value, Option<Value>)>;

/// The columns of a stage, or its rows.
struct Axis {
    /// Where they lie, in cells of the stage's grid, in double precision.
    at: Value,
    /// What they take of the stage before.
    taps: AxisTaps,
}

/// The places of all stages, for positions at columns' and rows' field coordinates in double precision.
pub(super) fn window_places(
    graph: &mut Builder,
    config: &InrGanConfig,
    positions: &[Value; 2],
) -> Vec<Places> {
    let side = graph.double(f64::from(config.resolution()));
    let half = graph.double(0.5);
    let at = positions.each_ref().map(|v| {
        let cells = graph.mul(v, &side);
        graph.sub(&cells, &half)
    });
    all_places(graph, config, at)
}

/// The places of all stages, for the pixels of the native picture.
pub(super) fn native_places(graph: &mut Builder, config: &InrGanConfig) -> Vec<Places> {
    let side = config.resolution();
    let cells: Vec<f64> = (0..side).map(f64::from).collect();
    let at = [0, 1].map(|_| graph.doubles(&[cells.len()], &cells));
    all_places(graph, config, at)
}

fn all_places(graph: &mut Builder, config: &InrGanConfig, at: [Value; 2]) -> Vec<Places> {
    let stages = stages(config, config.blocks.len() - 1);
    let sides: Vec<usize> = stages.iter().map(|first| config.resolution_of(*first)).collect();
    let mut at = at;
    let mut all = Vec::new();
    for (stage, first) in stages.iter().enumerate().rev() {
        let before = stage.checked_sub(1).map(|before| sides[before]);
        let mut next = at.clone();
        let axes = [0, 1].map(|axis| {
            let own = at[axis].clone();
            let Some(coarse) = before else { return Axis { at: own, taps: Vec::new() } };
            let (cells, taps) = parents(graph, config.upsampling, [sides[stage], coarse], &own);
            next[axis] = cells;
            Axis { at: own, taps }
        });
        // Rows of the stage before are as long as it has columns.
        all.push(places(graph, takes(config, *first), sides[stage], &axes, &next[0]));
        at = next;
    }
    all.reverse();
    all
}

/// The cells of the coarser grid from the first to the last that some places at `at` take features from,
/// and what they take; `sides` are those of their own grid and the coarser.
fn parents(
    graph: &mut Builder,
    upsampling: Upsampling,
    [own, coarse]: [usize; 2],
    at: &Value,
) -> (Value, AxisTaps) {
    let (own, coarse) = (own as f64, coarse as f64);
    let (cells, part) = match upsampling {
        Upsampling::Nearest => {
            let (half, factor) = (graph.double(0.5), graph.double(coarse / own));
            let centre = graph.add(at, &half);
            let place = graph.mul(&centre, &factor);
            (vec![graph.op("Floor", &[&place])], None)
        }
        Upsampling::Bilinear => {
            // Corners lie on each other.
            let [more, fewer] = [coarse - 1.0, own - 1.0].map(|v| graph.double(v));
            let place = graph.mul(at, &more);
            let place = graph.op("Div", &[&place, &fewer]);
            let (cell, part) = split(graph, &place);
            let next = graph.op("Ceil", &[&place]);
            (vec![cell, next], Some(part))
        }
    };
    let cells: Vec<Value> = cells.iter().map(|cell| graph.cast(cell, Element::I64)).collect();
    let extreme = |graph: &mut Builder, op: &str, cells: &Value| {
        graph.op_with(op, &[cells], vec![whole("keepdims", 0)])
    };
    let first = extreme(graph, "ReduceMin", &cells[0]);
    let last = extreme(graph, "ReduceMax", &cells[cells.len() - 1]);
    let one = graph.int(1);
    let end = graph.add(&last, &one);
    let all = graph.op("Range", &[&first, &end, &one]);
    let numbers = cells.iter().map(|cell| graph.sub(cell, &first)).collect();
    (graph.cast(&all, Element::F64), weighted(graph, numbers, part))
}

/// The whole part of places, and the rest.
fn split(graph: &mut Builder, place: &Value) -> (Value, Value) {
    let cell = graph.op("Floor", &[place]);
    let part = graph.sub(place, &cell);
    (cell, part)
}

/// One number, or two of which the second has `part` of the weight.
fn weighted(graph: &mut Builder, numbers: Vec<Value>, part: Option<Value>) -> AxisTaps {
    let Some(part) = part else { return numbers.into_iter().map(|n| (n, None)).collect() };
    let one = graph.double(1.0);
    let rest = graph.sub(&one, &part);
    numbers.into_iter().zip([rest, part]).map(|(n, weight)| (n, Some(weight))).collect()
}

/// The places of columns and rows.
fn places(
    graph: &mut Builder,
    [embedded, constant, upsampled]: [bool; 3],
    side: usize,
    axes: &[Axis; 2],
    columns_before: &Value,
) -> Places {
    let taps = upsampled.then(|| {
        let width = graph.op("Size", &[columns_before]);
        let [columns, rows] = axes.each_ref().map(|axis| &axis.taps);
        taps(graph, [columns, rows], &width)
    });
    let constants = constant.then(|| {
        let [columns, rows] = axes.each_ref().map(|axis| constants(graph, side, &axis.at));
        let width = graph.int(side as i64);
        self::taps(graph, [&columns, &rows], &width)
    });
    let coordinates = embedded.then(|| coordinates(graph, side, axes));
    Places { coordinates, constants, taps }
}

/// `2 u / r - 1` of columns, and of rows counted from the last: `[places, 2]`.
fn coordinates(graph: &mut Builder, side: usize, axes: &[Axis; 2]) -> Value {
    let (double, one) = (graph.double(2.0 / side as f64), graph.double(1.0));
    let last = graph.double(side as f64 - 1.0);
    let up = graph.sub(&last, &axes[1].at);
    let [x, y] = [&axes[0].at, &up].map(|at| {
        let scaled = graph.mul(at, &double);
        graph.sub(&scaled, &one)
    });
    let nothing = graph.double(0.0);
    let [no_x, no_y] = [&x, &y].map(|v| graph.mul(v, &nothing));
    let parts = [(&x, &no_y), (&no_x, &y)].map(|(column, row)| {
        let all = crossed(graph, "Add", row, column);
        graph.unsqueeze(&all, 1)
    });
    graph.concat(&[&parts[0], &parts[1]], 1)
}

/// What columns or rows take of a map of constants; outside the grid its edge goes on.
fn constants(graph: &mut Builder, side: usize, at: &Value) -> AxisTaps {
    let (zero, last) = (graph.double(0.0), graph.double(side as f64 - 1.0));
    let inside = graph.op("Clip", &[at, &zero, &last]);
    let (cell, part) = split(graph, &inside);
    let next = graph.op("Ceil", &[&inside]);
    let numbers = [cell, next].map(|cell| graph.cast(&cell, Element::I64));
    weighted(graph, numbers.to_vec(), Some(part))
}

/// What all places take, `[places, taps]`, of others in rows of `width`.
fn taps(graph: &mut Builder, [columns, rows]: [&AxisTaps; 2], width: &Value) -> Taps {
    let (mut numbers, mut weights) = (Vec::new(), Vec::new());
    for (row, row_weight) in rows {
        let start = graph.mul(row, width);
        for (column, weight) in columns {
            let all = crossed(graph, "Add", &start, column);
            numbers.push(graph.unsqueeze(&all, 1));
            if let (Some(row_weight), Some(weight)) = (row_weight, weight) {
                let product = crossed(graph, "Mul", row_weight, weight);
                let product = graph.cast(&product, Element::F32);
                weights.push(graph.unsqueeze(&product, 1));
            }
        }
    }
    let mut joined = |parts: &[Value]| {
        let parts: Vec<&Value> = parts.iter().collect();
        graph.concat(&parts, 1)
    };
    Taps { numbers: joined(&numbers), weights: (!weights.is_empty()).then(|| joined(&weights)) }
}

/// An operation of every row's value and every column's, row by row.
fn crossed(graph: &mut Builder, op: &str, rows: &Value, columns: &Value) -> Value {
    let down = graph.unsqueeze(rows, 1);
    let all = graph.op(op, &[&down, columns]);
    graph.reshape(&all, &[-1])
}
