//! Lossy compression, and what it leaves behind.

use image::ImageFormat;
use polyinr::metrics::{self, Chroma};
use polyinr::{Channels, Raster, Samples};
use serde::{Deserialize, Serialize};

use super::pixels::Pixels;
use crate::data::samples::bytes;
use crate::error::{Error, Result};
use crate::upscaler::draws::Draws;

/// Side of the largest block that a codec treats as one, in pixels.
const BLOCK: u64 = 16;

/// Compression as JPEG.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jpeg {
    /// Lowest and highest quality, 1 to 100.
    pub quality: [u8; 2],
    /// Share of pictures whose colour differences have half the resolution (4:2:0), 0 to 1; the
    /// others have the full one (4:4:4).
    pub half_chroma: f64,
}

/// Lossy compression as WebP, whose colour differences always have half the resolution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebP {
    /// Lowest and highest quality, 1 to 100.
    pub quality: [u8; 2],
}

impl Jpeg {
    /// Compresses at a random quality, which is returned; blocks begin anywhere.
    ///
    /// # Errors
    /// [`Error::Library`] when the encoder fails.
    pub fn compress(&self, picture: &Pixels, draws: &mut Draws) -> Result<(Pixels, u8)> {
        let quality = quality(self.quality, draws);
        let half = draws.uniform() < self.half_chroma;
        let chroma = if half { Chroma::Half } else { Chroma::Full };
        let encode = |raster: &Raster| Ok(metrics::compress(raster, quality, chroma)?);
        Ok((misaligned(picture, draws, encode)?, quality))
    }
}

impl WebP {
    /// Compresses at a random quality, which is returned; blocks begin anywhere.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the encoder fails.
    pub fn compress(&self, picture: &Pixels, draws: &mut Draws) -> Result<(Pixels, u8)> {
        let quality = quality(self.quality, draws);
        Ok((misaligned(picture, draws, |raster| webp(raster, quality))?, quality))
    }
}

fn quality([from, to]: [u8; 2], draws: &mut Draws) -> u8 {
    from + draws.below(u64::from(to - from) + 1) as u8
}

/// What `code` makes of `picture` as a part of a larger one whose blocks begin somewhere above and
/// left of it.
fn misaligned(
    picture: &Pixels,
    draws: &mut Draws,
    code: impl Fn(&Raster) -> Result<Raster>,
) -> Result<Pixels> {
    let [left, above] = [0, 1].map(|_| draws.below(BLOCK) as usize);
    let coded = code(&picture.padded([left, 0], [above, 0]).to_raster())?;
    Ok(Pixels::from_raster(&coded).part([left, above], picture.size()))
}

/// An 8-bit RGB picture, written as lossy WebP and read again.
fn webp(picture: &Raster, quality: u8) -> Result<Raster> {
    let (width, height) = (picture.width(), picture.height());
    let failed = |problem: String| Error::parameter("--degrade", format!("WebP: {problem}"));
    let file = webp::Encoder::from_rgb(bytes(picture), width, height)
        .encode_simple(false, f32::from(quality))
        .map_err(|e| failed(format!("{e:?}")))?;
    let read = image::load_from_memory_with_format(&file, ImageFormat::WebP)
        .map_err(|e| failed(e.to_string()))?;
    Ok(Raster::new(width, height, Channels::Rgb, Samples::U8(read.into_rgb8().into_raw()))?)
}

#[cfg(test)]
mod tests {
    use super::super::pixels::tests::random;
    use super::*;

    const HALF: [f64; 2] = [0.0, 1.0];

    fn error(a: &Pixels, b: &Pixels) -> f64 {
        let mut difference =
            Pixels::new(a.size()[0], a.size()[1], a.samples().iter().map(|v| -v).collect());
        difference.add(b);
        difference.rms()
    }

    /// A picture of soft shapes, which codecs are made for.
    fn smooth(side: usize) -> Pixels {
        let value = |i: usize| {
            let (x, y) = ((i % side) as f32, (i / side) as f32);
            [(x * 0.3).sin(), (y * 0.2 + x * 0.1).cos(), (x * 0.05).sin()].map(|v| 0.5 + 0.4 * v)
        };
        Pixels::new(side, side, (0..side * side).flat_map(value).collect())
    }

    #[test]
    fn lower_qualities_lose_more_in_every_codec() {
        let picture = smooth(37);
        let jpeg = |quality, half_chroma| {
            let stage = Jpeg { quality: [quality; 2], half_chroma };
            error(&stage.compress(&picture, &mut Draws::new(1, 2)).unwrap().0, &picture)
        };
        for half in HALF {
            let [poor, fair, good] = [10, 50, 95].map(|quality| jpeg(quality, half));
            assert!(poor > fair && fair > good && good < 0.03, "{poor} {fair} {good}");
        }
        let webp = |quality| {
            let stage = WebP { quality: [quality; 2] };
            error(&stage.compress(&picture, &mut Draws::new(1, 2)).unwrap().0, &picture)
        };
        let [poor, fair, good] = [5, 50, 95].map(webp);
        assert!(poor > fair && fair > good && good < 0.03, "{poor} {fair} {good}");
    }

    #[test]
    fn colour_differences_at_half_the_resolution_lose_more() {
        let picture = random(32, 32);
        let [full, half] = HALF.map(|half_chroma| {
            let stage = Jpeg { quality: [95; 2], half_chroma };
            error(&stage.compress(&picture, &mut Draws::new(1, 2)).unwrap().0, &picture)
        });
        assert!(half > 2.0 * full, "{full} {half}");
    }

    #[test]
    fn qualities_are_drawn_from_their_whole_range() {
        let stage = Jpeg { quality: [30, 33], half_chroma: 0.5 };
        let mut draws = Draws::new(1, 2);
        let mut found: Vec<u8> =
            (0..60).map(|_| stage.compress(&smooth(4), &mut draws).unwrap().1).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, [30, 31, 32, 33]);
    }

    /// Steps between neighbouring columns of a compressed slope are largest where blocks meet.
    #[test]
    fn blocks_begin_anywhere() {
        let slope = (0..48 * 16).flat_map(|i| [(i % 48) as f32 / 48.0; 3]).collect();
        let slope = Pixels::new(48, 16, slope);
        let stage = Jpeg { quality: [5; 2], half_chroma: 0.0 };
        let mut draws = Draws::new(5, 2);
        let mut phases = std::collections::BTreeSet::new();
        for _ in 0..60 {
            let row = stage.compress(&slope, &mut draws).unwrap().0.row(8).to_vec();
            let step = |phase: usize| -> f32 {
                let columns = (8..48).filter(|x| x % 8 == phase);
                columns.map(|x| (row[x * 3] - row[x * 3 - 3]).abs()).sum()
            };
            let largest = (0..8).max_by(|a, b| step(*a).total_cmp(&step(*b)));
            phases.insert(largest.unwrap());
        }
        assert!(phases.len() >= 7, "{phases:?}");
    }
}
