//! Reading WebP, and writing it without loss.

use std::io::{Read, Seek, Write};

use image_webp::{ColorType, DecodingError, WebPDecoder, WebPEncoder};

use super::decode::{Lazy, Opened, Source, go_to};
use super::encode::{Collected, Encode};
use super::limits::Allowance;
use super::orientation::Orientation;
use super::output::Output;
use super::spec::Spec;
use super::{Format, Info, Limits, Metadata, Notes, exif};
use crate::error::{Error, Result};
use crate::memory;
use crate::raster::{Channels, Depth, Samples};

pub(super) fn open(mut source: Source, name: &str, limits: &Limits) -> Result<Opened> {
    check_streams(&mut source, name)?;
    let mut decoder = WebPDecoder::new(source).map_err(|e| failed(name, e))?;
    let (width, height) = decoder.dimensions();
    limits.check(name, width, height)?;
    let metadata = metadata(&mut decoder, name, limits)?;
    let block = metadata.exif.as_deref().map(|b| b.strip_prefix(b"Exif\0\0").unwrap_or(b));
    let orientation = block.map_or(Orientation::UPRIGHT, exif::orientation);
    let channels = if decoder.has_alpha() { Channels::Rgba } else { Channels::Rgb };
    let pages = if decoder.is_animated() { decoder.num_frames().max(1) } else { 1 };
    let (format, depth) = (Format::WebP, Depth::U8);
    let info = Info { format, width, height, channels, depth, pages, metadata };
    let len = width as usize * height as usize * channels.count();
    let name = name.to_owned();
    let planes = 4 * u64::from(width) * u64::from(height);
    let decode = Lazy::new(planes, move || {
        let mut samples = memory::zeroed(len, &name)?;
        // The size was checked; what is decoded may take as much again several times.
        decoder.set_memory_limit(usize::MAX);
        decoder.read_image(&mut samples).map_err(|e| failed(&name, e))?;
        Ok(Samples::U8(samples))
    });
    Ok(Opened { info, orientation, decoder: Box::new(decode), notes: Notes::default() })
}

/// Checks that no stream is larger than the picture or the frame that it is of: the decoder takes
/// memory for what the stream declares.
fn check_streams(source: &mut Source, name: &str) -> Result<()> {
    let failed = |e| Error::io(name, "read", e);
    let (mut at, mut most) = (12, None::<[u32; 2]>);
    loop {
        go_to(source, at).map_err(failed)?;
        let mut start = Vec::new();
        source.by_ref().take(24).read_to_end(&mut start).map_err(failed)?;
        let Some((head, body)) = start.split_at_checked(8) else { break };
        let length = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let inside = at + 8 + 16;
        at += 8 + length.next_multiple_of(2);
        let declared = match (&head[..4], body) {
            (b"VP8X", [_, _, _, _, size @ ..]) => {
                most = size24(size);
                continue;
            }
            (b"ANMF", [_, _, _, _, _, _, size @ ..]) => {
                most = size24(size);
                // Its streams are chunks in it.
                at = inside;
                continue;
            }
            (b"VP8 ", [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..]) => {
                [[*w0, *w1], [*h0, *h1]].map(|side| u32::from(u16::from_le_bytes(side)) & 0x3fff)
            }
            (b"VP8L", [0x2f, a, b, c, d, ..]) => {
                let bits = u32::from_le_bytes([*a, *b, *c, *d]);
                [bits, bits >> 14].map(|side| (side & 0x3fff) + 1)
            }
            _ => continue,
        };
        if most.is_some_and(|most| declared[0] > most[0] || declared[1] > most[1]) {
            let problem = "the WebP file is damaged: a stream in it is larger than its picture";
            return Err(Error::decode(name, problem));
        }
    }
    source.rewind().map_err(failed)
}

/// Width and height, of which 24 bits each say one less.
fn size24(bytes: &[u8]) -> Option<[u32; 2]> {
    let &[a, b, c, d, e, f, ..] = bytes else { return None };
    Some([[a, b, c, 0], [d, e, f, 0]].map(|side| u32::from_le_bytes(side) + 1))
}

/// What the file says besides the pixels, from one allowance.
fn metadata(decoder: &mut WebPDecoder<Source>, name: &str, limits: &Limits) -> Result<Metadata> {
    type Take = fn(&mut WebPDecoder<Source>) -> std::result::Result<Option<Vec<u8>>, DecodingError>;
    let mut allowance = Allowance::new(limits);
    let mut read = |take: Take| {
        decoder.set_memory_limit(allowance.left());
        let bytes = take(decoder).map_err(|e| failed(name, e))?;
        allowance.take(name, bytes.as_ref().map_or(0, Vec::len))?;
        Ok(bytes)
    };
    Ok(Metadata {
        icc: read(WebPDecoder::icc_profile)?,
        exif: read(WebPDecoder::exif_metadata)?,
        xmp: if limits.strip { None } else { read(WebPDecoder::xmp_metadata)? },
        ..Metadata::default()
    })
}

fn failed(name: &str, error: DecodingError) -> Error {
    match error {
        DecodingError::IoError(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => {
            Error::io(name, "read", e)
        }
        DecodingError::IoError(_) => {
            Error::decode(name, "the WebP file is cut short; get it again from its source")
        }
        DecodingError::MemoryLimitExceeded => {
            Error::limits(name, "a part of the WebP file needs more memory than is allowed")
        }
        error => Error::decode(name, format!("the WebP file is damaged: {error}")),
    }
}

pub(super) fn encoder(output: Output, spec: Spec) -> std::result::Result<Box<dyn Encode>, String> {
    Ok(Box::new(Whole { output, picture: Collected::new(spec)? }))
}

struct Whole {
    output: Output,
    picture: Collected,
}

impl Encode for Whole {
    fn rows(&mut self, pixels: &[f32]) -> std::result::Result<(), String> {
        self.picture.rows(pixels);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> std::result::Result<(), String> {
        let Collected { spec, samples } = &self.picture;
        let mut file = Vec::new();
        let mut encoder = WebPEncoder::new(&mut file);
        let metadata = &spec.metadata;
        encoder.set_icc_profile(metadata.icc_for(spec.channels.is_gray()).unwrap_or(&[]).to_vec());
        encoder.set_exif_metadata(metadata.exif.clone().unwrap_or_default());
        encoder.set_xmp_metadata(metadata.xmp_with_parameters().unwrap_or_default());
        let colour = match spec.channels {
            Channels::Gray => ColorType::L8,
            Channels::GrayAlpha => ColorType::La8,
            Channels::Rgb => ColorType::Rgb8,
            Channels::Rgba => ColorType::Rgba8,
        };
        let encoded = encoder.encode(samples, spec.width, spec.height, colour);
        encoded.map_err(|e| e.to_string())?;
        self.output.write_all(&file).map_err(|e| e.to_string())
    }
}
