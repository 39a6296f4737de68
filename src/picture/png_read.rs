//! Reading PNG.

use std::io::{Cursor, Seek};

use png::{BitDepth, ColorType, DecodeOptions, DecodingError, Transformations};

use super::decode::{Decode, Lazy, Opened, RowBuffer, Source};
use super::orientation::Orientation;
use super::png_chunks::Chunks;
use super::{Format, Info, Limits, Metadata, Notes, PngColour, Resolution, ResolutionUnit, exif};
use crate::error::{Error, Result};
use crate::raster::{Channels, Depth, Samples};

/// Keyword of the text that holds an XMP packet.
pub(super) const XMP_KEYWORD: &str = "XML:com.adobe.xmp";
/// Keyword of the text that holds this program's parameters.
pub(super) const PARAMETERS_KEYWORD: &str = "polyinr:parameters";

pub(super) fn open(mut source: Source, name: &str, limits: &Limits) -> Result<Opened> {
    let notes = Notes::default();
    let mut chunks = Chunks::read(&mut source, name, limits, &notes)?;
    let header = std::mem::take(&mut chunks.header);
    let described = describe(header, name, limits)?;
    let info = described.info();
    chunks.check_data(name, stored_bytes(info))?;
    let metadata = metadata(info, chunks);
    let pages = info.animation_control.map_or(1, |a| a.num_frames.max(1));
    let orientation = metadata.exif.as_deref().map_or(Orientation::UPRIGHT, exif::orientation);

    source.rewind().map_err(|e| Error::io(name, "read", e))?;
    let mut options = DecodeOptions::default();
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let reader = decoder(source, options, limits).read_info().map_err(|e| failed(name, e))?;
    let (colour, depth) = reader.output_color_type();
    let info = Info {
        format: Format::Png,
        width: info.width,
        height: info.height,
        channels: channels(colour),
        depth: if depth == BitDepth::Sixteen { Depth::U16 } else { Depth::U8 },
        pages,
        metadata,
    };
    let decoder: Box<dyn Decode> = if reader.info().interlaced {
        let (name, info) = (name.to_owned(), info.clone());
        let rows = 4 * u64::from(info.width) * u64::from(info.height);
        Box::new(Lazy::new(rows, move || interlaced(reader, &name, &info)))
    } else {
        let line = reader.output_line_size(info.width).unwrap_or(1);
        Box::new(Rows { reader, line, name: name.to_owned() })
    };
    Ok(Opened { info, orientation, decoder, notes })
}

/// Bytes of a picture's pixels without compression.
fn stored_bytes(info: &png::Info<'_>) -> u64 {
    let line = (u64::from(info.width) * info.bits_per_pixel() as u64).div_ceil(8);
    line * u64::from(info.height)
}

fn describe(header: Vec<u8>, name: &str, limits: &Limits) -> Result<png::Reader<Cursor<Vec<u8>>>> {
    let mut decoder = decoder(Cursor::new(header), DecodeOptions::default(), limits);
    let info = decoder.read_header_info().map_err(|e| failed(name, e))?;
    limits.check(name, info.width, info.height)?;
    decoder.read_info().map_err(|e| failed(name, e))
}

fn decoder<R: std::io::BufRead + Seek>(
    reader: R,
    options: DecodeOptions,
    limits: &Limits,
) -> png::Decoder<R> {
    let mut decoder = png::Decoder::new_with_options(reader, options);
    decoder.set_limits(png::Limits { bytes: limits.max_metadata.saturating_mul(2) });
    decoder.set_transformations(Transformations::EXPAND);
    decoder
}

fn channels(colour: ColorType) -> Channels {
    match colour {
        ColorType::Grayscale => Channels::Gray,
        ColorType::GrayscaleAlpha => Channels::GrayAlpha,
        ColorType::Rgb | ColorType::Indexed => Channels::Rgb,
        ColorType::Rgba => Channels::Rgba,
    }
}

fn metadata(info: &png::Info<'_>, chunks: Chunks) -> Metadata {
    let mut metadata = Metadata {
        icc: chunks.icc,
        exif: info.exif_metadata.as_deref().map(<[u8]>::to_vec),
        resolution: info.pixel_dims.and_then(resolution),
        png_colour: PngColour { mastering: chunks.mastering, light: chunks.light, ..colour(info) },
        ..Metadata::default()
    };
    for (keyword, text) in chunks.texts {
        match keyword.as_str() {
            XMP_KEYWORD => metadata.xmp = Some(text.into_bytes()),
            PARAMETERS_KEYWORD => metadata.parameters = Some(text),
            _ => metadata.text.push((keyword, text)),
        }
    }
    metadata
}

fn colour(info: &png::Info<'_>) -> PngColour {
    let scaled = |(x, y): (png::ScaledFloat, png::ScaledFloat)| [x.into_scaled(), y.into_scaled()];
    PngColour {
        srgb_intent: info.srgb.map(|intent| intent as u8),
        gamma: info.gama_chunk.map(png::ScaledFloat::into_scaled),
        chromaticities: info.chrm_chunk.map(|c| {
            let [w, r, g, b] = [c.white, c.red, c.green, c.blue].map(scaled);
            [w[0], w[1], r[0], r[1], g[0], g[1], b[0], b[1]]
        }),
        cicp: info.coding_independent_code_points.map(|c| {
            [
                c.color_primaries,
                c.transfer_function,
                c.matrix_coefficients,
                u8::from(c.is_video_full_range_image),
            ]
        }),
        ..PngColour::default()
    }
}

fn resolution(dims: png::PixelDimensions) -> Option<Resolution> {
    let (x, y) = (f64::from(dims.xppu), f64::from(dims.yppu));
    let resolution = match dims.unit {
        png::Unit::Unspecified => Resolution { x, y, unit: ResolutionUnit::None },
        png::Unit::Meter => {
            let dpi = |ppm: f64| {
                let dpi = ppm * 0.0254;
                if (dpi - dpi.round()).abs() < 0.02 { dpi.round() } else { dpi }
            };
            Resolution { x: dpi(x), y: dpi(y), unit: ResolutionUnit::Inch }
        }
    };
    (x > 0.0 && y > 0.0).then_some(resolution)
}

fn failed(name: &str, error: DecodingError) -> Error {
    match error {
        DecodingError::IoError(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => {
            Error::io(name, "read", e)
        }
        DecodingError::IoError(_) => {
            Error::decode(name, "the PNG file is cut short; get it again from its source")
        }
        DecodingError::LimitsExceeded => {
            Error::limits(name, "a part of the PNG file needs more memory than is allowed")
        }
        error => Error::decode(name, format!("the PNG file is damaged: {error}")),
    }
}

/// A picture that is stored from the top, decoded a row at a time.
struct Rows {
    reader: png::Reader<Source>,
    line: usize,
    name: String,
}

impl Decode for Rows {
    fn rows(&mut self, mut target: RowBuffer<'_>) -> Result<()> {
        for row in target.bytes().chunks_exact_mut(self.line) {
            match self.reader.read_row(row) {
                Ok(Some(_)) => {}
                Ok(None) => return Err(Error::decode(&self.name, "the PNG file lacks rows")),
                Err(e) => return Err(failed(&self.name, e)),
            }
        }
        to_native(&mut target);
        Ok(())
    }
}

/// An interlaced picture, which is only known whole.
fn interlaced(mut reader: png::Reader<Source>, name: &str, info: &Info) -> Result<Samples> {
    let len = info.width as usize * info.height as usize * info.channels.count();
    let mut samples = Samples::try_zeroed(info.depth, len, name)?;
    let mut target = RowBuffer::of(&mut samples);
    reader.next_frame(target.bytes()).map_err(|e| failed(name, e))?;
    to_native(&mut target);
    Ok(samples)
}

fn to_native(target: &mut RowBuffer<'_>) {
    if let RowBuffer::U16(samples) = target {
        samples.iter_mut().for_each(|v| *v = u16::from_be(*v));
    }
}
