//! How much memory operations take, known before they start.

use super::extend::Margins;
use super::invert::InvertOptions;
use super::super_resolve_options::SuperResolveOptions;
use crate::engine::{Engine, cpu};
use crate::error::Result;
use crate::model::{Generator, Upscaler};
use crate::raster::{Channels, Depth, Raster};

/// What models, packed weights and the program itself take, in bytes.
const BASE: u64 = 20 << 20;
/// Rows that spreading colour into transparent pixels holds, and bytes of a pixel of theirs.
const BLED: (u64, u64) = (112, 30);
/// Bytes that extending holds for a pixel of the result: of every channel, and besides.
const EXTENDED: (u64, u64) = (8, 12);
/// Bytes that inverting holds for a pixel of the picture: on the way to smaller pictures, and after.
const INVERTED: (u64, u64) = (75, 20);
/// Bytes of a feature at a position while a step looks for derivatives.
const FEATURE: u64 = 6;
/// Copies of a network that pivotal tuning holds: three networks (its own, the best and the one that is tuned), each
/// with its packed form; what the optimizers remember, and the slopes.
const TUNED: u64 = 10;

/// Size, channels and depth of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Its channels.
    pub channels: Channels,
    /// Depth of its samples.
    pub depth: Depth,
}

impl Extent {
    /// That of `raster`.
    pub fn of(raster: &Raster) -> Self {
        Self {
            width: raster.width(),
            height: raster.height(),
            channels: raster.channels(),
            depth: raster.samples().depth(),
        }
    }

    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Bytes of all samples.
    pub fn bytes(&self) -> u64 {
        self.pixels() * self.pixel() as u64
    }

    fn pixel(&self) -> usize {
        self.channels.count() * self.depth.bytes()
    }
}

/// About how many bytes of memory [`super_resolve`](super::super_resolve) holds at most while it
/// makes a picture like `from` as large as `to`, width and height. What holds the picture or takes
/// the result is not counted.
pub fn super_resolve_memory(
    engine: &dyn Engine,
    upscaler: &Upscaler,
    from: Extent,
    to: (u32, u32),
    options: &SuperResolveOptions,
) -> u64 {
    let size = (from.width, from.height);
    let gaps = if from.depth == Depth::F32 { gaps_memory(from) } else { 0 };
    let pixels = u64::from(to.0) * u64::from(to.1);
    let mean = if options.tta { pixels * from.channels.count() as u64 * 4 } else { 0 };
    let besides = gaps + mean + upscaler.variants_memory();
    let plane = cpu::picture_memory(upscaler, size, to, from.pixel(), engine.threads())
        + options.refine.map_or(0, |refine| refine.memory(size, to));
    match from.channels.has_alpha() {
        true => {
            let (rows, pixel) = BLED;
            let bled = rows.min(u64::from(from.height))
                * u64::from(from.width)
                * (pixel + 2 * from.pixel() as u64);
            // At the picture's own size alpha is copied.
            let planes = if size == to { 1 } else { 2 };
            BASE + planes * plane + bled + besides
        }
        false => BASE + plane + besides,
    }
}

/// About how many bytes of memory it takes to know where `picture` holds no values, where it may:
/// floats, which [`super_resolve_memory`] counts in, and pictures with a sample that stands for no
/// data.
pub fn gaps_memory(picture: Extent) -> u64 {
    // A bit for every sample.
    picture.pixels() * picture.channels.count() as u64 / 8
}

/// What of these bytes all that is in work at the same time holds in common.
pub fn shared_memory(engine: &dyn Engine) -> u64 {
    BASE + cpu::threads_memory(engine.threads())
}

/// About how many bytes of memory [`Engine::render`] holds at most for a view of a generator's field
/// that is `width` pixels wide.
pub fn render_memory(engine: &dyn Engine, width: u32) -> u64 {
    BASE + cpu::generated_memory(width, engine.threads())
}

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
    let features = generator.network().features() as u64;
    let steps = side * side * features * FEATURE
        + INVERTED.1 * picture.pixels()
        + tuning_memory(generator, options);
    BASE + picture.bytes() + steps.max(INVERTED.0 * picture.pixels())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CpuEngine;
    use crate::model::Model;

    #[test]
    fn memory_grows_with_width_and_not_with_height() {
        let (engine, model) = (CpuEngine::new(Some(2)).unwrap(), Model::find("photo").unwrap());
        let upscaler = model.upscaler().unwrap();
        let memory = |width: u32, height: u32| {
            let from = Extent { width, height, channels: Channels::Rgb, depth: Depth::U8 };
            let options = SuperResolveOptions::default();
            super_resolve_memory(&engine, &upscaler, from, (2 * width, 2 * height), &options)
        };
        assert!(memory(8000, 4000) > memory(4000, 4000) + (200 << 20));
        assert_eq!(memory(4000, 4000), memory(4000, 40_000));
        assert!(memory(300_000, 4000) < 2 << 30, "{}", memory(300_000, 4000));
    }
}
