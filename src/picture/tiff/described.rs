//! What a TIFF's tags say of the picture besides the pixels.

use std::io::{Read, Seek};

use super::layout::{Colour, Layout};
use super::tags::Tags;
use crate::picture::exif::{self, Tree};
use crate::picture::georeference::Georeference;
use crate::picture::ifd::{Walker, tag};
use crate::picture::orientation::Orientation;
use crate::picture::{Metadata, NoteKind, Notes, iptc};
use crate::raster::Depth;

/// Tags that are read besides those of storage.
pub(super) const TAGS: [u16; 30] = {
    let mut tags = [0; 30];
    let own = [
        tag::ORIENTATION,
        tag::X_RESOLUTION,
        tag::Y_RESOLUTION,
        tag::RESOLUTION_UNIT,
        tag::XMP,
        tag::IPTC,
        tag::PHOTOSHOP,
        tag::PIXEL_SCALE,
        tag::TIE_POINTS,
        tag::TRANSFORMATION,
        tag::EXIF,
        tag::ICC,
        tag::GEO_KEYS,
        tag::GEO_DOUBLES,
        tag::GEO_ASCII,
        tag::GPS,
        tag::GDAL_METADATA,
        tag::GDAL_NODATA,
        tag::RPC,
    ];
    let mut i = 0;
    while i < tags.len() {
        tags[i] = if i < own.len() { own[i] } else { exif::DESCRIPTIVE[i - own.len()] };
        i += 1;
    }
    tags
};

/// Those of them without which the pixels would mean something else.
pub(super) const KEPT: [u16; 3] = [tag::ORIENTATION, tag::ICC, tag::GDAL_NODATA];

/// What `tags` say of the picture, and how it is turned.
pub(super) fn metadata<R: Read + Seek>(
    walker: &mut Walker<R>,
    tags: &Tags,
    layout: &Layout,
    notes: &Notes,
) -> (Metadata, Orientation) {
    let mut note = |text: &str| notes.add(NoteKind::Metadata, text);
    let mut tree = Tree::with_main(walker, tags.0.clone());
    let described = tree.main.len();
    tree.main.retain(|e| e.tag != tag::DESCRIPTION || !states_size(&e.data));
    if tree.main.len() < described {
        note("its description was left out: it states sizes that are no longer true");
    }
    let orientation = exif::orientation_of(&tags.0);
    let mut georeference = Georeference::of(|tag| tags.find(tag));
    if georeference.is_some() && orientation != Orientation::UPRIGHT {
        note("its place on Earth (GeoTIFF) was left out: it is for the picture as stored, turned");
        georeference = None;
    }
    if tags.find(tag::RPC).is_some() {
        note("its rational polynomials (RPC), which say where it is on Earth, were left out");
    }
    let metadata = Metadata {
        icc: tags.bytes(tag::ICC),
        xmp: tags.bytes(tag::XMP),
        iptc: tags
            .bytes(tag::IPTC)
            .and_then(iptc::from_tag)
            .or_else(|| iptc::find(&tags.bytes(tag::PHOTOSHOP)?).map(<[u8]>::to_vec)),
        exif: (!tree.is_empty()).then(|| tree.to_block()),
        resolution: exif::resolution_of(&tags.0),
        nodata: nodata(tags, layout, &mut note),
        georeference,
        ..Metadata::default()
    };
    (metadata, orientation)
}

/// Whether a description is one by which a program finds its way in its own file, with the sizes and
/// numbers of pictures in it.
fn states_size(description: &[u8]) -> bool {
    let text = description.strip_prefix(b"\xef\xbb\xbf").unwrap_or(description).trim_ascii_start();
    let contains = |part: &[u8]| text.windows(part.len()).any(|w| w == part);
    let starts: [&[u8]; 8] = [
        b"ImageJ=",
        b"SCIFIO=",
        b"shape=(",
        b"Aperio ",
        b"<MetaData",
        b"<OME",
        b"<SCAPE",
        b"NIHImage",
    ];
    starts.iter().any(|start| text.starts_with(start))
        || text.starts_with(b"<") && contains(b"<OME")
        || text.starts_with(b"{") && (contains(b"\"shape\"") || contains(b"\"axes\""))
}

/// The sample that stands for no data, on the scale of the raster's depth.
fn nodata(tags: &Tags, layout: &Layout, note: &mut impl FnMut(&str)) -> Option<f64> {
    let value: f64 = tags.text(tag::GDAL_NODATA)?.trim().parse().ok()?;
    if matches!(layout.colour, Colour::Palette(_) | Colour::YCbCr(_)) {
        note("the number that stands for no data was left out: it is not one of RGB");
        return None;
    }
    let stored = if layout.float { 1.0 } else { f64::from((1u32 << layout.bits) - 1) };
    let full = match layout.depth {
        Depth::U8 => 255.0,
        Depth::U16 => 65535.0,
        Depth::F32 => 1.0,
    };
    let value = if stored == full { value } else { value * full / stored };
    Some(if layout.colour == Colour::Negative { full - value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_descriptions_for_programs_are_left_out() {
        for text in [
            "ImageJ=1.11a\nimages=3\n",
            "<?xml version=\"1.0\"?><!-- Warning --><OME xmlns=\"\"/>",
            "{\"shape\": [3, 4]}",
            "SCIFIO=0.1",
            "shape=(1, 2)",
        ] {
            assert!(states_size(text.as_bytes()), "{text}");
        }
        for text in ["A view of Rome", "{curly}", "<p>OME</p>", "", "Scan, 300 dpi"] {
            assert!(!states_size(text.as_bytes()), "{text}");
        }
    }
}
