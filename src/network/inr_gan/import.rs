//! The names that the released networks' tensors have (`synthesis.b16.coord_fuser.log_basis`, ...).

use super::config::{InrGanBlock, InrGanConfig};
use super::{layer_name, rgb_name};
use crate::error::Result;
use crate::tensors::{ForeignTensors, NamedTensor};

/// Whether tensors are those of a released network.
pub(crate) fn recognises(source: &ForeignTensors<'_>) -> bool {
    source.has(&format!("{}.const_embs", fuser(0)))
        || source.has(&format!("{}.log_basis", fuser(0)))
}

/// Number of pixels that a block is named after.
fn pixels(block: usize) -> usize {
    4 << block
}

/// Blocks whose names are looked for: more than a network may have.
const SOUGHT: usize = 16;

/// What embeds a block's coordinates.
fn fuser(block: usize) -> String {
    match block {
        0 => "synthesis.b4.input.input.coord_fuser".to_owned(),
        _ => format!("synthesis.b{}.coord_fuser", pixels(block)),
    }
}

/// A block's layers, in their order.
fn layers(source: &ForeignTensors<'_>, block: usize) -> Vec<String> {
    let b = pixels(block);
    let extra = |i| format!("synthesis.b{b}.extra_convs.{i}");
    let more = source.count(|i| format!("{}.weight", extra(i)));
    let first = ["conv0", "conv1"].into_iter().skip(usize::from(block == 0));
    first.map(|name| format!("synthesis.b{b}.{name}")).chain((0..more).map(extra)).collect()
}

/// The shape that tensors have, of the bilinear variant or the nearest.
pub(crate) fn config(source: &ForeignTensors<'_>, bilinear: bool) -> Result<InrGanConfig> {
    let name = |block| format!("synthesis.b{}.conv1.weight", pixels(block));
    let count = (0..SOUGHT).take_while(|block| source.has(&name(*block))).count();
    let blocks = (0..count).map(|block| shape(source, block)).collect::<Result<_>>()?;
    let first = &layers(source, 0)[0];
    let [outputs, inputs] = [0, 1].map(|side| source.dimension(&format!("{first}.weight"), side));
    let factors = source.dimension(&format!("{first}.affine.bias"), 0)?;
    // Sides of tensors without values may be any numbers.
    let rank = factors / outputs?.saturating_add(inputs?).max(1);
    let input = input_resolution(source, count)?;
    let config = InrGanConfig { rank, ..InrGanConfig::new(blocks, input) };
    Ok(if bilinear { config.bilinear() } else { config })
}

/// The resolution that the first blocks run at, as the file's configuration or the constants' side says.
fn input_resolution(source: &ForeignTensors<'_>, blocks: usize) -> Result<usize> {
    let constants = format!("{}.const_embs", fuser(0));
    if source.has(&constants) {
        return source.dimension(&constants, 2);
    }
    // The first block with coordinates of its own doubles it.
    let own = (1..blocks).find(|b| source.has(&format!("{}.log_basis", fuser(*b))));
    Ok(own.map_or(4, |block| pixels(block) / 2))
}

fn shape(source: &ForeignTensors<'_>, block: usize) -> Result<InrGanBlock> {
    let name = format!("synthesis.b{}.conv1.weight", pixels(block));
    let length = |tensor: String, side: usize| match source.has(&tensor) {
        true => source.dimension(&tensor, side),
        false => Ok(0),
    };
    let fuser = fuser(block);
    let [logarithmic, random] = BASES.map(|basis| length(format!("{fuser}.{basis}"), 0));
    Ok(InrGanBlock {
        features: source.dimension(&name, 0)?,
        layers: layers(source, block).len(),
        waves: logarithmic?.saturating_add(random?),
        constants: length(format!("{fuser}.const_embs"), 1)?,
    })
}

/// Parts of the basis, in the order of waves.
const BASES: [&str; 2] = ["log_basis", "random_basis"];

/// Copies all tensors, of a shape that is possible.
pub(crate) fn copy(
    source: &ForeignTensors<'_>,
    config: &InrGanConfig,
    out: &mut Vec<NamedTensor>,
) -> Result<()> {
    for block in 0..config.blocks.len() {
        embedding(source, config, block, out)?;
        let layers = layers(source, block).into_iter().enumerate();
        let layers = layers.map(|(i, old)| (old, layer_name(block, i)));
        let rgb = (format!("synthesis.b{}.torgb", pixels(block)), rgb_name(block));
        for (old, new) in layers.chain([rgb]) {
            source.point_layer(out, &old, &new)?;
            source.layer(out, &format!("{old}.affine"), &format!("style.{new}"))?;
        }
    }
    Ok(())
}

fn embedding(
    source: &ForeignTensors<'_>,
    config: &InrGanConfig,
    block: usize,
    out: &mut Vec<NamedTensor>,
) -> Result<()> {
    let fuser = fuser(block);
    let present = BASES.into_iter().map(|basis| format!("{fuser}.{basis}"));
    let present: Vec<String> = present.filter(|name| source.has(name)).collect();
    if !present.is_empty() {
        source.joined(out, &present, format!("block.{block}.basis"))?;
    }
    let constants = format!("{fuser}.const_embs");
    if source.has(&constants) {
        let side = config.resolution_of(block);
        let shape = [config.blocks[block].constants, side, side];
        source.reshaped(out, &constants, format!("block.{block}.constants"), &shape)?;
    }
    Ok(())
}
