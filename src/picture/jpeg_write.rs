//! Writing JPEG.

use std::io::Write;

use image::ExtendedColorType;
use image::codecs::jpeg::{JpegEncoder, PixelDensity, PixelDensityUnit};

use super::encode::{Collected, Encode};
use super::iptc;
use super::jpeg_read::{EXIF_HEAD, ICC_HEAD, XMP_HEAD};
use super::output::Output;
use super::spec::Spec;
use super::{Metadata, Resolution, ResolutionUnit};

/// Most bytes that a segment holds.
const SEGMENT: usize = 65533;
/// Most bytes of an EXIF block; a larger one is left out.
pub(super) const MOST_EXIF: usize = SEGMENT - EXIF_HEAD.len();
/// Most bytes of an XMP packet; a larger one is left out.
pub(super) const MOST_XMP: usize = SEGMENT - XMP_HEAD.len();

pub(super) fn encoder(output: Output, spec: Spec) -> Result<Box<dyn Encode>, String> {
    let segments = segments(&spec.metadata, spec.channels.is_gray())?;
    Ok(Box::new(Whole { output, segments, picture: Collected::new(spec)? }))
}

struct Whole {
    output: Output,
    segments: Vec<u8>,
    picture: Collected,
}

impl Encode for Whole {
    fn rows(&mut self, pixels: &[f32]) -> Result<(), String> {
        self.picture.rows(pixels);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), String> {
        let Collected { spec, samples } = &self.picture;
        let mut file = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut file, spec.quality);
        encoder.set_pixel_density(spec.metadata.resolution.map_or_else(Default::default, density));
        let gray = spec.channels.is_gray();
        let colour = if gray { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
        encoder.encode(samples, spec.width, spec.height, colour).map_err(|e| e.to_string())?;
        // Start of image, and the JFIF segment, which must be first: 2 + 2 + 16 bytes.
        let (head, rest) = file.split_at(file.len().min(20));
        let parts = [head, &self.segments, rest];
        parts.iter().try_for_each(|part| self.output.write_all(part)).map_err(|e| e.to_string())
    }
}

fn density(resolution: Resolution) -> PixelDensity {
    let unit = match resolution.unit {
        ResolutionUnit::None => PixelDensityUnit::PixelAspectRatio,
        ResolutionUnit::Inch => PixelDensityUnit::Inches,
        ResolutionUnit::Centimetre => PixelDensityUnit::Centimeters,
    };
    let round = |v: f64| v.round().clamp(1.0, 65535.0) as u16;
    PixelDensity { density: (round(resolution.x), round(resolution.y)), unit }
}

/// The segments with EXIF, XMP, the profile and IPTC in pieces, and comments.
fn segments(metadata: &Metadata, gray: bool) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    if let Some(exif) = metadata.exif.as_ref().filter(|exif| exif.len() <= MOST_EXIF) {
        segment(&mut out, 0xe1, &[EXIF_HEAD, exif], "EXIF block")?;
    }
    let own = || Metadata { xmp: None, ..metadata.clone() }.xmp_with_parameters();
    let xmp = metadata.xmp_with_parameters();
    let xmp = xmp.filter(|xmp| xmp.len() <= MOST_XMP).or_else(own);
    if let Some(xmp) = xmp {
        segment(&mut out, 0xe1, &[XMP_HEAD, &xmp], "XMP packet")?;
    }
    let icc = metadata.icc_for(gray).unwrap_or_default();
    let pieces = icc.chunks(SEGMENT - ICC_HEAD.len() - 2);
    let count = u8::try_from(pieces.len()).map_err(|_| "the ICC profile is too large for JPEG")?;
    for (number, piece) in (1..).zip(pieces) {
        segment(&mut out, 0xe2, &[ICC_HEAD, &[number, count], piece], "ICC profile")?;
    }
    let blocks = metadata.iptc.as_deref().map(iptc::block).unwrap_or_default();
    for piece in blocks.chunks(SEGMENT - iptc::HEAD.len()) {
        segment(&mut out, 0xed, &[iptc::HEAD, piece], "IPTC block")?;
    }
    for (_, text) in metadata.text.iter().filter(|(keyword, _)| keyword == "Comment") {
        segment(&mut out, 0xfe, &[text.as_bytes()], "comment")?;
    }
    Ok(out)
}

fn segment(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]], what: &str) -> Result<(), String> {
    let length: usize = parts.iter().map(|p| p.len()).sum();
    if length > SEGMENT {
        return Err(format!(
            "the {what} has {length} bytes, JPEG holds {SEGMENT}; strip it or choose png or tiff"
        ));
    }
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&(length as u16 + 2).to_be_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
    Ok(())
}
