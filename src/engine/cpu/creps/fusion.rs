//! Maps that lines are composed to, fused to colours.

use std::sync::Arc;

use super::lines::{ACTIVE, BARE};
use super::weights::FusionWeights;
use crate::engine::cpu::tape::{Activation, Pairs, Tape, Value};

/// Lines of rows and columns, for every map.
#[derive(Clone, Copy)]
pub(super) struct AllLines<'a> {
    pub(super) rows: &'a [Value],
    pub(super) columns: &'a [Value],
}

/// Maps on the way to colours, in their order: those composed, then those that decoders give.
pub(super) struct Maps {
    pub(super) composed: Vec<Value>,
    pub(super) fused: Vec<Value>,
}

impl Maps {
    /// What the last decoder gives.
    pub(super) fn last(&self) -> &Value {
        self.fused.last().unwrap_or(&self.composed[0])
    }
}

/// The maps of places that are composed of `pairs` of lines.
pub(super) fn maps(
    tape: &mut Tape,
    weights: &FusionWeights,
    lines: AllLines<'_>,
    pairs: &Arc<Pairs>,
) -> Maps {
    let both = lines.rows.iter().zip(lines.columns);
    let composed: Vec<Value> =
        both.map(|(rows, columns)| tape.composed([rows, columns], pairs)).collect();
    let mut fused: Vec<Value> = Vec::new();
    for (number, decoder) in weights.decoders.iter().enumerate() {
        let mut e = fused.last().unwrap_or(&composed[0]).clone();
        for [w, b] in decoder {
            e = tape.layer(&e, [w, b], Activation::LRELU);
        }
        if let Some(next) = composed.get(number + 1) {
            e = tape.sum(&e, next);
        }
        fused.push(e);
    }
    Maps { composed, fused }
}

/// Colours `[places, 3]`, nominal range `[0, 1]`, of what the last decoder gives.
pub(super) fn colours(tape: &mut Tape, weights: &FusionWeights, fused: &Value) -> Value {
    let [w, b] = &weights.rgb;
    let mut colours = tape.layer(fused, [w, b], Activation::NONE);
    let mut x = fused.clone();
    for (layers, [w, b]) in &weights.refinements {
        for [w, b] in layers {
            x = tape.layer(&x, [w, b], ACTIVE);
        }
        let more = tape.layer(&x, [w, b], BARE);
        colours = tape.sum(&colours, &more);
    }
    tape.unit_range(&colours)
}
