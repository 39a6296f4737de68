//! The graphs, as files.

use std::collections::BTreeMap;

use super::blocks::{Blocks, Deviations, Evaluated};
use super::places::{Places, given_places};
use super::window::{native_places, window_places};
use crate::engine::onnx::coordinates::axis_coordinates;
use crate::engine::onnx::gradients::{gradient_name, output_gradients};
use crate::engine::onnx::graph::{Builder, Dim, Value};
use crate::engine::onnx::heat::heat_outputs;
use crate::engine::onnx::latent::styles;
use crate::engine::onnx::layers::{Codes, GivenValue, Shared};
use crate::engine::onnx::picture::{nominal, output_colours, picture};
use crate::engine::onnx::proto::Element;
use crate::model::LatentSpace;
use crate::network::{InrGan, InrGanConfig};
use crate::view::Grid;

/// The graph of pixels, through the blocks up to `last`. It takes the code's tensors of those; the
/// deviations that [`statistics_graph`] gives, in the variant that has some; and of each resolution's
/// places, of which the last are the pixels, from the coarsest on:
/// * `coordinates.S [places, 2]`, X and Y;
/// * `constants.S` and `constant_weights.S [places, 4]`, numbers of the four constants around and how much
///   of each is taken;
/// * `taps.S [places, taps]`, and in the bilinear variant `tap_weights.S`, the same of the places of the
///   resolution before.
///
/// It gives `rgb [pixels, 3]`, nominal range `[0, 1]`, not clamped.
pub(crate) fn pixel_graph(
    network: &InrGan,
    last: usize,
    precision: Element,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("synthesis", precision);
    let mut blocks = Blocks::given(network, Shared::constant());
    let places = given_places(&mut graph, network.config(), last);
    let evaluated = blocks.evaluate(&mut graph, &places, last);
    let rgb = nominal(&mut graph, &evaluated.rgb);
    output_colours(&mut graph, &rgb);
    graph.finish("INR-GAN synthesis: code and places of grids to colour", metadata)
}

/// The graph of deviations of layers' inputs over the native picture, in the blocks up to `last`. It takes
/// the code's tensors and the native picture's places, as [`pixel_graph`] does; it gives
/// `deviation.{block}.{layer}`.
pub(crate) fn statistics_graph(
    network: &InrGan,
    last: usize,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("statistics", Element::F32);
    let blocks = computed_deviations(&mut graph, network, Shared::constant(), last);
    output_deviations(&mut graph, &blocks);
    graph.finish("INR-GAN deviations of features over the native picture", metadata)
}

/// The graph of heat-maps, of all blocks: what [`pixel_graph`] takes and `means [blocks, most features]`
/// to `sums` and `maps`.
pub(crate) fn heat_graph(network: &InrGan) -> Vec<u8> {
    let mut graph = Builder::new("heat-maps", Element::F32);
    let mut blocks = Blocks::given(network, Shared::constant());
    let last = network.config().blocks.len() - 1;
    let places = given_places(&mut graph, network.config(), last);
    let Evaluated { features, .. } = blocks.evaluate(&mut graph, &places, last);
    let most = most_features(network.config());
    let means = graph.input("means", Element::F32, &[features.len(), most].map(Dim::Fixed));
    let features: Vec<Value> = features
        .into_iter()
        .map(|(stage, x)| at_pixels(&mut graph, &places[stage + 1..], x))
        .collect();
    heat_outputs(&mut graph, &features, &means, most);
    graph.finish("Heat-maps of INR-GAN blocks", &[])
}

/// Most features of a block.
pub(crate) fn most_features(config: &InrGanConfig) -> usize {
    config.blocks.iter().map(|block| block.features).max().unwrap_or(0)
}

/// Features at the places of a stage, at those of the last of the stages `after` it.
fn at_pixels(graph: &mut Builder, after: &[Places], features: Value) -> Value {
    let taps = after.iter().filter_map(|places| places.taps.as_ref());
    taps.fold(features, |x, taps| taps.take_features(graph, &x))
}

/// The graphs of pixels whose layers are inputs: colours alone, and derivatives by code, deviations and,
/// with `weights`, layers.
pub(crate) fn derivative_graphs(network: &InrGan, weights: bool) -> [Vec<u8>; 2] {
    let last = network.config().blocks.len() - 1;
    let colours = |graph: &mut Builder| {
        let mut blocks = Blocks::given(network, Shared::given());
        let places = given_places(graph, network.config(), last);
        let evaluated = blocks.evaluate(graph, &places, last);
        (blocks, nominal(graph, &evaluated.rgb))
    };
    let mut graph = Builder::new("values", Element::F32);
    let (_, rgb) = colours(&mut graph);
    output_colours(&mut graph, &rgb);
    let values = graph.finish("INR-GAN synthesis with weights as inputs", &[]);
    let mut graph = Builder::new("derivatives", Element::F32);
    let (blocks, rgb) = colours(&mut graph);
    let u = graph.input("u", Element::F32, &[Dim::Named("pixels"), Dim::Fixed(3)]);
    let deviations = blocks.deviations.values(network);
    let by = [deviations, blocks.into_given(weights)].concat();
    output_gradients(&mut graph, &[(rgb, u)], &by);
    [values, graph.finish("Derivatives of INR-GAN synthesis", &[])]
}

/// The graphs of deviations whose layers are inputs: deviations alone, and derivatives by code and, with
/// `weights`, layers, from those by deviations.
pub(crate) fn statistics_derivative_graphs(network: &InrGan, weights: bool) -> [Vec<u8>; 2] {
    let last = network.config().blocks.len() - 1;
    let mut graph = Builder::new("statistics", Element::F32);
    let blocks = computed_deviations(&mut graph, network, Shared::given(), last);
    output_deviations(&mut graph, &blocks);
    let values = graph.finish("INR-GAN deviations with weights as inputs", &[]);
    let mut graph = Builder::new("derivatives of statistics", Element::F32);
    let blocks = computed_deviations(&mut graph, network, Shared::given(), last);
    let seed = |(name, value, dims): GivenValue| {
        (value, graph.input(&gradient_name(&name), Element::F32, &dims))
    };
    let seeds: Vec<_> = blocks.deviations.values(network).into_iter().map(seed).collect();
    output_gradients(&mut graph, &seeds, &blocks.into_given(weights));
    [values, graph.finish("Derivatives of INR-GAN deviations", &[])]
}

/// The graph of a whole generator: a latent to a picture. It takes what [`styles`] does; `size [2]`, the
/// picture's width and height; and `window [4]` (x0, x1, y0, y1), the edges of the outer pixels, which is
/// `[0, 1]²` when it is not given. It gives `picture [height, width, 3]`, nominal range `[0, 1]`, not
/// clamped, of all blocks, and the code's tensors.
pub(crate) fn generator_graph(
    latents: &LatentSpace,
    network: &InrGan,
    metadata: &[(&str, &str)],
) -> Vec<u8> {
    let mut graph = Builder::new("generator", Element::F32);
    let config = network.config();
    let last = config.blocks.len() - 1;
    let styles = styles(&mut graph, latents, config.levels());
    let mut blocks = Blocks {
        network,
        shared: Shared::constant(),
        codes: Codes::made(network.code_shape(), styles),
        deviations: Deviations::Computed(BTreeMap::new()),
    };
    if config.normalised {
        let places = native_places(&mut graph, config);
        blocks.evaluate(&mut graph, &places, last);
    }
    blocks.deviations.settle();
    let size = graph.input("size", Element::I64, &[Dim::Fixed(2)]);
    let window = graph.input_or("window", &[4], &[0.0, 1.0, 0.0, 1.0]);
    let [width, height] = [0, 1].map(|axis| graph.entry(&size, axis));
    let at = axis_coordinates(&mut graph, [&width, &height], &window, Grid::Edges);
    let places = window_places(&mut graph, config, &at);
    let evaluated = blocks.evaluate(&mut graph, &places, last);
    let rgb = nominal(&mut graph, &evaluated.rgb);
    picture(&mut graph, &rgb, [&width, &height]);
    for (name, value, dims) in blocks.codes.into_taken() {
        graph.output(&name, &value, Element::F32, &dims);
    }
    graph.finish("INR-GAN generator: latent, class and truncation to a picture", metadata)
}

impl<'a> Blocks<'a> {
    /// Blocks whose codes and deviations are inputs.
    fn given(network: &'a InrGan, shared: Shared) -> Self {
        let codes = Codes::given(network.code_shape());
        Self { network, shared, codes, deviations: Deviations::Given(BTreeMap::new()) }
    }

    /// The code's tensors and, with `weights`, the layers that are inputs.
    fn into_given(self, weights: bool) -> Vec<GivenValue> {
        let layers = if weights { self.shared.into_given() } else { Vec::new() };
        [self.codes.into_taken(), layers].concat()
    }
}

/// Blocks that were evaluated at the places of the native picture, which are inputs.
fn computed_deviations<'a>(
    graph: &mut Builder,
    network: &'a InrGan,
    shared: Shared,
    last: usize,
) -> Blocks<'a> {
    let deviations = Deviations::Computed(BTreeMap::new());
    let mut blocks = Blocks { deviations, ..Blocks::given(network, shared) };
    let places = given_places(graph, network.config(), last);
    blocks.evaluate(graph, &places, last);
    blocks
}

fn output_deviations(graph: &mut Builder, blocks: &Blocks<'_>) {
    for (name, value, dims) in blocks.deviations.values(blocks.network) {
        graph.output(&name, &value, Element::F32, &dims);
    }
}
