//! The shared weights as a graph: affine parameters and positions to colour.

use super::heads::affine_parameters;
use crate::engine::onnx::coordinates::{Positions, coordinates, homogeneous, window_coordinates};
use crate::engine::onnx::gradients::output_gradients;
use crate::engine::onnx::graph::{Builder, Dim, Value};
use crate::engine::onnx::latent::styles;
use crate::engine::onnx::picture::{nominal, picture};
use crate::engine::onnx::proto::Element;
use crate::model::LatentSpace;
use crate::network::poly_inr::{AffineActivation, PolyInr, PolyInrConfig};

/// The graph of `network` (Poly-INR, equation 3), as a file. It takes `affine [levels, n, 3]` and
/// what [`coordinates`] takes; it gives `rgb [pixels, 3]`, nominal range `[0, 1]`, not clamped.
pub(crate) fn synthesis_graph(
    network: &PolyInr,
    positions: Positions,
    precision: Element,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("synthesis", precision);
    let (affine, x) = given_field(&mut graph, network.config(), positions);
    let rgb = colours(&mut graph, network.config(), &Layers::Constant(network), &affine, &x);
    graph.output("rgb", &rgb, Element::F32, &[Dim::Named("pixels"), Dim::Fixed(3)]);
    graph.finish("Poly-INR synthesis: affine parameters and positions to colour", metadata)
}

/// The graph of a whole generator, as a file: a latent to a picture. It takes what
/// [`styles`] does; `size [2]`, the picture's width and height; and `window [4]` (x0, x1,
/// y0, y1), which is `[0, 1]²` when it is not given. It gives `picture [height, width, 3]`, nominal
/// range `[0, 1]`, not clamped, and `affine [levels, n, 3]`.
pub(crate) fn generator_graph(
    latents: &LatentSpace,
    network: &PolyInr,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("generator", Element::F32);
    let levels = network.config().levels;
    let styles = styles(&mut graph, latents, levels);
    let affine = affine_parameters(&mut graph, network, &styles);
    let size = graph.input("size", Element::I64, &[Dim::Fixed(2)]);
    let window = graph.input_or("window", &[4], &[0.0, 1.0, 0.0, 1.0]);
    let [width, height] = [0, 1].map(|axis| graph.entry(&size, axis));
    let at = window_coordinates(&mut graph, [&width, &height], &window);
    let x = homogeneous(&mut graph, &at);
    let rgb = colours(&mut graph, network.config(), &Layers::Constant(network), &affine, &x);
    picture(&mut graph, &rgb, [&width, &height]);
    graph.output("affine", &affine, Element::F32, &affine_dims(network.config()));
    graph.finish("Poly-INR generator: latent, class and truncation to a picture", metadata)
}

/// The graphs whose layers are inputs: colours alone, and derivatives by affine parameters and,
/// with `weights`, by layers.
pub(crate) fn derivative_graphs(config: &PolyInrConfig, weights: bool) -> [Vec<u8>; 2] {
    let mut graph = Builder::new("values", Element::F32);
    let (_, _, rgb) = with_given_layers(&mut graph, config);
    graph.output("rgb", &rgb, Element::F32, &[Dim::Named("pixels"), Dim::Fixed(3)]);
    let values = graph.finish("Poly-INR synthesis with weights as inputs", &[]);
    let mut graph = Builder::new("derivatives", Element::F32);
    let (affine, layers, rgb) = with_given_layers(&mut graph, config);
    let u = graph.input("u", Element::F32, &[Dim::Named("pixels"), Dim::Fixed(3)]);
    let mut by = vec![("affine".to_owned(), affine, affine_dims(config).to_vec())];
    if weights {
        by.extend(layers.into_iter().flat_map(GivenLayer::parts));
    }
    output_gradients(&mut graph, &[(rgb, u)], &by);
    [values, graph.finish("Derivatives of Poly-INR synthesis", &[])]
}

/// Affine parameters, layers, and the colours that they make at given positions.
fn with_given_layers(
    graph: &mut Builder,
    config: &PolyInrConfig,
) -> (Value, Vec<GivenLayer>, Value) {
    let (affine, x) = given_field(graph, config, Positions::Given);
    let n = config.features;
    let levels = (0..config.levels).map(|j| (format!("level.{j}"), n));
    let layers = levels.chain([("rgb".to_owned(), 3)]);
    let layers =
        Layers::Given(layers.map(|(name, out)| GivenLayer::new(graph, name, n, out)).collect());
    let rgb = colours(graph, config, &layers, &affine, &x);
    let Layers::Given(layers) = layers else { unreachable!("they were given") };
    (affine, layers, rgb)
}

/// The layers of a network, levels first, then the one to RGB.
pub(super) enum Layers<'a> {
    /// Constants of the graph.
    Constant(&'a PolyInr),
    /// Inputs, which fitting changes.
    Given(Vec<GivenLayer>),
}

impl Layers<'_> {
    /// `value` through layer `number`.
    fn apply(&self, graph: &mut Builder, value: &Value, number: usize) -> Value {
        match self {
            Self::Constant(network) => {
                let layer = network.levels().get(number).unwrap_or(network.rgb());
                graph.linear(value, layer)
            }
            Self::Given(layers) => {
                let turned = graph.op("Transpose", &[&layers[number].weight]);
                let products = graph.op("MatMul", &[value, &turned]);
                graph.add(&products, &layers[number].bias)
            }
        }
    }
}

/// A layer's weights `[out, in]` and bias, as inputs.
pub(super) struct GivenLayer {
    name: String,
    weight: Value,
    bias: Value,
    dims: [Dim; 2],
}

impl GivenLayer {
    fn new(graph: &mut Builder, name: String, inputs: usize, outputs: usize) -> Self {
        let dims = [outputs, inputs].map(Dim::Fixed);
        let weight = graph.input(&format!("{name}_weight"), Element::F32, &dims);
        let bias = graph.input(&format!("{name}_bias"), Element::F32, &dims[..1]);
        Self { name, weight, bias, dims }
    }

    /// Names, values and shapes of its two tensors.
    fn parts(self) -> [(String, Value, Vec<Dim>); 2] {
        let Self { name, weight, bias, dims } = self;
        [
            (format!("{name}_weight"), weight, dims.to_vec()),
            (format!("{name}_bias"), bias, dims[..1].to_vec()),
        ]
    }
}

fn affine_dims(config: &PolyInrConfig) -> [Dim; 3] {
    [config.levels, config.features, 3].map(Dim::Fixed)
}

/// The inputs: affine parameters, and `X` of the pixels.
pub(super) fn given_field(
    graph: &mut Builder,
    config: &PolyInrConfig,
    positions: Positions,
) -> (Value, Value) {
    let affine = graph.input("affine", Element::F32, &affine_dims(config));
    let at = coordinates(graph, positions);
    (affine, homogeneous(graph, &at))
}

/// `h` of every level, `[pixels, n]`.
pub(super) fn all_features(
    graph: &mut Builder,
    config: &PolyInrConfig,
    layers: &Layers<'_>,
    affine: &Value,
    x: &Value,
) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for number in 0..config.levels {
        let term = affine_term(graph, affine, number, x);
        let input = match all.last() {
            None => term,
            Some(h) => {
                let term = match config.affine_activation {
                    AffineActivation::None => term,
                    AffineActivation::Lrelu => graph.lrelu(&term),
                };
                graph.mul(h, &term)
            }
        };
        let products = layers.apply(graph, &input, number);
        let active = graph.lrelu(&products);
        all.push(graph.clamp(active, config.clamp));
    }
    all
}

/// `A_j X`, `[pixels, n]`.
fn affine_term(graph: &mut Builder, affine: &Value, level: usize, x: &Value) -> Value {
    let level = graph.entry(affine, level as i64);
    let turned = graph.op("Transpose", &[&level]);
    let term = graph.op("MatMul", &[x, &turned]);
    graph.in_precision(&term)
}

/// Colours `[pixels, 3]` at `X`.
fn colours(
    graph: &mut Builder,
    config: &PolyInrConfig,
    layers: &Layers<'_>,
    affine: &Value,
    x: &Value,
) -> Value {
    let features = all_features(graph, config, layers, affine, x);
    let rgb = layers.apply(graph, features.last().unwrap_or(x), config.levels);
    let rgb = graph.in_single(&rgb);
    nominal(graph, &rgb)
}
