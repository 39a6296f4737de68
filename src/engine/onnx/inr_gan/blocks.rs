//! Blocks of layers, from places to features and colours.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use super::deviation_name;
use super::places::Places;
use crate::engine::onnx::graph::{Builder, Dim, Value};
use crate::engine::onnx::layers::{Codes, GivenValue, InputValues, LayerValues, Shared};
use crate::engine::onnx::proto::Element;
use crate::network::inr_gan::{CLAMP, Embedding, layer_name, rgb_name};
use crate::network::{InrGan, Modulated};

/// Deviations of layers' inputs over the native picture, by block and layer.
pub(super) enum Deviations {
    /// Inputs, those that were asked for.
    Given(BTreeMap<(usize, usize), Value>),
    /// Computed here, at the places of the native picture.
    Computed(BTreeMap<(usize, usize), Value>),
    /// Computed before.
    Known(BTreeMap<(usize, usize), Value>),
}

/// What blocks give.
pub(super) struct Evaluated {
    /// The stage of every block, and its features `[places, features]`.
    pub(super) features: Vec<(usize, Value)>,
    /// `[pixels, 3]`, nominal range `[-1, 1]`.
    pub(super) rgb: Value,
}

/// A network's blocks in a graph.
pub(super) struct Blocks<'a> {
    pub(super) network: &'a InrGan,
    pub(super) shared: Shared,
    pub(super) codes: Codes,
    pub(super) deviations: Deviations,
}

/// A block's embedding as graphs take it: basis `[2, waves]` and constants `[r r, constants]`, those that
/// there are.
fn embedding_tensors(block: usize, embedding: &Embedding, constants: usize) -> [InputValues; 2] {
    let transposed = |values: &[f32], rows: usize| {
        let columns = values.len() / rows.max(1);
        let value = |i: usize| values[(i % rows) * columns + i / rows];
        let turned = (0..values.len()).map(value).collect();
        (vec![columns, rows], turned)
    };
    let (basis_dims, basis) = transposed(&embedding.basis, embedding.basis.len() / 2);
    let (constant_dims, constants) = transposed(&embedding.constants, constants);
    [
        (format!("block.{block}.basis"), basis_dims, basis),
        (format!("block.{block}.constants"), constant_dims, constants),
    ]
}

/// All that embeds positions, as graphs take it.
pub(crate) fn fixed_tensors(network: &InrGan) -> Vec<InputValues> {
    let blocks = network.blocks().iter().zip(&network.config().blocks).enumerate();
    let tensors = blocks.flat_map(|(number, (layers, config))| {
        let embedding = layers.embedding.iter();
        embedding.flat_map(move |e| embedding_tensors(number, e, config.constants))
    });
    tensors.filter(|(_, _, values)| !values.is_empty()).collect()
}

impl Blocks<'_> {
    /// Blocks up to `last` at the places of their stages.
    pub(super) fn evaluate(
        &mut self,
        graph: &mut Builder,
        places: &[Places],
        last: usize,
    ) -> Evaluated {
        let mut stage = 0;
        let (mut features, mut rgb): (Vec<(usize, Value)>, Option<Value>) = (Vec::new(), None);
        for block in 0..=last {
            let mut x = features.last().map(|(_, x)| x.clone());
            if block > 0 && self.network.config().takes_coordinates(block) {
                stage += 1;
                if let Some(taps) = &places[stage].taps {
                    x = x.map(|x| taps.take_features(graph, &x));
                    rgb = rgb.map(|rgb| taps.take(graph, &rgb));
                }
            }
            let x = self.block(graph, block, x, &places[stage]);
            let own = self.colours(graph, block, &x);
            rgb = Some(match rgb {
                Some(before) => graph.add(&before, &own),
                None => own,
            });
            features.push((stage, x));
        }
        let rgb = rgb.expect("a block");
        Evaluated { features, rgb }
    }

    /// A block's features, of those before it.
    fn block(
        &mut self,
        graph: &mut Builder,
        block: usize,
        before: Option<Value>,
        places: &Places,
    ) -> Value {
        let network = self.network;
        let embedded = self.embedded(graph, block, places);
        let parts: Vec<Value> = before.into_iter().chain(embedded).collect();
        let mut x = match parts.as_slice() {
            [only] => only.clone(),
            parts => graph.concat(&parts.iter().collect::<Vec<_>>(), 1),
        };
        for (number, layer) in network.blocks()[block].layers.iter().enumerate() {
            if network.config().is_normalised(block, number) {
                x = self.normalised(graph, &x, block, number);
            }
            let values = self.layer(graph, &layer_name(block, number), layer);
            x = values.activate(graph, &x, CLAMP);
        }
        x
    }

    /// A layer whose weight is `W ⊙ (L R / sqrt(rank) + 1)`, with rows of length 1.
    fn layer(&mut self, graph: &mut Builder, name: &str, layer: &Modulated) -> LayerValues {
        let values = self.shared.layer(graph, name, &layer.layer);
        let factors = self.codes.of(graph, &layer.modulation);
        let product = graph.op("MatMul", &[&factors[0], &factors[1]]);
        let rank = self.network.config().rank as f32;
        let (scale, one) = (graph.float(1.0 / rank.sqrt()), graph.float(1.0));
        let product = graph.mul(&product, &scale);
        let product = graph.add(&product, &one);
        let weight = graph.mul(&values.weight, &product);
        LayerValues { weight, ..values }.with_unit_rows(graph)
    }

    fn colours(&mut self, graph: &mut Builder, block: usize, x: &Value) -> Value {
        let layer = &self.network.blocks()[block].rgb;
        let values = self.shared.layer(graph, &rgb_name(block), &layer.layer);
        let code = self.codes.of(graph, &layer.modulation);
        let rgb = values.with_scaled_columns(graph, &code[0]).apply(graph, x);
        graph.in_single(&rgb)
    }

    /// The embedding of places, in the graph's precision, if the block takes one.
    fn embedded(&mut self, graph: &mut Builder, block: usize, places: &Places) -> Option<Value> {
        let embedding = self.network.blocks()[block].embedding.as_ref()?;
        let constants = self.network.config().blocks[block].constants;
        let [basis, constants] = embedding_tensors(block, embedding, constants);
        let mut parts = Vec::new();
        if let Some(at) = &places.coordinates {
            let basis = self.shared.fixed(graph, &basis);
            parts.extend(waves(graph, &basis, at));
        }
        if let Some(taps) = &places.constants {
            let constants = self.shared.fixed(graph, &constants);
            parts.push(taps.take(graph, &constants));
        }
        let all = graph.concat(&parts.iter().collect::<Vec<_>>(), 1);
        Some(graph.in_precision(&all))
    }

    /// `x` divided by its deviation over the native picture and 1e-8.
    fn normalised(&mut self, graph: &mut Builder, x: &Value, block: usize, layer: usize) -> Value {
        let config = self.network.config();
        let length = config.inputs(block, layer);
        let key = (block, layer);
        let deviation = match &mut self.deviations {
            Deviations::Known(known) => known[&key].clone(),
            Deviations::Given(given) => {
                let name = deviation_name(block, layer);
                let input = graph.input(&name, Element::F32, &[Dim::Fixed(length)]);
                given.insert(key, input.clone());
                input
            }
            Deviations::Computed(computed) => {
                let side = config.resolution_of(block);
                let found = deviation(graph, x, side, length);
                computed.insert(key, found.clone());
                found
            }
        };
        let least = graph.float(1e-8);
        let divisor = graph.add(&deviation, &least);
        let single = graph.in_single(x);
        let scaled = graph.op("Div", &[&single, &divisor]);
        graph.in_precision(&scaled)
    }
}

impl Deviations {
    /// What was computed is known from here on.
    pub(super) fn settle(&mut self) {
        if let Self::Computed(values) = self {
            *self = Self::Known(std::mem::take(values));
        }
    }

    /// Those that are inputs or computed here, with their names and shapes.
    pub(super) fn values(&self, network: &InrGan) -> Vec<GivenValue> {
        let (Self::Given(values) | Self::Computed(values) | Self::Known(values)) = self;
        let named = values.iter().map(|((block, layer), value)| {
            let length = network.config().inputs(*block, *layer);
            (deviation_name(*block, *layer), value.clone(), vec![Dim::Fixed(length)])
        });
        named.collect()
    }
}

/// Sines and cosines of places' coordinates, `[places, waves]` each. In double precision up to the
/// last turn.
fn waves(graph: &mut Builder, basis: &Value, at: &Value) -> [Value; 2] {
    let basis = graph.cast(basis, Element::F64);
    let angle = graph.op("MatMul", &[at, &basis]);
    let circle = graph.double(TAU);
    let turns = graph.op("Div", &[&angle, &circle]);
    let whole = graph.op("Floor", &[&turns]);
    let whole = graph.mul(&whole, &circle);
    let angle = graph.sub(&angle, &whole);
    let angle = graph.cast(&angle, Element::F32);
    ["Sin", "Cos"].map(|op| graph.op(op, &[&angle]))
}

/// The unbiased deviation `[length]` of each feature over `x [side side, length]`. Sums go along columns,
/// then along rows, so that rounding stays small.
fn deviation(graph: &mut Builder, x: &Value, side: usize, length: usize) -> Value {
    let total = |graph: &mut Builder, values: &Value| {
        let grid = graph.reshape(values, &[side as i64, side as i64, length as i64]);
        let rows = graph.sum(&grid, 1, false);
        graph.sum(&rows, 0, false)
    };
    let count = (side * side) as f32;
    let [all, fewer] = [1.0 / count, 1.0 / (count - 1.0).max(1.0)].map(|v| graph.float(v));
    let sum = total(graph, x);
    let mean = graph.mul(&sum, &all);
    let centred = graph.sub(x, &mean);
    let squares = graph.mul(&centred, &centred);
    let sum = total(graph, &squares);
    let variance = graph.mul(&sum, &fewer);
    graph.op("Sqrt", &[&variance])
}
