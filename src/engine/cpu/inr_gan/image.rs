//! All that an image is computed with: its weights, and what its native picture tells.

use super::forward::{Deviations, forward};
use super::weights::InrGanWeights;
use crate::control::Control;
use crate::engine::cpu::image_inputs::ImageInputs;
use crate::engine::cpu::tape::Tape;
use crate::error::Result;
use crate::network::Code;
use crate::network::inr_gan::{Grids, InrGan};

/// The weights of the image that `inputs`, of `network`, make; with the deviations of its native picture
/// where features are divided by them.
///
/// # Errors
/// When the work should stop.
pub(super) fn image_weights(
    tape: &mut Tape,
    network: &InrGan,
    inputs: &ImageInputs,
    control: &Control<'_>,
) -> Result<InrGanWeights> {
    let mut weights = InrGanWeights::new(tape, network, inputs);
    if network.config().normalised {
        let grids = Grids::native(network.config());
        let found =
            forward(tape, network, &weights, &grids, Deviations::OfThese, control)?.deviations;
        for (block, found) in weights.blocks.iter_mut().zip(found) {
            block.deviations = found;
        }
    }
    Ok(weights)
}

/// Those of the image that `code` makes, to be looked at only.
pub(super) fn code_weights(
    network: &InrGan,
    code: &Code,
    control: &Control<'_>,
) -> Result<InrGanWeights> {
    let mut tape = Tape::forgetting();
    let inputs = ImageInputs::new(&mut tape, &network.matrices(), code, false);
    image_weights(&mut tape, network, &inputs, control)
}
