//! What of a picture's metadata its file will not hold.

use super::colour::Colours;
use super::jpeg_write::{MOST_EXIF, MOST_XMP};
use super::{Format, Note, NoteKind, Spec};

/// Keyword of the text that JPEG holds.
const COMMENT: &str = "Comment";
/// Most keywords that a line names.
const NAMED: usize = 4;

impl Spec {
    /// What of the metadata the format has no place for, or that does not fit the pixels, in words:
    /// it is left out of the file.
    pub fn losses(&self) -> Vec<Note> {
        of(self)
    }
}

/// What a file of `spec` has no place for.
fn of(spec: &Spec) -> Vec<Note> {
    let found = [
        profile(spec),
        colours(spec),
        light(spec),
        place(spec),
        nodata(spec),
        texts(spec),
        resolution(spec),
        records(spec),
        too_large(spec, "EXIF", spec.metadata.exif.as_ref().map(Vec::len), MOST_EXIF),
        too_large(spec, "XMP", spec.metadata.xmp_with_parameters().map(|xmp| xmp.len()), MOST_XMP),
    ];
    let note = |text| Note { kind: NoteKind::Metadata, text };
    found.into_iter().flatten().map(note).collect()
}

fn profile(spec: &Spec) -> Option<String> {
    let (metadata, gray) = (&spec.metadata, spec.channels.is_gray());
    let fits = metadata.icc.is_none() || metadata.icc_for(gray).is_some();
    let pixels = if gray { "grey" } else { "red, green and blue" };
    (!fits).then(|| {
        format!("its colour profile is not for {pixels}, which its pixels are, and is left out")
    })
}

fn colours(spec: &Spec) -> Option<String> {
    let (metadata, format) = (&spec.metadata, spec.format);
    let stated = metadata.icc.is_some() && metadata.png_colour.cicp.is_none();
    if format == Format::Png || stated {
        return None;
    }
    let other = metadata.png_colour.elsewhere(spec.channels.is_gray()) == Colours::Other;
    other.then(|| {
        let which = match metadata.png_colour.cicp {
            Some([primaries, transfer, ..]) => format!("cICP {primaries}/{transfer}"),
            None => "gAMA and cHRM".to_owned(),
        };
        format!(
            "its colours ({which}) cannot be stated in {format} and will look different; png keeps \
             them"
        )
    })
}

fn light(spec: &Spec) -> Option<String> {
    let colour = &spec.metadata.png_colour;
    let there = colour.mastering.is_some() || colour.light.is_some();
    (there && spec.format != Format::Png).then(|| {
        format!(
            "{} has no place for its brightness data (mDCV, cLLI), which is left out",
            spec.format
        )
    })
}

fn place(spec: &Spec) -> Option<String> {
    let there = spec.metadata.georeference.is_some() && spec.format != Format::Tiff;
    there.then(|| {
        let format = spec.format;
        format!("{format} has no room for its place on Earth (GeoTIFF), which is left out; tiff keeps it")
    })
}

fn nodata(spec: &Spec) -> Option<String> {
    let value = spec.metadata.nodata.filter(|_| spec.format != Format::Tiff)?;
    let format = spec.format;
    Some(format!(
        "{format} has no place for its number for no data ({value}), which is left out; tiff keeps it"
    ))
}

fn texts(spec: &Spec) -> Option<String> {
    let kept = |keyword: &str| match spec.format {
        Format::Png => true,
        Format::Jpeg => keyword == COMMENT,
        Format::Tiff | Format::WebP => false,
    };
    let lost: Vec<&str> = spec.metadata.text.iter().map(|(k, _)| k.as_str()).collect();
    let mut lost: Vec<&str> = lost.into_iter().filter(|k| !kept(k)).collect();
    lost.dedup();
    if lost.is_empty() {
        return None;
    }
    let more = if lost.len() > NAMED { ", ..." } else { "" };
    let names = lost[..lost.len().min(NAMED)].join(", ");
    Some(format!("{} has no place for its texts ({names}{more}), which are left out", spec.format))
}

fn resolution(spec: &Spec) -> Option<String> {
    let metadata = &spec.metadata;
    let lost = metadata.resolution.is_some() && metadata.exif.is_none();
    (lost && spec.format == Format::WebP)
        .then(|| "WebP has no place for its resolution without EXIF, which is left out".to_owned())
}

fn records(spec: &Spec) -> Option<String> {
    let kept = matches!(spec.format, Format::Jpeg | Format::Tiff);
    (spec.metadata.iptc.is_some() && !kept)
        .then(|| format!("{} has no place for its IPTC records, which are left out", spec.format))
}

fn too_large(spec: &Spec, what: &str, bytes: Option<usize>, most: usize) -> Option<String> {
    let bytes = bytes.filter(|bytes| *bytes > most && spec.format == Format::Jpeg)?;
    Some(format!("its {what} of {bytes} bytes is left out, JPEG holds {most}; png or tiff keep it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{PngColour, Resolution};
    use crate::raster::{Channels, Depth};

    fn lost(format: Format, change: impl Fn(&mut Spec)) -> Vec<String> {
        let mut spec = Spec::new(format, 1, 1, Channels::Rgb, Depth::U8);
        change(&mut spec);
        of(&spec).into_iter().map(|note| note.text).collect()
    }

    #[test]
    fn what_has_no_place_is_said() {
        let full = |spec: &mut Spec| {
            spec.metadata.text =
                vec![("Author".into(), "A".into()), ("Comment".into(), "B".into())];
            spec.metadata.png_colour = PngColour {
                cicp: Some([9, 16, 0, 1]),
                light: Some([0; 8]),
                ..PngColour::default()
            };
            spec.metadata.resolution = Some(Resolution::dpi(72.0));
        };
        assert!(lost(Format::Png, full).is_empty());
        let jpeg = lost(Format::Jpeg, full);
        assert!(jpeg[0].contains("cICP 9/16") && jpeg[1].contains("cLLI"), "{jpeg:?}");
        assert!(jpeg[2].contains("(Author)") && jpeg.len() == 3, "{jpeg:?}");
        let webp = lost(Format::WebP, full);
        assert!(webp[2].contains("(Author, Comment)") && webp[3].contains("resolution"));
        assert_eq!(lost(Format::Tiff, full).len(), 3);
    }

    #[test]
    fn a_profile_that_does_not_fit_is_said() {
        let gray = |spec: &mut Spec| {
            let mut icc = vec![0; 128];
            icc[16..20].copy_from_slice(b"GRAY");
            spec.metadata.icc = Some(icc);
        };
        let said = lost(Format::Png, gray);
        assert!(said[0].contains("profile") && said.len() == 1, "{said:?}");
        assert!(lost(Format::Jpeg, |_| ()).is_empty());
        let large = |spec: &mut Spec| spec.metadata.exif = Some(vec![0; MOST_EXIF + 1]);
        assert!(lost(Format::Jpeg, large)[0].contains("65528 bytes"));
        assert!(lost(Format::Png, large).is_empty());
    }
}
