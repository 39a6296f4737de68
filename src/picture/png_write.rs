//! Writing PNG.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::Write;

use png::text_metadata::{ITXtChunk, TEXtChunk, ZTXtChunk};
use png::{
    BitDepth, ColorType, DeflateCompression, Filter, ScaledFloat, SourceChromaticities,
    StreamWriter,
};

use super::encode::{Encode, quantise};
use super::output::Output;
use super::png_read::{PARAMETERS_KEYWORD, XMP_KEYWORD};
use super::spec::Spec;
use super::{Compression, Metadata, PngColour, Resolution};
use crate::raster::{Channels, Depth};

/// Bytes of compressed data in a chunk.
const CHUNK: usize = 1 << 18;
/// Longest text in bytes that is written without compression.
const LONG_TEXT: usize = 1024;

pub(super) fn encoder(output: Output, spec: Spec) -> Result<Box<dyn Encode>, String> {
    let mut encoder = png::Encoder::with_info(output, info(&spec)?).map_err(words)?;
    let (compression, filter) = effort(spec.compression);
    encoder.set_deflate_compression(compression);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header().map_err(words)?;
    let colour = spec.metadata.png_colour;
    if let Some(cicp) = colour.cicp {
        writer.write_chunk(png::chunk::cICP, &cicp).map_err(words)?;
    }
    if let Some(mastering) = colour.mastering {
        writer.write_chunk(png::chunk::mDCV, &mastering).map_err(words)?;
    }
    if let Some(light) = colour.light {
        writer.write_chunk(png::chunk::cLLI, &light).map_err(words)?;
    }
    let stream = writer.into_stream_writer_with_size(CHUNK).map_err(words)?;
    Ok(Box::new(Rows { stream, depth: spec.depth, bytes: Vec::new() }))
}

/// How hard a file tries to be small.
pub(super) fn effort(compression: Compression) -> (DeflateCompression, Filter) {
    // Paeth alone: as small as choosing a filter for each row, in two thirds of the time.
    match compression {
        Compression::None => (DeflateCompression::NoCompression, Filter::NoFilter),
        Compression::Fast => (DeflateCompression::FdeflateUltraFast, Filter::Paeth),
        Compression::Small => (DeflateCompression::Level(6), Filter::Adaptive),
    }
}

struct Rows {
    stream: StreamWriter<'static, Output>,
    depth: Depth,
    bytes: Vec<u8>,
}

impl Encode for Rows {
    fn rows(&mut self, pixels: &[f32]) -> Result<(), String> {
        quantise(pixels, self.depth, u16::to_be_bytes, &mut self.bytes);
        self.stream.write_all(&self.bytes).map_err(words)
    }

    fn finish(self: Box<Self>) -> Result<(), String> {
        self.stream.finish().map_err(words)
    }
}

fn words(error: impl Display) -> String {
    error.to_string()
}

pub(super) fn info(spec: &Spec) -> Result<png::Info<'static>, String> {
    let Spec { width, height, metadata, .. } = spec;
    let mut info = png::Info::with_size(*width, *height);
    info.color_type = match spec.channels {
        Channels::Gray => ColorType::Grayscale,
        Channels::GrayAlpha => ColorType::GrayscaleAlpha,
        Channels::Rgb => ColorType::Rgb,
        Channels::Rgba => ColorType::Rgba,
    };
    info.bit_depth = if spec.depth == Depth::U8 { BitDepth::Eight } else { BitDepth::Sixteen };
    let own = |bytes: &[u8]| Cow::Owned(bytes.to_vec());
    info.icc_profile = metadata.icc_for(spec.channels.is_gray()).map(own);
    info.exif_metadata = metadata.exif.as_deref().map(own);
    info.pixel_dims = metadata.resolution.map(pixel_dims);
    let srgb = info.icc_profile.is_none();
    set_colour(&mut info, &metadata.png_colour, srgb);
    set_text(&mut info, metadata)?;
    Ok(info)
}

fn pixel_dims(resolution: Resolution) -> png::PixelDimensions {
    let round = |v: f64| (v.round() as u32).max(1);
    match resolution.per_metre() {
        Some((x, y)) => {
            png::PixelDimensions { xppu: round(x), yppu: round(y), unit: png::Unit::Meter }
        }
        None => png::PixelDimensions {
            xppu: round(resolution.x),
            yppu: round(resolution.y),
            unit: png::Unit::Unspecified,
        },
    }
}

/// The colour chunks; `srgb` says whether one of that name may stand (not beside a profile).
fn set_colour(info: &mut png::Info<'_>, colour: &PngColour, srgb: bool) {
    use png::SrgbRenderingIntent::{
        AbsoluteColorimetric, Perceptual, RelativeColorimetric, Saturation,
    };
    let intents = [Perceptual, RelativeColorimetric, Saturation, AbsoluteColorimetric];
    let intent = colour.srgb_intent.filter(|_| srgb);
    info.srgb = intent.and_then(|i| intents.get(usize::from(i)).copied());
    info.source_gamma = colour.gamma.map(ScaledFloat::from_scaled);
    info.source_chromaticities = colour.chromaticities.map(|c| {
        let [wx, wy, rx, ry, gx, gy, bx, by] = c.map(ScaledFloat::from_scaled);
        SourceChromaticities { white: (wx, wy), red: (rx, ry), green: (gx, gy), blue: (bx, by) }
    });
}

fn set_text(info: &mut png::Info<'_>, metadata: &Metadata) -> Result<(), String> {
    if let Some(xmp) = &metadata.xmp {
        let text = String::from_utf8_lossy(xmp).into_owned();
        info.utf8_text.push(ITXtChunk::new(XMP_KEYWORD, text));
    }
    let parameters = metadata.parameters.as_deref().map(|p| (PARAMETERS_KEYWORD, p));
    let texts = metadata.text.iter().map(|(keyword, text)| (keyword.as_str(), text.as_str()));
    for (keyword, text) in texts.chain(parameters) {
        let latin =
            |c: char| ('\u{20}'..='\u{7e}').contains(&c) || ('\u{a1}'..='\u{ff}').contains(&c);
        if keyword.is_empty() || keyword.chars().count() > 79 || !keyword.chars().all(latin) {
            return Err(format!("the text keyword {keyword:?} is not 1 to 79 Latin-1 characters"));
        }
        let long = text.len() > LONG_TEXT;
        match text.chars().all(|c| c == '\n' || (' '..='~').contains(&c)) {
            true if long => info.compressed_latin1_text.push(ZTXtChunk::new(keyword, text)),
            true => info.uncompressed_latin1_text.push(TEXtChunk::new(keyword, text)),
            false => {
                let mut chunk = ITXtChunk::new(keyword, text.replace('\0', " "));
                chunk.compressed = long;
                info.utf8_text.push(chunk);
            }
        }
    }
    Ok(())
}
