//! XMP packets: the parameters that this program records in them, and what else they say kept true.

use super::ifd::rational;
use super::notes::{NoteKind, Notes};
use super::resolution::Resolution;
use super::xmp_edit::namespace::{
    APPLE_GAIN_MAP, APPLE_PICTURE, CAMERA, DEPTH, DIMENSIONS, DUBLIN_CORE, EXIF, GAIN_MAP, GOOGLE,
    MEDIA, NOTE, PAGES, PANORAMA, THUMBNAIL, TIFF, XMP,
};
use super::xmp_edit::{Fate, Property, edited};

/// What is said of a gain map, which is lost.
pub(super) const NO_GAIN_MAP: &str = "its gain map (HDR) is not kept";
const NO_FILM: &str = "its motion video is not kept";

const NAMESPACE: &str = "urn:polyinr:ns:1.0#";
const PROPERTY: &str = "polyinr:parameters=\"";
const BEGIN: &str = "<rdf:Description rdf:about=\"\" xmlns:polyinr=\"";
const EMPTY: &str = "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
    <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
    <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
    </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>";

/// The parameters recorded in `packet`.
pub(super) fn parameters(packet: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(packet).ok()?;
    let start = text.find(PROPERTY)? + PROPERTY.len();
    let length = text[start..].find('"')?;
    Some(unescape(&text[start..start + length]))
}

/// `packet` with `parameters` recorded in it in place of earlier ones; a new packet where there is
/// none, or none in UTF-8 with an `rdf:RDF` element.
pub(super) fn with_parameters(packet: Option<&[u8]>, parameters: &str) -> Vec<u8> {
    let text = packet.and_then(|p| std::str::from_utf8(p).ok()).map(without_parameters);
    let text = text.filter(|t| t.contains("</rdf:RDF>")).unwrap_or_else(|| EMPTY.to_owned());
    let at = text.rfind("</rdf:RDF>").unwrap_or_default();
    let (head, tail) = text.split_at(at);
    let parameters = escape(parameters);
    format!("{head}{BEGIN}{NAMESPACE}\" {PROPERTY}{parameters}\"/>\n{tail}").into_bytes()
}

fn without_parameters(text: &str) -> String {
    let Some(start) = text.find(&format!("{BEGIN}{NAMESPACE}")) else { return text.to_owned() };
    let Some(length) = text[start..].find("/>\n") else { return text.to_owned() };
    format!("{}{}", &text[..start], &text[start + length + 3..])
}

/// `packet` as it is read: without what speaks of things that are not read (a gain map, a film, a
/// thumbnail), of how the pixels were stored, or that they are turned. None when it is no XML; what
/// is lost is noted.
pub(super) fn settled(packet: &[u8], notes: &Notes) -> Option<Vec<u8>> {
    edit(packet, notes, |property| {
        if let Some(loss) = loss(property) {
            notes.add(NoteKind::Metadata, loss);
        }
        match (property.namespace, property.name) {
            _ if is_gone(property) => Fate::Goes,
            (TIFF, "Orientation") => Fate::Becomes("1".to_owned()),
            _ => Fate::Stays,
        }
    })
}

/// `packet` for a picture of `size` pixels at `resolution`. None when it is no XML.
pub(super) fn resized(
    packet: &[u8],
    size: (u32, u32),
    resolution: Option<Resolution>,
) -> Option<Vec<u8>> {
    let ratio = |value: Option<f64>| {
        let (n, d) = rational(value?);
        Some(format!("{n}/{d}"))
    };
    edit(packet, &Notes::default(), |property| {
        let value = match (property.namespace, property.name) {
            (TIFF, "ImageWidth") | (EXIF, "PixelXDimension") => Some(size.0.to_string()),
            (TIFF, "ImageLength") | (EXIF, "PixelYDimension") => Some(size.1.to_string()),
            (TIFF, "XResolution") => ratio(resolution.map(|r| r.x)),
            (TIFF, "YResolution") => ratio(resolution.map(|r| r.y)),
            (TIFF, "ResolutionUnit") => resolution.map(|r| r.unit.tiff_code().to_string()),
            (DIMENSIONS, "w") if property.part => Some(size.0.to_string()),
            (DIMENSIONS, "h") if property.part => Some(size.1.to_string()),
            (DIMENSIONS, "unit") if property.part => Some("pixel".to_owned()),
            _ => return Fate::Stays,
        };
        value.map_or(Fate::Goes, Fate::Becomes)
    })
}

fn edit(
    packet: &[u8],
    notes: &Notes,
    decide: impl FnMut(&Property<'_>) -> Fate,
) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(packet).ok();
    let made = text.and_then(|text| edited(text.trim_end_matches('\0'), decide));
    if made.is_none() {
        notes.add(NoteKind::Metadata, "its XMP packet cannot be read and is not kept");
    }
    made.map(String::into_bytes)
}

/// Whether a property, or the declaration of a namespace (a property without a name), speaks of
/// what is not there any more.
fn is_gone(property: &Property<'_>) -> bool {
    match (property.namespace, property.name) {
        (PANORAMA, name) => name.ends_with("Pixels"),
        (GAIN_MAP | APPLE_GAIN_MAP | APPLE_PICTURE | THUMBNAIL, _) => true,
        (space, _) if space.starts_with(GOOGLE) => true,
        (NOTE, "HasExtendedXMP") | (XMP, "Thumbnails") | (DUBLIN_CORE, "format") => true,
        (PAGES, "MaxPageSize") | (MEDIA, "videoFrameSize") => true,
        (TIFF, name) => STORAGE.contains(&name),
        (EXIF, name) => IN_PIXELS.contains(&name),
        _ => false,
    }
}

/// Properties of TIFF that say how pixels are stored, which results store otherwise.
const STORAGE: [&str; 8] = [
    "BitsPerSample",
    "Compression",
    "NativeDigest",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "SamplesPerPixel",
    "YCbCrPositioning",
    "YCbCrSubSampling",
];
/// Properties of EXIF that are true of one size only.
const IN_PIXELS: [&str; 7] = [
    "CompressedBitsPerPixel",
    "FocalPlaneResolutionUnit",
    "FocalPlaneXResolution",
    "FocalPlaneYResolution",
    "NativeDigest",
    "SubjectArea",
    "SubjectLocation",
];

/// What is lost with a property, if it is more than the property.
fn loss(property: &Property<'_>) -> Option<&'static str> {
    let has = |word| property.value().contains(word);
    match (property.namespace, property.name) {
        (_, "") => None,
        (GAIN_MAP | APPLE_GAIN_MAP, _) => Some(NO_GAIN_MAP),
        (CAMERA, "MotionPhoto" | "MicroVideo") if property.value().trim() != "0" => Some(NO_FILM),
        (PANORAMA, name) if name.ends_with("Pixels") => {
            Some("the sizes in pixels of its panorama are not kept")
        }
        (PANORAMA, _) => None,
        (DEPTH, _) => Some("its depth map is not kept"),
        (space, _) if space.starts_with(GOOGLE) && has("GainMap") => Some(NO_GAIN_MAP),
        (space, _) if space.starts_with(GOOGLE) && has("\"MotionPhoto\"") => Some(NO_FILM),
        _ => None,
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

fn unescape(text: &str) -> String {
    [
        ("&#9;", "\t"),
        ("&#13;", "\r"),
        ("&#10;", "\n"),
        ("&quot;", "\""),
        ("&gt;", ">"),
        ("&lt;", "<"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_survive_and_are_replaced() {
        let text = "{\"class\": \"a<b>&\",\n\t\"seed\": 7}";
        let first = with_parameters(None, text);
        assert_eq!(parameters(&first).as_deref(), Some(text));
        let second = with_parameters(Some(&first), "&quot;");
        assert_eq!(parameters(&second).as_deref(), Some("&quot;"));
        let again = String::from_utf8(second).unwrap();
        assert_eq!(again.matches("polyinr:parameters").count(), 1);
        assert_eq!(parameters(&with_parameters(Some(b"\xff\xfe"), "x")).as_deref(), Some("x"));
    }

    fn made_true(packet: &str) -> (String, Vec<String>) {
        let notes = Notes::default();
        let packet = settled(packet.as_bytes(), &notes).unwrap();
        let packet = resized(&packet, (88, 66), Some(Resolution::dpi(600.0))).unwrap();
        let notes = notes.list().into_iter().map(|note| note.text).collect();
        (String::from_utf8(packet).unwrap(), notes)
    }

    #[test]
    fn other_properties_stay() {
        let packet =
            b"<x><rdf:RDF><rdf:Description tiff:Orientation=\"6\" a:b=\"c\"/></rdf:RDF></x>";
        let packet = String::from_utf8(with_parameters(Some(packet), "p")).unwrap();
        let (text, notes) = made_true(&packet);
        assert!(text.contains("tiff:Orientation=\"1\" a:b=\"c\"/>"), "{text}");
        assert!(text.contains("polyinr:parameters=\"p\"") && notes.is_empty(), "{text}");
    }

    #[test]
    fn sizes_and_resolution_become_true_in_every_form() {
        let forms = [
            ("T:ImageWidth=\"44\" T:XResolution=\"300/1\" E:PixelYDimension=\"33\"", ""),
            ("T:ImageWidth='44' T:XResolution='300/1' E:PixelYDimension='33'", ""),
            (
                "",
                "<T:ImageWidth>44</T:ImageWidth><T:XResolution>300/1</T:XResolution>\
                 <E:PixelYDimension>33</E:PixelYDimension>",
            ),
        ];
        for (attributes, elements) in forms {
            let (text, _) = made_true(&format!(
                "<rdf:RDF xmlns:T='{TIFF}' xmlns:E='{EXIF}'><rdf:Description {attributes}>{elements}\
                 </rdf:Description></rdf:RDF>"
            ));
            for (name, value) in
                [("T:ImageWidth", "88"), ("T:XResolution", "600/1"), ("E:PixelYDimension", "66")]
            {
                let forms = [format!("{name}=\"{value}\""), format!("<{name}>{value}</{name}>")];
                assert!(forms.iter().any(|form| text.contains(form)), "{name}: {text}");
            }
        }
    }

    #[test]
    fn a_resolution_that_is_not_known_is_left_out() {
        let packet = b"<a tiff:XResolution='72/1' tiff:ImageLength='5'/>";
        let packet = resized(packet, (3, 4), None).unwrap();
        assert_eq!(packet, b"<a tiff:ImageLength=\"4\"/>");
    }

    #[test]
    fn only_the_size_of_regions_is_a_picture_size() {
        let size = "stDim:w=\"44\" stDim:h=\"33\" stDim:unit=\"pixel\"";
        let packet = format!(
            "<r><mwg-rs:AppliedToDimensions {size}/><o:other {size}/><mwg-rs:AppliedToDimensions>\
             <stDim:w>44</stDim:w></mwg-rs:AppliedToDimensions><stDim:w>44</stDim:w></r>"
        );
        let (text, _) = made_true(&packet);
        let large = size.replace("44", "88").replace("33", "66");
        let expected = packet.replacen(size, &large, 1).replacen(">44<", ">88<", 1);
        assert_eq!(text, expected);
    }

    #[test]
    fn what_speaks_of_lost_things_goes_with_a_note() {
        let packet = format!(
            "<rdf:RDF><rdf:Description xmlns:hdrgm='{GAIN_MAP}' hdrgm:Version='1.0' \
             xmlns:G='{CAMERA}' G:MotionPhoto='1' G:MicroVideoOffset='4000' \
             xmlns:C='http://ns.google.com/photos/1.0/container/' a:b='c' dc:format='image/jpeg'>\
             <C:Directory><rdf:Seq><rdf:li C:Semantic='GainMap'/></rdf:Seq></C:Directory>\
             <xmp:Thumbnails><rdf:Alt>data</rdf:Alt></xmp:Thumbnails></rdf:Description></rdf:RDF>"
        );
        let (text, notes) = made_true(&packet);
        assert_eq!(text, "<rdf:RDF><rdf:Description a:b=\"c\"></rdf:Description></rdf:RDF>");
        assert_eq!(notes, [NO_GAIN_MAP, NO_FILM]);
    }

    #[test]
    fn what_is_no_packet_goes_with_a_note() {
        let notes = Notes::default();
        assert_eq!(settled(b"\xff\xfe<", &notes), None);
        assert_eq!(settled(b"<a>", &notes), None);
        assert_eq!(notes.list().len(), 1);
    }
}
