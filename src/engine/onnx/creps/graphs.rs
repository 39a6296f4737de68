//! The graphs, as files.

use super::lines::{Wanted, lines};
use super::lines_name;
use super::pixels::{Fused, fused};
use crate::engine::onnx::coordinates::axis_coordinates;
use crate::engine::onnx::gradients::{gradient_name, output_gradients};
use crate::engine::onnx::graph::{Builder, Dim, Value};
use crate::engine::onnx::heat::heat_outputs;
use crate::engine::onnx::latent::styles;
use crate::engine::onnx::layers::{Codes, GivenValue, Shared};
use crate::engine::onnx::picture::{output_colours, picture};
use crate::engine::onnx::proto::Element;
use crate::model::LatentSpace;
use crate::network::{Creps, Network};
use crate::view::Grid;

/// The graph of lines. It takes the code's tensors of the lines, `at [lines]`, coordinates, and `axis
/// [lines]`, 0 for lines of a row (its y) and 1 for those of a column (its x); it gives `lines.0 [lines,
/// R c]` and so on, those of every map.
pub(crate) fn lines_graph(
    network: &Creps,
    precision: Element,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("lines", precision);
    let mut codes = given_codes(network);
    let (made, dims) = given_lines(&mut graph, network, &mut Shared::constant(), &mut codes);
    for (map, lines) in made.iter().enumerate() {
        graph.output(&lines_name(map), lines, Element::F32, &dims);
    }
    graph.finish("CREPS lines: code and coordinates to the lines of rows and columns", metadata)
}

/// The graph of pixels. It takes the code's tensors of the refinement, what [`lines_graph`] gives, and
/// `pairs [pixels, 2]`, the numbers of every pixel's row and column among the lines; it gives `rgb
/// [pixels, 3]`, nominal range `[0, 1]`, not clamped.
pub(crate) fn pixel_graph(
    network: &Creps,
    precision: Element,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("synthesis", precision);
    let mut codes = given_codes(network);
    let (_, fused) = given_pixels(&mut graph, network, &mut Shared::constant(), &mut codes);
    output_colours(&mut graph, &fused.rgb);
    graph.finish("CREPS synthesis: code and lines to colour", metadata)
}

/// The graph of heat-maps: what [`pixel_graph`] takes and `means [maps, c]` to `sums` and `maps`.
pub(crate) fn heat_graph(network: &Creps) -> Vec<u8> {
    let mut graph = Builder::new("heat-maps", Element::F32);
    let mut codes = given_codes(network);
    let (_, fused) = given_pixels(&mut graph, network, &mut Shared::constant(), &mut codes);
    let channels = network.config().line_channels;
    let means = graph.input("means", Element::F32, &[fused.maps.len(), channels].map(Dim::Fixed));
    heat_outputs(&mut graph, &fused.maps, &means, channels);
    graph.finish("Heat-maps of CREPS maps", &[])
}

/// The graphs of pixels whose layers are inputs: colours alone, and derivatives by code, lines and, with
/// `weights`, layers.
pub(crate) fn derivative_graphs(network: &Creps, weights: bool) -> [Vec<u8>; 2] {
    let mut graph = Builder::new("values", Element::F32);
    let mut codes = given_codes(network);
    let (_, fused) = given_pixels(&mut graph, network, &mut Shared::given(), &mut codes);
    output_colours(&mut graph, &fused.rgb);
    let values = graph.finish("CREPS synthesis with weights as inputs", &[]);
    let mut graph = Builder::new("derivatives", Element::F32);
    let (mut codes, mut shared) = (given_codes(network), Shared::given());
    let (mut by, fused) = given_pixels(&mut graph, network, &mut shared, &mut codes);
    let u = graph.input("u", Element::F32, &[Dim::Named("pixels"), Dim::Fixed(3)]);
    by.extend(codes.into_taken());
    if weights {
        by.extend(shared.into_given());
    }
    output_gradients(&mut graph, &[(fused.rgb, u)], &by);
    [values, graph.finish("Derivatives of CREPS synthesis", &[])]
}

/// The graphs of lines whose layers are inputs: lines alone, and derivatives by code and, with `weights`,
/// layers, from those by lines.
pub(crate) fn line_derivative_graphs(network: &Creps, weights: bool) -> [Vec<u8>; 2] {
    let mut graph = Builder::new("lines", Element::F32);
    let mut codes = given_codes(network);
    let (made, dims) = given_lines(&mut graph, network, &mut Shared::given(), &mut codes);
    for (map, lines) in made.iter().enumerate() {
        graph.output(&lines_name(map), lines, Element::F32, &dims);
    }
    let values = graph.finish("CREPS lines with weights as inputs", &[]);
    let mut graph = Builder::new("derivatives of lines", Element::F32);
    let (mut codes, mut shared) = (given_codes(network), Shared::given());
    let (made, dims) = given_lines(&mut graph, network, &mut shared, &mut codes);
    let seed = |(map, lines)| {
        let name = gradient_name(&lines_name(map));
        (lines, graph.input(&name, Element::F32, &dims))
    };
    let seeds: Vec<(Value, Value)> = made.into_iter().enumerate().map(seed).collect();
    let mut by = codes.into_taken();
    if weights {
        by.extend(shared.into_given());
    }
    output_gradients(&mut graph, &seeds, &by);
    [values, graph.finish("Derivatives of CREPS lines", &[])]
}

/// The graph of a whole generator: a latent to a picture. It takes what [`styles`] does; `size [2]`, the
/// picture's width and height; and `window [4]` (x0, x1, y0, y1), the centres of the outer pixels, which is
/// `[0, 1]²` when it is not given. It gives `picture [height, width, 3]`, nominal range `[0, 1]`, not
/// clamped, and the code's tensors.
pub(crate) fn generator_graph(
    latents: &LatentSpace,
    network: &Creps,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("generator", Element::F32);
    let styles = styles(&mut graph, latents, network.config().levels());
    let mut codes = Codes::made(code_shape(network), styles);
    let mut shared = Shared::constant();
    let size = graph.input("size", Element::I64, &[Dim::Fixed(2)]);
    let window = graph.input_or("window", &[4], &[0.0, 1.0, 0.0, 1.0]);
    let [width, height] = [0, 1].map(|axis| graph.entry(&size, axis));
    let sides = [&width, &height];
    let [columns, rows] = axis_coordinates(&mut graph, sides, &window, Grid::Centres);
    let wanted = all_lines(&mut graph, &rows, &columns);
    let lines = lines(&mut graph, network, &mut shared, &mut codes, &wanted);
    let pairs = all_pairs(&mut graph, sides);
    let fused = fused(&mut graph, network, &mut shared, &mut codes, &lines, &pairs);
    picture(&mut graph, &fused.rgb, sides);
    for (name, value, dims) in codes.into_taken() {
        graph.output(&name, &value, Element::F32, &dims);
    }
    graph.finish("CREPS generator: latent, class and truncation to a picture", metadata)
}

/// Lines of all `rows`, then of all `columns`, coordinates in double precision.
fn all_lines(graph: &mut Builder, rows: &Value, columns: &Value) -> Wanted {
    let [rows, columns] = [rows, columns].map(|v| graph.cast(v, Element::F32));
    let nothing = graph.float(0.0);
    let one = graph.float(1.0);
    let [zeros, ones] = [&rows, &columns].map(|v| graph.mul(v, &nothing));
    let ones = graph.add(&ones, &one);
    Wanted { at: graph.concat(&[&rows, &columns], 0), axis: graph.concat(&[&zeros, &ones], 0) }
}

/// Rows and columns of all pixels, among the lines of all rows and then all columns.
fn all_pairs(graph: &mut Builder, [width, height]: [&Value; 2]) -> [Value; 2] {
    let (zero, one) = (graph.int(0), graph.int(1));
    let pixels = graph.mul(width, height);
    let pixels = graph.op("Range", &[&zero, &pixels, &one]);
    let row = graph.op("Div", &[&pixels, width]);
    let before = graph.mul(&row, width);
    let column = graph.sub(&pixels, &before);
    [row, graph.add(&column, height)]
}

fn code_shape(network: &Creps) -> crate::network::CodeShape {
    Network::Creps(network.clone()).code_shape()
}

fn given_codes(network: &Creps) -> Codes {
    Codes::given(code_shape(network))
}

/// Lines of the inputs `at` and `axis`, and the shape of each map's.
fn given_lines(
    graph: &mut Builder,
    network: &Creps,
    shared: &mut Shared,
    codes: &mut Codes,
) -> (Vec<Value>, [Dim; 2]) {
    let [at, axis] =
        ["at", "axis"].map(|name| graph.input(name, Element::F32, &[Dim::Named("lines")]));
    let made = lines(graph, network, shared, codes, &Wanted { at, axis });
    (made, line_dims(network))
}

fn line_dims(network: &Creps) -> [Dim; 2] {
    let config = network.config();
    [Dim::Named("lines"), Dim::Fixed(config.rank * config.line_channels)]
}

/// Pixels of the inputs `lines.0` and so on, and `pairs`; and those lines.
fn given_pixels(
    graph: &mut Builder,
    network: &Creps,
    shared: &mut Shared,
    codes: &mut Codes,
) -> (Vec<GivenValue>, Fused) {
    let dims = line_dims(network);
    let lines: Vec<GivenValue> = (0..network.config().maps())
        .map(|map| {
            let name = lines_name(map);
            let value = graph.input(&name, Element::F32, &dims);
            (name, value, dims.to_vec())
        })
        .collect();
    let pairs = graph.input("pairs", Element::I64, &[Dim::Named("pixels"), Dim::Fixed(2)]);
    let pairs = [0, 1].map(|axis| {
        let axis = graph.int(axis);
        graph.gather(&pairs, &axis, 1)
    });
    let values: Vec<Value> = lines.iter().map(|(_, value, _)| value.clone()).collect();
    let fused = fused(graph, network, shared, codes, &values, &pairs);
    (lines, fused)
}
