//! Derivatives of a generator's field as a graph.

use super::coordinates::homogeneous_given;
use super::graph::{Builder, Dim, Value, whole};
use super::proto::Element;
use crate::model::{AffineActivation, LRELU_SLOPE, Linear, Synthesis};

/// What graphs of derivatives differ by: weights are inputs, since fitting changes them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Form {
    pub(super) levels: usize,
    pub(super) features: usize,
    pub(super) affine_activation: AffineActivation,
    pub(super) clamp: Option<f32>,
    /// Whether derivatives by the weights are computed too.
    pub(super) weights: bool,
}

impl Form {
    pub(super) fn of(synthesis: &Synthesis, weights: bool) -> Self {
        Self {
            levels: synthesis.levels.len(),
            features: synthesis.rgb.inputs,
            affine_activation: synthesis.affine_activation,
            clamp: synthesis.clamp,
            weights,
        }
    }
}

/// All layers with their names in the graph: the levels', then the one to RGB.
pub(super) fn layers(synthesis: &Synthesis) -> impl Iterator<Item = (String, &Linear)> {
    let levels = synthesis.levels.iter().enumerate().map(|(j, l)| (format!("level{j}"), l));
    levels.chain([("rgb_layer".to_owned(), &synthesis.rgb)])
}

/// A layer's weights `[out, in]` and bias, as inputs.
struct Layer {
    name: String,
    weight: Value,
    bias: Value,
}

/// What a level computed, for the way back.
struct Level {
    /// Its affine term before its activation, and after; level 0 has only the first.
    term: Value,
    active: Value,
    /// What came in: `h_{j-1}`, and what went through the weights.
    before: Option<Value>,
    input: Value,
    /// What came out of the weights, and of leaky ReLU.
    products: Value,
    slope: Value,
    /// After the clamp.
    output: Value,
}

/// The graph that gives colours alone, as a file: it takes `affine`, `positions [pixels, 2]` and all
/// layers, and gives `rgb [pixels, 3]` as [`synthesis_graph`](super::synthesis::synthesis_graph).
pub(super) fn forward_graph(form: &Form) -> Vec<u8> {
    let mut graph = Builder::new("values", Element::F32);
    let (affine, x, layers) = inputs(&mut graph, form);
    let levels = forward(&mut graph, form, &affine, &x, &layers);
    let rgb = colour(&mut graph, &levels, &layers);
    graph.output("rgb", &rgb, Element::F32, &[Dim::Named("pixels"), Dim::Fixed(3)]);
    graph.finish("Poly-INR synthesis with weights as inputs", &[])
}

/// The graph of derivatives, as a file: it takes what the [forward graph](forward_graph) does and
/// `u [pixels, 3]`, the derivatives of a loss by the colours; it gives `affine_gradient
/// [levels, n, 3]` and, where weights are wanted, for each layer NAME `NAME_weight_gradient` and
/// `NAME_bias_gradient`.
pub(super) fn backward_graph(form: &Form) -> Vec<u8> {
    let mut graph = Builder::new("derivatives", Element::F32);
    let (affine, x, layers) = inputs(&mut graph, form);
    let u = graph.input("u", Element::F32, &[Dim::Named("pixels"), Dim::Fixed(3)]);
    let levels = forward(&mut graph, form, &affine, &x, &layers);
    let half = graph.float(0.5);
    let mut g = graph.mul(&u, &half);
    let rgb = &layers[form.levels];
    g = through(&mut graph, form, rgb, &levels[form.levels - 1].output, &g);
    let mut gradients = Vec::new();
    for (level, layer) in levels.iter().zip(&layers).rev() {
        g = through_activation(&mut graph, form, level, &g);
        g = through(&mut graph, form, layer, &level.input, &g);
        let (by_term, by_before) = apart(&mut graph, form, level, &g);
        gradients.push(by_position(&mut graph, &by_term, &x));
        g = by_before;
    }
    gradients.reverse();
    let all: Vec<&Value> = gradients.iter().collect();
    let affine_gradient = graph.concat(&all, 0);
    let dims = [form.levels, form.features, 3].map(Dim::Fixed);
    graph.output("affine_gradient", &affine_gradient, Element::F32, &dims);
    graph.finish("Derivatives of Poly-INR synthesis", &[])
}

fn inputs(graph: &mut Builder, form: &Form) -> (Value, Value, Vec<Layer>) {
    let n = form.features;
    let affine = graph.input("affine", Element::F32, &[form.levels, n, 3].map(Dim::Fixed));
    let x = homogeneous_given(graph);
    let names = (0..form.levels).map(|j| (format!("level{j}"), n));
    let layers = names.chain([("rgb_layer".to_owned(), 3)]).map(|(name, outputs)| {
        let dims = [outputs, n].map(Dim::Fixed);
        let weight = graph.input(&format!("{name}_weight"), Element::F32, &dims);
        let bias = graph.input(&format!("{name}_bias"), Element::F32, &[Dim::Fixed(outputs)]);
        Layer { name, weight, bias }
    });
    let layers = layers.collect();
    (affine, x, layers)
}

fn forward(
    graph: &mut Builder,
    form: &Form,
    affine: &Value,
    x: &Value,
    layers: &[Layer],
) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    for (number, layer) in layers[..form.levels].iter().enumerate() {
        let own = graph.entry(affine, number as i64);
        let own = graph.op("Transpose", &[&own]);
        let term = graph.op("MatMul", &[x, &own]);
        let before = levels.last().map(|level| level.output.clone());
        let active = match (form.affine_activation, &before) {
            (AffineActivation::Lrelu, Some(_)) => graph.lrelu(&term),
            _ => term.clone(),
        };
        let input = match &before {
            Some(h) => graph.mul(h, &active),
            None => term.clone(),
        };
        let products = linear(graph, &input, layer);
        let slope = graph.lrelu(&products);
        let output = graph.clamp(slope.clone(), form.clamp);
        levels.push(Level { term, active, before, input, products, slope, output });
    }
    levels
}

/// `x Wᵀ + b`.
fn linear(graph: &mut Builder, x: &Value, layer: &Layer) -> Value {
    let turned = graph.op("Transpose", &[&layer.weight]);
    let products = graph.op("MatMul", &[x, &turned]);
    graph.add(&products, &layer.bias)
}

fn colour(graph: &mut Builder, levels: &[Level], layers: &[Layer]) -> Value {
    let last = &levels[levels.len() - 1].output;
    let rgb = linear(graph, last, &layers[levels.len()]);
    let [one, half] = [1.0, 0.5].map(|v| graph.float(v));
    let moved = graph.add(&rgb, &one);
    graph.mul(&moved, &half)
}

/// From the derivatives by a layer's output to those by its input; those by the layer are handed
/// out.
fn through(graph: &mut Builder, form: &Form, layer: &Layer, input: &Value, g: &Value) -> Value {
    if form.weights {
        let turned = graph.op("Transpose", &[g]);
        let weight = graph.op("MatMul", &[&turned, input]);
        let bias = sum_of_rows(graph, g);
        let outputs = if layer.name == "rgb_layer" { 3 } else { form.features };
        let dims = [outputs, form.features].map(Dim::Fixed);
        graph.output(&format!("{}_weight_gradient", layer.name), &weight, Element::F32, &dims);
        graph.output(&format!("{}_bias_gradient", layer.name), &bias, Element::F32, &dims[..1]);
    }
    graph.op("MatMul", &[g, &layer.weight])
}

fn sum_of_rows(graph: &mut Builder, value: &Value) -> Value {
    let axes = graph.ints(&[1], &[0]);
    graph.op_with("ReduceSum", &[value, &axes], vec![whole("keepdims", 0)])
}

/// Through clamp and leaky ReLU.
fn through_activation(graph: &mut Builder, form: &Form, level: &Level, g: &Value) -> Value {
    let g = match form.clamp {
        None => g.clone(),
        Some(limit) => {
            let limit = graph.float(limit);
            let size = graph.op("Abs", &[&level.slope]);
            let inside = graph.op("LessOrEqual", &[&size, &limit]);
            let inside = graph.cast(&inside, Element::F32);
            graph.mul(g, &inside)
        }
    };
    times_slope(graph, &level.products, &g)
}

/// `g` times the slope of leaky ReLU at `at`.
fn times_slope(graph: &mut Builder, at: &Value, g: &Value) -> Value {
    let [zero, one, flat] = [0.0, 1.0, LRELU_SLOPE].map(|v| graph.float(v));
    let rising = graph.op("Greater", &[at, &zero]);
    let slope = graph.op("Where", &[&rising, &one, &flat]);
    graph.mul(g, &slope)
}

/// From the derivatives by a level's input to those by its affine term and by what came before.
fn apart(graph: &mut Builder, form: &Form, level: &Level, g: &Value) -> (Value, Value) {
    let Some(before) = &level.before else { return (g.clone(), g.clone()) };
    let by_active = graph.mul(g, before);
    let by_before = graph.mul(g, &level.active);
    let by_term = match form.affine_activation {
        AffineActivation::None => by_active,
        AffineActivation::Lrelu => times_slope(graph, &level.term, &by_active),
    };
    (by_term, by_before)
}

/// From the derivatives by an affine term to those by its parameters, `[1, n, 3]`.
fn by_position(graph: &mut Builder, g: &Value, x: &Value) -> Value {
    let turned = graph.op("Transpose", &[g]);
    let gradient = graph.op("MatMul", &[&turned, x]);
    graph.unsqueeze(&gradient, 0)
}
