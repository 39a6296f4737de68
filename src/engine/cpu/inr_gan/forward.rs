//! From places to colours.

use std::f32::consts::SQRT_2;
use std::sync::Arc;

use super::weights::InrGanWeights;
use crate::control::Control;
use crate::engine::cpu::tape::{Activation, Dense, Tape, Taps, Value};
use crate::error::Result;
use crate::network::inr_gan::{CLAMP, Embedding, Grids, InrGan, Stage};

/// Of layers between features.
const ACTIVE: Activation = Activation::LRELU.times(SQRT_2).within(CLAMP);

/// By which deviations features are divided, where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deviations {
    /// By those that the weights have.
    Known,
    /// By those of these places, which are the native picture's.
    OfThese,
}

/// What comes out.
pub(super) struct Forward {
    /// Colours `[places, 3]` of the last stage, nominal range `[0, 1]`.
    pub(super) rgb: Value,
    /// Features of every block, at the places of the last stage.
    pub(super) maps: Vec<Value>,
    /// Deviations of inputs, by block and layer.
    pub(super) deviations: Vec<Vec<Option<Value>>>,
}

/// Takes the places of `grids` through the blocks, as long as `control` lets it. Features of all blocks are brought to the last
/// stage's places only by [`with_maps`].
pub(super) fn forward(
    tape: &mut Tape,
    network: &InrGan,
    weights: &InrGanWeights,
    grids: &Grids,
    deviations: Deviations,
    control: &Control<'_>,
) -> Result<Forward> {
    let mut pass = Pass { network, weights, deviations, control, found: Vec::new(), maps: None };
    pass.run(tape, grids)
}

/// The same with features of all blocks.
pub(super) fn with_maps(
    tape: &mut Tape,
    network: &InrGan,
    weights: &InrGanWeights,
    grids: &Grids,
    control: &Control<'_>,
) -> Result<Forward> {
    let (deviations, maps) = (Deviations::Known, Some(Vec::new()));
    let mut pass = Pass { network, weights, deviations, control, found: Vec::new(), maps };
    pass.run(tape, grids)
}

/// A way through the blocks.
struct Pass<'a> {
    network: &'a InrGan,
    weights: &'a InrGanWeights,
    deviations: Deviations,
    control: &'a Control<'a>,
    found: Vec<Vec<Option<Value>>>,
    maps: Option<Vec<Value>>,
}

impl Pass<'_> {
    fn run(&mut self, tape: &mut Tape, grids: &Grids) -> Result<Forward> {
        let (mut x, mut colours): (Option<Value>, Option<Value>) = (None, None);
        for stage in &grids.stages {
            if stage.per_place > 0 {
                let taps = stage.taps.iter().map(|tap| (tap.place, tap.weight)).collect();
                let taps = Arc::new(Taps { per_row: stage.per_place, taps });
                x = x.map(|x| tape.gathered(&x, &taps));
                colours = colours.map(|colours| tape.gathered(&colours, &taps));
                for map in self.maps.iter_mut().flatten() {
                    *map = tape.gathered(map, &taps);
                }
            }
            for number in stage.blocks.clone() {
                let features = self.block(tape, stage, number, x)?;
                let [w, b] = &self.weights.blocks[number].rgb;
                let more = tape.layer(&features, [w, b], Activation::NONE);
                colours = Some(colours.map_or(more.clone(), |sum| tape.sum(&sum, &more)));
                if let Some(maps) = &mut self.maps {
                    maps.push(features.clone());
                }
                x = Some(features);
            }
        }
        let colours = colours.unwrap_or_else(|| Value::constant(Dense::zeroed(0, 3)));
        Ok(Forward {
            rgb: tape.unit_range(&colours),
            maps: self.maps.take().unwrap_or_default(),
            deviations: std::mem::take(&mut self.found),
        })
    }

    /// Features of a block's last layer.
    ///
    /// # Errors
    /// When the work should stop.
    fn block(
        &mut self,
        tape: &mut Tape,
        stage: &Stage,
        number: usize,
        x: Option<Value>,
    ) -> Result<Value> {
        let embedding = self.network.blocks()[number].embedding.as_deref();
        let mut x = match (x, embedding.map(|e| embed(stage, e))) {
            (Some(x), Some(embedded)) => tape.beside(&x, &embedded),
            (Some(x), None) => x,
            (None, embedded) => Value::constant(embedded.unwrap_or_else(|| Dense::zeroed(0, 1))),
        };
        let mut found = Vec::new();
        let own = &self.weights.blocks[number];
        for (layer, [w, b]) in own.layers.iter().enumerate() {
            self.control.check()?;
            let divisor =
                match (self.network.config().is_normalised(number, layer), self.deviations) {
                    (false, _) => None,
                    (true, Deviations::Known) => own.deviations[layer].clone(),
                    (true, Deviations::OfThese) => Some(tape.deviations(&x)),
                };
            if let Some(divisor) = &divisor {
                x = tape.divided(&x, divisor);
            }
            found.push(divisor);
            x = tape.layer(&x, [w, b], ACTIVE);
        }
        self.found.push(found);
        Ok(x)
    }
}

/// Embeddings `[places, values]` of a stage's places: sines, cosines, constants.
fn embed(stage: &Stage, embedding: &Embedding) -> Dense {
    let Embedding { basis, constants } = embedding;
    let area = stage.area();
    let maps = constants.len() / area;
    let columns = basis.len() + maps;
    let mut values = Vec::with_capacity(stage.places.len() * columns);
    for place in &stage.places {
        let [x, y] = stage.coordinates(*place);
        let angles = basis.chunks_exact(2).map(|b| f64::from(b[0]) * x + f64::from(b[1]) * y);
        values.extend(angles.clone().map(|angle| angle.sin() as f32));
        values.extend(angles.map(|angle| angle.cos() as f32));
        let taps = stage.constants(*place);
        values.extend(
            constants.chunks_exact(area).map(|map| {
                taps.iter().map(|tap| map[tap.place as usize] * tap.weight).sum::<f32>()
            }),
        );
    }
    Dense::new(columns, values)
}
