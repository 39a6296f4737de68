//! Places as graphs take them.

use std::ops::Range;

use ort::value::DynValue;

use super::deviation_name;
use super::places::names;
use crate::engine::onnx::points::Points;
use crate::engine::onnx::session::{Bound, doubles, floats, ints};
use crate::engine::onnx::shared::SharedRun;
use crate::error::Result;
use crate::network::InrGanConfig;
use crate::network::inr_gan::{Grids, Stage, Tap};

/// Puts in the places that some positions take in the blocks up to `last`.
pub(crate) fn put_places(
    config: &InrGanConfig,
    last: usize,
    points: &Points<'_>,
    span: Range<u64>,
    graph: &mut Bound,
) -> Result<()> {
    let grids = Grids::new(config, last, points.positions(span));
    let inputs = inputs(&grids.stages)?;
    inputs.iter().try_for_each(|(name, value)| graph.put_if_taken(name, value))
}

/// What the graph of deviations is run with, once.
pub(crate) fn statistics_run(config: &InrGanConfig, last: usize) -> Result<SharedRun> {
    let grids = Grids::native(config);
    let wanted = grids.stages.iter().take_while(|stage| stage.blocks.start <= last).count();
    let inputs = inputs(&grids.stages[..wanted])?;
    Ok(SharedRun { inputs, outputs: statistics_shapes(config, last) })
}

/// Names and shapes of deviations, in the blocks up to `last`.
pub(crate) fn statistics_shapes(config: &InrGanConfig, last: usize) -> Vec<(String, Vec<usize>)> {
    let layers = (0..=last).flat_map(|b| (0..config.blocks[b].layers).map(move |i| (b, i)));
    let normalised = layers.filter(|(block, layer)| config.is_normalised(*block, *layer));
    let named = normalised
        .map(|(block, layer)| (deviation_name(block, layer), vec![config.inputs(block, layer)]));
    named.collect()
}

fn inputs(stages: &[Stage]) -> Result<Vec<(String, DynValue)>> {
    let all = stages.iter().enumerate().map(|(number, stage)| of_stage(number, stage));
    Ok(all.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

fn of_stage(number: usize, stage: &Stage) -> Result<Vec<(String, DynValue)>> {
    let [coordinates, constants, constant_weights, taps, tap_weights] = names(number);
    let count = stage.places.len();
    let places = stage.places.iter();
    let at = places.clone().flat_map(|place| stage.coordinates(*place)).collect();
    let around: Vec<Tap> = places.flat_map(|place| stage.constants(*place)).collect();
    let numbers = |taps: &[Tap], each| {
        ints(&[count, each], taps.iter().map(|tap| i64::from(tap.place)).collect())
    };
    let weights =
        |taps: &[Tap], each| floats(&[count, each], taps.iter().map(|tap| tap.weight).collect());
    let mut values = vec![
        (coordinates, doubles(&[count, 2], at)?),
        (constants, numbers(&around, 4)?),
        (constant_weights, weights(&around, 4)?),
    ];
    if stage.per_place > 0 {
        values.push((taps, numbers(&stage.taps, stage.per_place)?));
        values.push((tap_weights, weights(&stage.taps, stage.per_place)?));
    }
    Ok(values)
}
