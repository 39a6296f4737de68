//! The places of a resolution, as values of a graph.

use crate::engine::onnx::graph::{Builder, Dim, Value};
use crate::engine::onnx::proto::Element;
use crate::network::InrGanConfig;
use crate::network::inr_gan::Upsampling;

/// The places of a resolution.
pub(super) struct Places {
    /// X and Y of every place, `[places, 2]`, in double precision.
    pub(super) coordinates: Option<Value>,
    /// What every place takes of the constants.
    pub(super) constants: Option<Taps>,
    /// What every place takes of those of the resolution before.
    pub(super) taps: Option<Taps>,
}

/// What places take of others: `[places, taps]` each.
pub(super) struct Taps {
    /// Numbers of the others.
    pub(super) numbers: Value,
    /// How much of each; all of it where there is one.
    pub(super) weights: Option<Value>,
}

impl Taps {
    /// What is taken of `values [others, n]` in single precision: `[places, n]`.
    pub(super) fn take(&self, graph: &mut Builder, values: &Value) -> Value {
        self.weighted(graph, values, |_, weights| weights.clone())
    }

    /// As [`take`](Self::take), of values in the graph's precision.
    pub(super) fn take_features(&self, graph: &mut Builder, values: &Value) -> Value {
        self.weighted(graph, values, |graph, weights| graph.in_precision(weights))
    }

    fn weighted(
        &self,
        graph: &mut Builder,
        values: &Value,
        convert: impl Fn(&mut Builder, &Value) -> Value,
    ) -> Value {
        let numbers = graph.reshape(&self.numbers, &[-1]);
        let taken = graph.gather(values, &numbers, 0);
        let Some(weights) = &self.weights else { return taken };
        let taps = graph.lengths(weights)[1].unwrap_or(1) as i64;
        let length = graph.lengths(values)[1].map_or(-1, |n| n as i64);
        let weights = convert(graph, weights);
        let weights = graph.reshape(&weights, &[-1, 1]);
        let parts = graph.mul(&taken, &weights);
        let parts = graph.reshape(&parts, &[-1, taps, length]);
        graph.sum(&parts, 1, false)
    }
}

/// Blocks up to one, as the resolutions that they run at: the first block of each.
pub(super) fn stages(config: &InrGanConfig, last: usize) -> Vec<usize> {
    (0..=last).filter(|block| config.takes_coordinates(*block)).collect()
}

/// Whether a stage, by the first of its blocks, takes coordinates, constants, and features of the stage
/// before.
pub(super) fn takes(config: &InrGanConfig, first: usize) -> [bool; 3] {
    let block = config.blocks[first];
    [block.waves > 0, block.constants > 0, first > 0]
}

/// Names of a stage's inputs: coordinates, constants and their weights, taps and their weights.
pub(super) fn names(stage: usize) -> [String; 5] {
    let parts = ["coordinates", "constants", "constant_weights", "taps", "tap_weights"];
    parts.map(|part| format!("{part}.{stage}"))
}

/// What each stage is called in shapes.
const DIMS: [&str; 10] = [
    "places 0", "places 1", "places 2", "places 3", "places 4", "places 5", "places 6", "places 7",
    "places 8", "places 9",
];

/// The places of all stages as inputs: `coordinates.S [places, 2]` in double precision, `constants.S`
/// with `constant_weights.S [places, 4]`, and `taps.S [places, 1]`, or `[places, 4]` with `tap_weights.S`.
pub(super) fn given_places(graph: &mut Builder, config: &InrGanConfig, last: usize) -> Vec<Places> {
    let stages = stages(config, last);
    let count = stages.len();
    let place = |(stage, first): (usize, usize)| {
        let places = Dim::Named(if stage + 1 == count { "pixels" } else { DIMS[stage] });
        let [coordinates, constants, constant_weights, taps, tap_weights] = names(stage);
        let [embedded, constant, upsampled] = takes(config, first);
        let mut tensor =
            |name: &str, element, n| graph.input(name, element, &[places, Dim::Fixed(n)]);
        let coordinates = embedded.then(|| tensor(&coordinates, Element::F64, 2));
        let constants = constant.then(|| Taps {
            numbers: tensor(&constants, Element::I64, 4),
            weights: Some(tensor(&constant_weights, Element::F32, 4)),
        });
        let taps = upsampled.then(|| match config.upsampling {
            Upsampling::Nearest => Taps { numbers: tensor(&taps, Element::I64, 1), weights: None },
            Upsampling::Bilinear => Taps {
                numbers: tensor(&taps, Element::I64, 4),
                weights: Some(tensor(&tap_weights, Element::F32, 4)),
            },
        });
        Places { coordinates, constants, taps }
    };
    stages.into_iter().enumerate().map(place).collect()
}
