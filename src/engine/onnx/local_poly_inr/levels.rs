//! An network's polynomial as a graph: affine parameters of the pixels around, and positions, to
//! colour.

use crate::engine::onnx::coordinates::{Positions, coordinates};
use crate::engine::onnx::graph::{Builder, Dim, Value, whole};
use crate::engine::onnx::proto::Element;
use crate::network::LocalPolyInr;
use crate::network::local_poly_inr::{Blend, COMPONENTS};

/// Where a position lies along one axis.
struct Axis {
    /// The four pixels around, counted in the part that is given.
    taps: [Value; 4],
    /// What bicubic interpolation takes of each.
    weights: [Value; 4],
    /// The two cells around, counted in the cells that are given.
    cells: [Value; 2],
    /// From their centres to the position.
    offsets: [Value; 2],
    /// What each has in the blend.
    shares: [Value; 2],
}

/// What a graph is given, other than positions.
struct Given {
    size: Value,
    part: Value,
    held: Value,
}

/// The graph, as a file. It takes
/// * what [`coordinates`] takes;
/// * `size [2]`, the picture's width and height;
/// * `pixels [count, 3]`, a part of the picture row by row, and `part [3]`, its first column, first
///   row and width;
/// * `cells [count, levels * n * 4]`, affine parameters of a part row by row, and `held [3]`, that
///   part's first column, first row and width;
/// * `inverse_scale []`, 1/s.
///
/// It gives `rgb [pixels, 3]`: bicubic interpolation with a = -0.75 and the blended residual.
pub(in crate::engine) fn local_graph(
    network: &LocalPolyInr,
    positions: Positions,
    precision: Element,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("local synthesis", precision);
    let [x, y] = coordinates(&mut graph, positions);
    let size = graph.input("size", Element::I64, &[Dim::Fixed(2)]);
    let pixels = graph.input("pixels", Element::F32, &[Dim::Named("part pixels"), Dim::Fixed(3)]);
    let part = graph.input("part", Element::I64, &[Dim::Fixed(3)]);
    let dims = [Dim::Named("held cells"), Dim::Fixed(network.cell_size())];
    let cells = graph.input("cells", Element::F32, &dims);
    let held = graph.input("held", Element::I64, &[Dim::Fixed(3)]);
    let inverse_scale = graph.input("inverse_scale", Element::F32, &[]);
    let given = Given { size, part, held };
    let across = axis(&mut graph, &given, &x, 0);
    let down = axis(&mut graph, &given, &y, 1);
    let base = bicubic(&mut graph, &given, &pixels, &across, &down);
    let residual = residual(&mut graph, network, &given, &cells, &inverse_scale, [&across, &down]);
    let rgb = graph.add(&base, &residual);
    graph.output("rgb", &rgb, Element::F32, &[Dim::Named("pixels"), Dim::Fixed(3)]);
    graph.finish("Local Poly-INR: affine parameters and positions to colour", metadata)
}

fn axis(graph: &mut Builder, given: &Given, at: &Value, number: i64) -> Axis {
    let size = graph.entry(&given.size, number);
    let one = graph.int(1);
    let zero = graph.int(0);
    let last = graph.sub(&size, &one);
    let (base, t) = split(graph, at, &size);
    let inside = |graph: &mut Builder, step: i64| {
        let step = graph.int(step);
        let index = graph.add(&base, &step);
        graph.op("Clip", &[&index, &zero, &last])
    };
    let part = graph.entry(&given.part, number);
    let taps = [-1, 0, 1, 2].map(|step| {
        let index = inside(graph, step);
        graph.sub(&index, &part)
    });
    let own = [0, 1].map(|step| inside(graph, step));
    let offsets = own.clone().map(|cell| {
        let steps = graph.sub(&cell, &base);
        let steps = graph.cast(&steps, Element::F32);
        graph.sub(&t, &steps)
    });
    let held = graph.entry(&given.held, number);
    let cells = own.map(|cell| graph.sub(&cell, &held));
    let full = graph.float(1.0);
    let shares = [graph.sub(&full, &t), t.clone()];
    let weights = cubic(graph, &t);
    Axis { taps, weights, cells, offsets, shares }
}

/// The cell that a position is behind, and the way from there, in pixels. Outside the picture its
/// edge goes on.
fn split(graph: &mut Builder, at: &Value, size: &Value) -> (Value, Value) {
    let size = graph.cast(size, Element::F64);
    let (zero, half) = (graph.double(0.0), graph.double(0.5));
    let place = graph.mul(at, &size);
    let place = graph.op("Clip", &[&place, &zero, &size]);
    let place = graph.sub(&place, &half);
    let base = graph.op("Floor", &[&place]);
    let t = graph.sub(&place, &base);
    (graph.cast(&base, Element::I64), graph.cast(&t, Element::F32))
}

/// Weights of the pixels at -1, 0, 1, 2 (cubic convolution, a = -0.75) as polynomials in `t`.
fn cubic(graph: &mut Builder, t: &Value) -> [Value; 4] {
    const A: f32 = -0.75;
    // By Horner's rule: constant, t, t², t³.
    let polynomials = [
        [0.0, A, -2.0 * A, A],
        [1.0, 0.0, -(A + 3.0), A + 2.0],
        [0.0, -A, 2.0 * A + 3.0, -(A + 2.0)],
        [0.0, 0.0, A, -A],
    ];
    polynomials.map(|[c0, c1, c2, c3]| {
        let [c0, c1, c2, c3] = [c0, c1, c2, c3].map(|c| graph.float(c));
        let mut sum = graph.mul(t, &c3);
        for c in [c2, c1] {
            let next = graph.add(&sum, &c);
            sum = graph.mul(&next, t);
        }
        graph.add(&sum, &c0)
    })
}

fn bicubic(
    graph: &mut Builder,
    given: &Given,
    pixels: &Value,
    across: &Axis,
    down: &Axis,
) -> Value {
    let width = graph.entry(&given.part, 2);
    let mut sum: Option<Value> = None;
    for (row, row_weight) in down.taps.iter().zip(&down.weights) {
        let start = graph.mul(row, &width);
        for (column, weight) in across.taps.iter().zip(&across.weights) {
            let index = graph.add(&start, column);
            let pixel = graph.gather(pixels, &index, 0);
            let weight = graph.mul(weight, row_weight);
            let weight = graph.unsqueeze(&weight, 1);
            let term = graph.mul(&pixel, &weight);
            sum = Some(match sum {
                None => term,
                Some(sum) => graph.add(&sum, &term),
            });
        }
    }
    sum.unwrap_or_else(|| pixels.clone())
}

/// What the four cells around make together, `[pixels, 3]`.
fn residual(
    graph: &mut Builder,
    network: &LocalPolyInr,
    given: &Given,
    cells: &Value,
    inverse_scale: &Value,
    [across, down]: [&Axis; 2],
) -> Value {
    let width = graph.entry(&given.held, 2);
    let (mut indices, mut places, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for k in 0..2 {
        let start = graph.mul(&down.cells[k], &width);
        for i in 0..2 {
            indices.push(graph.add(&start, &across.cells[i]));
            places.push(place(graph, &across.offsets[i], &down.offsets[k], inverse_scale));
            shares.push(graph.mul(&across.shares[i], &down.shares[k]));
        }
    }
    let [indices, places, shares] = [indices, places, shares]
        .map(|parts| graph.concat(&[&parts[0], &parts[1], &parts[2], &parts[3]], 0));
    let affine = graph.gather(cells, &indices, 0);
    let terms = terms(graph, network, &affine, &places);
    match network.config().blend {
        Blend::Colours => {
            let colours = levels(graph, network, &terms);
            blend(graph, &colours, &shares, 3)
        }
        Blend::Terms => {
            let size = network.config().levels * network.config().features;
            let terms = blend(graph, &terms, &shares, size as i64);
            levels(graph, network, &terms)
        }
    }
}

/// The sum of four cells' values `[4 pixels, size]`, each times its share: `[pixels, size]`.
fn blend(graph: &mut Builder, values: &Value, shares: &Value, size: i64) -> Value {
    let shares = graph.unsqueeze(shares, 1);
    let parts = graph.mul(values, &shares);
    let parts = graph.reshape(&parts, &[4, -1, size]);
    let axes = graph.ints(&[1], &[0]);
    graph.op_with("ReduceSum", &[&parts, &axes], vec![whole("keepdims", 0)])
}

/// `affine [evaluations, levels * n * 4]` at places: affine terms, `[evaluations, levels * n]`.
fn terms(graph: &mut Builder, network: &LocalPolyInr, affine: &Value, places: &Value) -> Value {
    let size = (network.config().levels * network.config().features) as i64;
    let affine = graph.reshape(affine, &[-1, size, COMPONENTS as i64]);
    let places = graph.unsqueeze(places, 2);
    let terms = graph.op("MatMul", &[&affine, &places]);
    graph.reshape(&terms, &[-1, size])
}

/// `X = [dx, dy, 1, 1/s]`, `[pixels, 4]`.
fn place(graph: &mut Builder, dx: &Value, dy: &Value, inverse_scale: &Value) -> Value {
    let (zero, one) = (graph.float(0.0), graph.float(1.0));
    let nothing = graph.mul(dx, &zero);
    let ones = graph.add(&nothing, &one);
    let scales = graph.add(&nothing, inverse_scale);
    let columns = [dx, dy, &ones, &scales].map(|v| graph.unsqueeze(v, 1));
    graph.concat(&[&columns[0], &columns[1], &columns[2], &columns[3]], 1)
}

/// Affine terms `[rows, levels * n]` through all levels: colours `[rows, 3]`.
fn levels(graph: &mut Builder, network: &LocalPolyInr, terms: &Value) -> Value {
    let n = network.config().features as i64;
    let count = network.config().levels as i64;
    let terms = graph.in_precision(terms);
    let terms = graph.reshape(&terms, &[-1, count, n]);
    let terms = graph.lrelu(&terms);
    let mut h: Option<Value> = None;
    for (number, level) in network.weights().levels.iter().enumerate() {
        let number = graph.int(number as i64);
        let term = graph.gather(&terms, &number, 1);
        let input = match h {
            None => term,
            Some(h) => graph.mul(&h, &term),
        };
        let products = graph.linear(&input, level);
        h = Some(graph.lrelu(&products));
    }
    let rgb = graph.linear(&h.unwrap_or(terms), &network.weights().rgb);
    graph.in_single(&rgb)
}
