//! How much memory operations take, known before they start.

use super::extend::Margins;
use super::invert::InvertOptions;
use super::render::BASE;
use crate::error::Result;
use crate::model::Generator;
use crate::raster::Extent;

/// Bytes that extending holds for a pixel of the result: of every channel, and besides.
const EXTENDED: (u64, u64) = (8, 12);
/// Bytes that inverting holds for a pixel of the picture: on the way to smaller pictures, and after.
const INVERTED: (u64, u64) = (75, 20);
/// Bytes of a feature at a position while a step looks for derivatives.
const FEATURE: u64 = 6;
/// Bytes of a weight of the perceptual loss's network: four times as many numbers for each direction.
const PERCEPTUAL: u64 = 32;
/// Bytes of a feature of that network: as it is, in the picture sought, and on its way through a layer.
const PERCEIVED: u64 = 12;
/// Copies of a network that pivotal tuning holds: three networks (its own, the best and the one
/// that is tuned), each with its packed form; what the optimizers remember, and the slopes.
const TUNED: u64 = 10;

/// About how many bytes of memory [`extend`](super::extend) holds at most, the picture and the result
/// included.
///
/// # Errors
/// As [`Margins::resolve`].
pub fn extend_memory(picture: Extent, margins: &Margins) -> Result<u64> {
    let [top, right, bottom, left] = margins.resolve(picture.width, picture.height)?.map(u64::from);
    let pixels =
        (left + u64::from(picture.width) + right) * (top + u64::from(picture.height) + bottom);
    let (channel, besides) = EXTENDED;
    let channels = picture.channels.count() as u64;
    let made = pixels * (channel * channels + besides + picture.pixel() as u64) + picture.bytes();
    let embedded = picture.pixels() * (INVERTED.0 + 4 * channels) + picture.bytes();
    Ok(BASE + made.max(embedded))
}

/// About how many bytes of memory [`invert`](super::invert) holds at most, the picture included.
pub fn invert_memory(generator: &Generator, picture: Extent, options: &InvertOptions) -> u64 {
    let side = u64::from(options.compared_side(picture.width.max(picture.height)));
    let steps = generator.network().kept_features(side * side) * FEATURE
        + INVERTED.1 * picture.pixels()
        + tuning_memory(generator, options)
        + perceptual_memory(options, side);
    BASE + picture.bytes() + steps.max(INVERTED.0 * picture.pixels())
}

/// Bytes that the perceptual loss holds of its weights and of the features of `side` by `side` pixels.
fn perceptual_memory(options: &InvertOptions, side: u64) -> u64 {
    let vgg = options.perceptual.as_ref().filter(|_| options.perceptual_weight > 0.0);
    let Some(vgg) = vgg else { return 0 };
    let (mut weights, mut pixel) = (0, 0);
    for (number, block) in vgg.blocks().iter().enumerate() {
        let features: u64 = block.iter().map(|conv| conv.outputs as u64).sum();
        weights += block.iter().map(|conv| conv.weight.len() as u64).sum::<u64>();
        pixel += (features * PERCEIVED) >> (2 * number);
    }
    weights * PERCEPTUAL + side * side * pixel
}

/// Bytes that pivotal tuning holds of the weights that it moves.
fn tuning_memory(generator: &Generator, options: &InvertOptions) -> u64 {
    let matrices = generator.network().matrices();
    let weights: usize = matrices.iter().map(|m| m.layer.weight.len() + m.layer.bias.len()).sum();
    match options.tuning {
        0 => 0,
        _ => weights as u64 * size_of::<f32>() as u64 * TUNED,
    }
}
