//! Layers that all images share, as constants of a graph or as its inputs, and how codes modulate them.

use std::collections::BTreeMap;
use std::f32::consts::SQRT_2;

use super::graph::{Builder, Dim, Value};
use super::proto::Element;
use crate::network::{CodeShape, Linear, Modulation, Network};

/// A value that a graph is given: its name, itself, and its shape.
pub(super) type GivenValue = (String, Value, Vec<Dim>);

/// Where shared weights come from.
#[derive(Debug)]
pub(super) struct Shared {
    /// Those that are inputs, with derivatives by them; `None` where all are constants.
    given: Option<Vec<GivenValue>>,
}

/// A layer's weight `[out, in]` and bias `[out]`, in single precision.
#[derive(Clone, Debug)]
pub(super) struct LayerValues {
    pub(super) weight: Value,
    pub(super) bias: Value,
}

impl Shared {
    /// Constants of the graph.
    pub(super) fn constant() -> Self {
        Self { given: None }
    }

    /// Inputs, which fitting changes.
    pub(super) fn given() -> Self {
        Self { given: Some(Vec::new()) }
    }

    /// The layer `name`.
    pub(super) fn layer(&mut self, graph: &mut Builder, name: &str, layer: &Linear) -> LayerValues {
        let Linear { inputs, outputs, weight, bias } = layer;
        let mut tensor = |part: &str, dims: &[usize], values: &[f32]| match &mut self.given {
            None => graph.floats(dims, values),
            Some(given) => {
                let (name, dims) = (format!("{name}_{part}"), fixed(dims));
                let value = graph.input(&name, Element::F32, &dims);
                given.push((name, value.clone(), dims));
                value
            }
        };
        LayerValues {
            weight: tensor("weight", &[*outputs, *inputs], weight),
            bias: tensor("bias", &[*outputs], bias),
        }
    }

    /// `value` through the layer `name`.
    pub(super) fn linear(
        &mut self,
        graph: &mut Builder,
        name: &str,
        layer: &Linear,
        value: &Value,
    ) -> Value {
        match self.given {
            None => graph.linear(value, layer),
            Some(_) => {
                let layer = self.layer(graph, name, layer);
                layer.apply(graph, value)
            }
        }
    }

    /// Numbers that a network's images share and nothing fits, as an input where layers are.
    pub(super) fn fixed(&self, graph: &mut Builder, (name, dims, values): &InputValues) -> Value {
        match self.given {
            None => graph.floats(dims, values),
            Some(_) => graph.input(name, Element::F32, &fixed(dims)),
        }
    }

    /// Those that are inputs.
    pub(super) fn into_given(self) -> Vec<GivenValue> {
        self.given.unwrap_or_default()
    }
}

/// An input's name, shape and values.
pub(super) type InputValues = (String, Vec<usize>, Vec<f32>);

fn fixed(dims: &[usize]) -> Vec<Dim> {
    dims.iter().map(|d| Dim::Fixed(*d)).collect()
}

impl LayerValues {
    /// With each column of the weight multiplied by `factors [in]`.
    pub(super) fn with_columns(self, graph: &mut Builder, factors: &Value) -> Self {
        Self { weight: graph.mul(&self.weight, factors), ..self }
    }

    /// With each column of the weight multiplied by `factors [in]`, divided by `sqrt(in)`.
    pub(super) fn with_scaled_columns(self, graph: &mut Builder, factors: &Value) -> Self {
        let inputs = graph.lengths(factors).last().copied().flatten().unwrap_or(1);
        let scale = graph.float(1.0 / (inputs as f32).sqrt());
        let scaled = graph.mul(factors, &scale);
        self.with_columns(graph, &scaled)
    }

    /// With each row of the weight divided by the root of its squares' sum and 1e-8.
    pub(super) fn with_even_rows(self, graph: &mut Builder) -> Self {
        let sum = self.row_squares(graph);
        let least = graph.float(1e-8);
        let sum = graph.add(&sum, &least);
        let length = graph.op("Sqrt", &[&sum]);
        Self { weight: graph.op("Div", &[&self.weight, &length]), ..self }
    }

    /// With each row of the weight divided by its length and 1e-8.
    pub(super) fn with_unit_rows(self, graph: &mut Builder) -> Self {
        let sum = self.row_squares(graph);
        let length = graph.op("Sqrt", &[&sum]);
        let least = graph.float(1e-8);
        let length = graph.add(&length, &least);
        Self { weight: graph.op("Div", &[&self.weight, &length]), ..self }
    }

    fn row_squares(&self, graph: &mut Builder) -> Value {
        let squares = graph.mul(&self.weight, &self.weight);
        graph.sum(&squares, 1, true)
    }

    /// `value [.., in]` through the layer, in the graph's precision.
    pub(super) fn apply(&self, graph: &mut Builder, value: &Value) -> Value {
        let turned = graph.op("Transpose", &[&self.weight]);
        let [turned, bias] = [&turned, &self.bias].map(|v| graph.in_precision(v));
        let product = graph.op("MatMul", &[value, &turned]);
        graph.add(&product, &bias)
    }

    /// As [`apply`](Self::apply), then `sqrt(2)` times leaky ReLU, within ± `limit`.
    pub(super) fn activate(self, graph: &mut Builder, value: &Value, limit: f32) -> Value {
        // A positive factor passes through leaky ReLU, and a layer has fewer numbers than values.
        let gain = graph.float(SQRT_2);
        let [weight, bias] = [self.weight, self.bias].map(|v| graph.mul(&v, &gain));
        let products = Self { weight, bias }.apply(graph, value);
        let active = graph.lrelu(&products);
        graph.clamp(active, Some(limit))
    }
}

/// Where codes come from.
#[derive(Debug)]
pub(super) struct Codes {
    shape: CodeShape,
    /// Latents w `[levels, w_dim]` that codes are made of; `None` where they are inputs.
    styles: Option<Value>,
    /// What was asked for, by level and number.
    taken: BTreeMap<(usize, usize), Value>,
}

impl Codes {
    /// Inputs, `code.{level}.{number}`.
    pub(super) fn given(shape: CodeShape) -> Self {
        Self { shape, styles: None, taken: BTreeMap::new() }
    }

    /// Made of `styles [levels, w_dim]`.
    pub(super) fn made(shape: CodeShape, styles: Value) -> Self {
        Self { shape, styles: Some(styles), taken: BTreeMap::new() }
    }

    /// The tensors of a modulation.
    pub(super) fn of(&mut self, graph: &mut Builder, modulation: &Modulation) -> Vec<Value> {
        let level = modulation.level();
        let numbers = modulation.numbers();
        if !self.taken.contains_key(&(level, numbers.start)) {
            let shapes = &self.shape[level][numbers.clone()];
            let values: Vec<Value> = match &self.styles {
                None => {
                    let name = |number| code_name(level, number);
                    let inputs = numbers.clone().zip(shapes);
                    let inputs =
                        inputs.map(|(i, shape)| graph.input(&name(i), Element::F32, &fixed(shape)));
                    inputs.collect()
                }
                Some(styles) => made(graph, styles, modulation, shapes),
            };
            let values = numbers.clone().map(|i| (level, i)).zip(values);
            self.taken.extend(values);
        }
        numbers.filter_map(|i| self.taken.get(&(level, i)).cloned()).collect()
    }

    /// All that were asked for.
    pub(super) fn into_taken(self) -> Vec<GivenValue> {
        let Self { shape, taken, .. } = self;
        let named = taken.into_iter().map(|((level, number), value)| {
            (code_name(level, number), value, fixed(&shape[level][number]))
        });
        named.collect()
    }
}

/// The tensors that a head makes of the latent w of its level.
fn made(
    graph: &mut Builder,
    styles: &Value,
    modulation: &Modulation,
    shapes: &[Vec<usize>],
) -> Vec<Value> {
    let w = graph.entry(styles, modulation.level() as i64);
    let values = graph.linear(&w, modulation.head());
    let mut start = 0;
    let mut tensor = |shape: &Vec<usize>| {
        let end = start + shape.iter().product::<usize>();
        let own = graph.slice(&values, 0, start, end);
        start = end;
        graph.reshape(&own, &shape.iter().map(|d| *d as i64).collect::<Vec<_>>())
    };
    shapes.iter().map(&mut tensor).collect()
}

/// What graphs call a tensor of a code.
fn code_name(level: usize, number: usize) -> String {
    format!("code.{level}.{number}")
}

/// The tensors of a code, in their order: names and shapes.
pub(super) fn code_tensors(network: &Network) -> Vec<(String, Vec<usize>)> {
    let levels = network.code_shape().into_iter().enumerate();
    let tensors = levels.flat_map(|(level, tensors)| {
        let named = tensors.into_iter().enumerate();
        named.map(move |(number, shape)| (code_name(level, number), shape))
    });
    tensors.collect()
}
