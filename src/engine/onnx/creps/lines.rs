//! Lines of rows and columns: layers of sines of a coordinate.

use std::f32::consts::FRAC_1_SQRT_2;
use std::f64::consts::TAU;

use crate::engine::onnx::graph::{Builder, Value};
use crate::engine::onnx::layers::{Codes, InputValues, Shared};
use crate::engine::onnx::proto::Element;
use crate::network::Creps;
use crate::network::creps::{CLAMP, layer_name, lines_name};

/// Which lines are computed: those of the coordinates `at [lines]`, of a row where `axis [lines]` is 0 and
/// of a column where it is 1.
pub(super) struct Wanted {
    pub(super) at: Value,
    pub(super) axis: Value,
}

/// What lines begin as, as graphs take it: frequencies `[R, C / 2]` and weight `[C, 2 R]`.
pub(crate) fn fixed_tensors(network: &Creps) -> [InputValues; 2] {
    let (channels, rank) = (network.config().blocks[0], network.config().rank);
    let input = network.input();
    let half = channels / 2;
    let frequency = |i: usize| input.frequencies[(i % half) * rank + i / half];
    let frequencies = (0..half * rank).map(frequency).collect();
    [
        ("input.frequencies".to_owned(), vec![rank, half], frequencies),
        ("input.weight".to_owned(), vec![channels, 2 * rank], input.weight.clone()),
    ]
}

/// Lines of every map, `[lines, R c]` each.
pub(super) fn lines(
    graph: &mut Builder,
    network: &Creps,
    shared: &mut Shared,
    codes: &mut Codes,
    wanted: &Wanted,
) -> Vec<Value> {
    let channels = network.config().blocks[0] as i64;
    let first = beginning(graph, network, shared, codes, wanted);
    let first = graph.reshape(&first, &[-1, channels]);
    let mut x = graph.in_precision(&first);
    let mut sum: Option<Value> = None;
    let mut maps = Vec::new();
    let row = (network.config().rank * network.config().line_channels) as i64;
    for (number, block) in network.blocks().iter().enumerate() {
        for (i, layer) in block.layers.iter().enumerate() {
            let code = codes.of(graph, &layer.modulation);
            let values = shared.layer(graph, &layer_name(number, i), &layer.layer);
            let values = values.with_columns(graph, &code[0]).with_even_rows(graph);
            x = values.activate(graph, &x, CLAMP);
        }
        let Some(added) = &block.lines else { continue };
        let code = codes.of(graph, &added.modulation);
        let values = shared.layer(graph, &lines_name(number), &added.layer);
        let values = values.with_scaled_columns(graph, &code[0]);
        let added = values.apply(graph, &x);
        let added = graph.clamp(added, Some(CLAMP));
        let added = graph.in_single(&added);
        let all = match &sum {
            None => added,
            Some(before) => graph.add(before, &added),
        };
        let scale = graph.float(FRAC_1_SQRT_2);
        let map = graph.mul(&all, &scale);
        maps.push(graph.reshape(&map, &[-1, row]));
        sum = Some(all);
    }
    maps
}

/// What lines begin as, `[lines, R, C]`.
fn beginning(
    graph: &mut Builder,
    network: &Creps,
    shared: &Shared,
    codes: &mut Codes,
    wanted: &Wanted,
) -> Value {
    let (channels, rank) = (network.config().blocks[0], network.config().rank);
    let [frequencies, weight] = fixed_tensors(network).map(|t| shared.fixed(graph, &t));
    let waves = waves(graph, &frequencies, &wanted.at);
    let code = codes.of(graph, &network.input().modulation);
    let amplitudes = graph.mul(&weight, &code[0]);
    let scale = graph.float(1.0 / (channels as f32).sqrt());
    let amplitudes = graph.mul(&amplitudes, &scale);
    let turned = graph.op("Transpose", &[&amplitudes]);
    let of_axes = graph.reshape(&turned, &[2, rank as i64, channels as i64]);
    let [row, column] = [0, 1].map(|axis| graph.entry(&of_axes, axis));
    let axis = graph.unsqueeze(&wanted.axis, 1);
    let is_column = graph.unsqueeze(&axis, 2);
    let one = graph.float(1.0);
    let is_row = graph.sub(&one, &is_column);
    // One of the two is 0 and the other 1.
    let (row, column) = (graph.mul(&row, &is_row), graph.mul(&column, &is_column));
    let amplitudes = graph.add(&row, &column);
    graph.mul(&waves, &amplitudes)
}

/// Sines, then cosines, of coordinates: `[lines, R, C]`. In double precision up to the last turn.
fn waves(graph: &mut Builder, frequencies: &Value, at: &Value) -> Value {
    let [frequencies, at] = [frequencies, at].map(|v| graph.cast(v, Element::F64));
    let at = graph.unsqueeze(&at, 1);
    let at = graph.unsqueeze(&at, 2);
    let turns = graph.mul(&at, &frequencies);
    let whole = graph.op("Floor", &[&turns]);
    let rest = graph.sub(&turns, &whole);
    let circle = graph.double(TAU);
    let angle = graph.mul(&rest, &circle);
    let angle = graph.cast(&angle, Element::F32);
    let parts = ["Sin", "Cos"].map(|op| graph.op(op, &[&angle]));
    graph.concat(&[&parts[0], &parts[1]], 2)
}
