//! How much memory looking at fields takes, known before it starts.

use crate::engine::{Engine, cpu};
use crate::field::{Field, PictureField, Refine};
use crate::model::Upscaler;
use crate::network::Network;
use crate::raster::{Depth, Extent};
use crate::view::View;

/// What models, packed weights and the program itself take, in bytes.
pub(in crate::ops) const BASE: u64 = 20 << 20;
/// Rows that spreading colour into transparent pixels holds, and bytes of a pixel of theirs.
const BLED: (u64, u64) = (112, 30);

/// About how many bytes of memory [`render`](super::render) holds at most while it looks at `field` through
/// `view`. The picture of a field and what takes the result are not counted.
pub fn field_memory(engine: &dyn Engine, field: &Field, view: &View) -> u64 {
    match field {
        Field::Generated(field) => {
            generated_memory(engine, field.network(), [view.width(), view.height()])
        }
        Field::Picture(field) => picture_field_memory(engine, field, view),
    }
}

/// The same of a generator's field and a view of `size` pixels, width and height.
pub fn generated_memory(engine: &dyn Engine, network: &Network, size: [u32; 2]) -> u64 {
    BASE + cpu::generated_memory(network, size, engine.threads())
}

/// The same of a picture's field.
pub(super) fn picture_field_memory(engine: &dyn Engine, field: &PictureField, view: &View) -> u64 {
    let (to, refine) = ((view.width(), view.height()), field.refined_in(view));
    let (from, nodata) = (field.extent(), field.nodata());
    picture_memory(engine, field.upscaler(), (from, nodata), to, refine, field.tta())
}

/// The same of a picture like `from`, with the sample that stands for no data if one does, that becomes as large as `to`, width and height, through `upscaler`,
/// refined or not, and as a mean over turns or not.
pub fn picture_memory(
    engine: &dyn Engine,
    upscaler: &Upscaler,
    (from, nodata): (Extent, Option<f32>),
    to: (u32, u32),
    refine: Option<Refine>,
    tta: bool,
) -> u64 {
    let size = from.size();
    // A bit for every sample of a picture that may hold no values somewhere.
    let may_have_gaps = from.depth == Depth::F32 || nodata.is_some();
    let gaps = if may_have_gaps { from.pixels() * from.channels.count() as u64 / 8 } else { 0 };
    let pixels = u64::from(to.0) * u64::from(to.1);
    let mean = if tta { pixels * from.channels.count() as u64 * 4 } else { 0 };
    let besides = gaps + mean + upscaler.variants_memory();
    let plane = cpu::picture_memory(upscaler, size, to, from.pixel(), engine.threads())
        + refine.map_or(0, |refine| refine.memory(size, to));
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

/// What of these bytes all that is in work at the same time holds in common.
pub fn shared_memory(engine: &dyn Engine) -> u64 {
    BASE + cpu::threads_memory(engine.threads())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CpuEngine;
    use crate::model::Model;
    use crate::raster::Channels;

    #[test]
    fn memory_grows_with_width_and_not_with_height() {
        let (engine, model) = (CpuEngine::new(Some(2)).unwrap(), Model::find("photo").unwrap());
        let upscaler = model.upscaler().unwrap();
        let memory = |width: u32, height: u32| {
            let from = Extent { width, height, channels: Channels::Rgb, depth: Depth::U8 };
            picture_memory(&engine, &upscaler, (from, None), (2 * width, 2 * height), None, false)
        };
        assert!(memory(8000, 4000) > memory(4000, 4000) + (200 << 20));
        assert_eq!(memory(4000, 4000), memory(4000, 40_000));
        assert!(memory(300_000, 4000) < 2 << 30, "{}", memory(300_000, 4000));
    }
}
