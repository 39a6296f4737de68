//! The names that the released networks' tensors have (`synthesis.b4.input.freqs`, ...).

use super::config::CrepsConfig;
use super::{decoder_name, layer_name, lines_name, refined_name, refined_rgb_name};
use crate::error::Result;
use crate::tensors::{ForeignTensors, NamedTensor};

/// Whether tensors are those of a released network.
pub(crate) fn recognises(source: &ForeignTensors<'_>) -> bool {
    source.has("synthesis.b4.input.freqs")
}

/// Number of pixels that a block is named after.
fn pixels(block: usize) -> usize {
    4 << block
}

/// Blocks whose names are looked for: more than a network may have.
const SOUGHT: usize = 16;

/// The shape that tensors have.
pub(crate) fn config(source: &ForeignTensors<'_>) -> Result<CrepsConfig> {
    let name = |block| format!("synthesis.b{}.fc1.weight", pixels(block));
    let present = (0..SOUGHT).take_while(|block| source.has(&name(*block)));
    let features = |block| source.dimension(&name(block), 0);
    let blocks = present.map(features).collect::<Result<_>>()?;
    let channels = source.dimension("synthesis.decoder_img.weight", 1)?;
    let rank = source.dimension("synthesis.b4.input.weight", 3)? / 2;
    Ok(CrepsConfig { rank, ..CrepsConfig::new(blocks, channels) })
}

/// Copies all tensors that have a part in pictures, of a shape that is possible.
pub(crate) fn copy(
    source: &ForeignTensors<'_>,
    config: &CrepsConfig,
    out: &mut Vec<NamedTensor>,
) -> Result<()> {
    let (channels, rank) = (config.blocks[0], config.rank);
    let shaped = [
        ("freqs", "frequencies", [channels / 2, rank]),
        ("weight", "weight", [channels, 2 * rank]),
    ];
    for (old, new, shape) in shaped {
        source.reshaped(
            out,
            &format!("synthesis.b4.input.{old}"),
            format!("input.{new}"),
            &shape,
        )?;
    }
    source.layer(out, "synthesis.b4.input.affine", "style.input")?;
    let mut modulated = |old: String, new: String| {
        source.layer(out, &format!("synthesis.{old}"), &new)?;
        source.layer(out, &format!("synthesis.{old}.affine"), &format!("style.{new}"))
    };
    modulated("b4.fc1".to_owned(), layer_name(0, 0))?;
    for block in 1..config.blocks.len() {
        let b = pixels(block);
        modulated(format!("b{b}.fc0"), layer_name(block, 0))?;
        modulated(format!("b{b}.fc1"), layer_name(block, 1))?;
        modulated(format!("b{b}.tores"), lines_name(block))?;
    }
    for number in 0..2 {
        modulated(format!("block{number}.fc0"), refined_name(number, 0))?;
        modulated(format!("block{number}.fc1"), refined_name(number, 1))?;
        modulated(format!("block{number}.tores"), refined_rgb_name(number))?;
    }
    for map in 0..config.maps() {
        // A decoder is named after the block whose map is added to what it gives.
        let old = match map + 1 < config.maps() {
            true => format!("decoder_{}", pixels(map + 2)),
            false => "decoder_last".to_owned(),
        };
        for i in 0..4 {
            source.layer(out, &format!("synthesis.{old}.{i}"), &decoder_name(map, i))?;
        }
    }
    source.layer(out, "synthesis.decoder_img", "rgb")
}
