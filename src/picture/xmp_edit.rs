//! Properties of XMP packets, wherever they stand and under whatever prefix, changed or taken out.

use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, BytesText, Event};
use quick_xml::name::{QName, ResolveResult};
use quick_xml::{NsReader, Writer};

/// The namespaces that are looked at, and the prefixes that stand for them where none is declared.
pub(super) mod namespace {
    pub const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
    pub const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
    pub const XMP: &str = "http://ns.adobe.com/xap/1.0/";
    pub const THUMBNAIL: &str = "http://ns.adobe.com/xap/1.0/g/img/";
    pub const PAGES: &str = "http://ns.adobe.com/xap/1.0/t/pg/";
    pub const NOTE: &str = "http://ns.adobe.com/xmp/note/";
    pub const MEDIA: &str = "http://ns.adobe.com/xmp/1.0/DynamicMedia/";
    pub const DUBLIN_CORE: &str = "http://purl.org/dc/elements/1.1/";
    pub const DIMENSIONS: &str = "http://ns.adobe.com/xap/1.0/sType/Dimensions#";
    pub const REGIONS: &str = "http://www.metadataworkinggroup.com/schemas/regions/";
    pub const GAIN_MAP: &str = "http://ns.adobe.com/hdr-gain-map/1.0/";
    pub const APPLE_GAIN_MAP: &str = "http://ns.apple.com/HDRGainMap/1.0/";
    pub const APPLE_PICTURE: &str = "http://ns.apple.com/pixeldatainfo/1.0/";
    /// What all namespaces begin with of what phones by Google and others put into files.
    pub const GOOGLE: &str = "http://ns.google.com/photos/";
    pub const CAMERA: &str = "http://ns.google.com/photos/1.0/camera/";
    pub const CONTAINER: &str = "http://ns.google.com/photos/1.0/container/";
    pub const ITEM: &str = "http://ns.google.com/photos/1.0/container/item/";
    pub const DEPTH: &str = "http://ns.google.com/photos/1.0/depthmap/";
    pub const PANORAMA: &str = "http://ns.google.com/photos/1.0/panorama/";

    pub const PREFIXES: [(&str, &str); 19] = [
        ("tiff", TIFF),
        ("exif", EXIF),
        ("xmp", XMP),
        ("xap", XMP),
        ("xmpGImg", THUMBNAIL),
        ("xmpTPg", PAGES),
        ("xmpNote", NOTE),
        ("xmpDM", MEDIA),
        ("dc", DUBLIN_CORE),
        ("stDim", DIMENSIONS),
        ("mwg-rs", REGIONS),
        ("hdrgm", GAIN_MAP),
        ("HDRGainMap", APPLE_GAIN_MAP),
        ("apdi", APPLE_PICTURE),
        ("GCamera", CAMERA),
        ("Container", CONTAINER),
        ("Item", ITEM),
        ("GDepth", DEPTH),
        ("GPano", PANORAMA),
    ];
}

/// A property as it is met.
pub(super) struct Property<'a> {
    /// The namespace, or an unknown prefix.
    pub namespace: &'a str,
    pub name: &'a str,
    /// The property that it is a part of, where that is [`WHOLE`].
    pub part: bool,
    /// Its value, if it is an attribute, or what follows the opening tag `tag`.
    text: &'a str,
    tag: Option<&'a str>,
}

/// How much of what stands between tags is looked at, in bytes.
const LOOKED_AT: usize = 1 << 14;

impl Property<'_> {
    /// Its value, or what stands between its tags up to the first closing one of its name.
    pub fn value(&self) -> &str {
        let Some(tag) = self.tag else { return self.text };
        let near = &self.text[..self.text.floor_char_boundary(LOOKED_AT)];
        near.find(&format!("</{tag}")).map_or(near, |end| &near[..end])
    }
}

/// The one property whose parts are told from those of others: the size that regions are of.
const WHOLE: (&str, &str) = (namespace::REGIONS, "AppliedToDimensions");

/// What becomes of a property.
pub(super) enum Fate {
    Stays,
    Goes,
    Becomes(String),
}

/// `packet` with every property as `decide` has it; the same text where nothing changes. None when
/// it is no XML.
pub(super) fn edited(packet: &str, decide: impl FnMut(&Property<'_>) -> Fate) -> Option<String> {
    let mut editor = Editor { decide, changed: false, within: 0 };
    let mut reader = NsReader::from_str(packet);
    let mut writer = Writer::new(Vec::with_capacity(packet.len()));
    let mut depth = 0usize;
    loop {
        let event = reader.read_event().ok()?;
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.checked_sub(1)?,
            Event::Eof if depth == 0 => break,
            Event::Eof => return None,
            _ => {}
        }
        let fate = match &event {
            Event::Start(tag) => {
                let from = reader.buffer_position() as usize;
                editor.element(&reader, tag, packet.get(from..)?)
            }
            Event::Empty(tag) => editor.element(&reader, tag, ""),
            _ => Fate::Stays,
        };
        match (fate, event) {
            (Fate::Stays, Event::Start(tag)) => {
                let whole = editor.is_whole(&reader, tag.name());
                editor.within += usize::from(whole || editor.within > 0);
                let tag = editor.attributes(&reader, tag)?;
                writer.write_event(Event::Start(tag)).ok()?;
            }
            (Fate::Stays, Event::Empty(tag)) => {
                let whole = usize::from(editor.is_whole(&reader, tag.name()));
                editor.within += whole;
                let made = editor.attributes(&reader, tag)?;
                editor.within -= whole;
                writer.write_event(Event::Empty(made)).ok()?;
            }
            (Fate::Stays, event) => {
                if matches!(event, Event::End(_)) {
                    editor.within = editor.within.saturating_sub(1);
                }
                writer.write_event(event).ok()?;
            }
            (fate, Event::Start(tag)) => {
                reader.read_to_end(tag.name()).ok()?;
                depth -= 1;
                if let Fate::Becomes(value) = fate {
                    let end = tag.to_end().into_owned();
                    writer.write_event(Event::Start(tag)).ok()?;
                    writer.write_event(Event::Text(BytesText::new(&value))).ok()?;
                    writer.write_event(Event::End(end)).ok()?;
                }
            }
            // An empty element has no value to change.
            (_, _) => {}
        }
    }
    if !editor.changed {
        return Some(packet.to_owned());
    }
    String::from_utf8(writer.into_inner()).ok()
}

struct Editor<F> {
    decide: F,
    changed: bool,
    /// How many elements are open from [`WHOLE`] on.
    within: usize,
}

impl<F: FnMut(&Property<'_>) -> Fate> Editor<F> {
    fn is_whole(&self, reader: &NsReader<&[u8]>, name: QName<'_>) -> bool {
        let (space, local) = reader.resolver().resolve_element(name);
        (namespace_of(&space), local.as_ref()) == WHOLE
    }

    fn fate(&mut self, property: &Property<'_>) -> Fate {
        let fate = (self.decide)(property);
        let same = match &fate {
            Fate::Stays => true,
            Fate::Goes => false,
            Fate::Becomes(value) => value == property.value(),
        };
        self.changed |= !same;
        if same { Fate::Stays } else { fate }
    }

    fn element(&mut self, reader: &NsReader<&[u8]>, tag: &BytesStart<'_>, text: &str) -> Fate {
        let (space, local) = reader.resolver().resolve_element(tag.name());
        self.fate(&Property {
            namespace: namespace_of(&space),
            name: local.as_ref(),
            part: self.within > 0,
            text,
            tag: (!text.is_empty()).then_some(tag.name().0),
        })
    }

    /// The tag with those of its attributes that stay, or itself when all do.
    fn attributes<'t>(
        &mut self,
        reader: &NsReader<&[u8]>,
        tag: BytesStart<'t>,
    ) -> Option<BytesStart<'t>> {
        let mut made = BytesStart::new(tag.name().0.to_owned());
        let before = std::mem::take(&mut self.changed);
        for attribute in tag.attributes().with_checks(false) {
            let Attribute { key, value } = attribute.ok()?;
            let (space, local) = reader.resolver().resolve_attribute(key);
            let declared = key.0.strip_prefix("xmlns:").map(|_| value.as_ref());
            let property = Property {
                namespace: declared.unwrap_or_else(|| namespace_of(&space)),
                name: if declared.is_some() { "" } else { local.as_ref() },
                part: self.within > 0,
                text: &value,
                tag: None,
            };
            let value = match self.fate(&property) {
                Fate::Stays => value.into_owned(),
                Fate::Goes => continue,
                Fate::Becomes(value) => value,
            };
            // Values are as they stand in the packet, where they may have been in single quotes.
            let value = value.replace('"', "&quot;");
            made.push_attribute(Attribute { key, value: value.into() });
        }
        let changed = self.changed;
        self.changed |= before;
        Some(if changed { made } else { tag })
    }
}

fn namespace_of<'a>(resolved: &'a ResolveResult<'a>) -> &'a str {
    match resolved {
        ResolveResult::Bound(space) => space.0,
        ResolveResult::Unknown(prefix) => namespace::PREFIXES
            .iter()
            .find(|(usual, _)| usual == prefix)
            .map_or(prefix.as_str(), |&(_, space)| space),
        ResolveResult::Unbound => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &str = "<?xpacket begin='\u{feff}'?><rdf:RDF xmlns:rdf='r' xmlns:t='urn:t'>\
        <rdf:Description t:one='1' t:two='a\"&amp;'>\n <t:three>3</t:three>\
        <t:four><rdf:Seq><rdf:li>x</rdf:li></rdf:Seq></t:four><t:five/>\
        </rdf:Description></rdf:RDF>  \n<?xpacket end='w'?>";

    fn without(name: &str) -> Option<String> {
        edited(PACKET, |p| match p.namespace == "urn:t" && p.name == name {
            true => Fate::Goes,
            false => Fate::Stays,
        })
    }

    #[test]
    fn attributes_and_elements_go() {
        assert_eq!(without("none").as_deref(), Some(PACKET));
        for (name, gone) in [
            ("three", "<t:three>3</t:three>"),
            ("four", "<t:four><rdf:Seq><rdf:li>x</rdf:li></rdf:Seq></t:four>"),
            ("five", "<t:five/>"),
        ] {
            assert_eq!(without(name).unwrap(), PACKET.replace(gone, ""));
        }
        let one = without("one").unwrap();
        assert!(one.contains("<rdf:Description t:two=\"a&quot;&amp;\">\n <t:three>"), "{one}");
    }

    #[test]
    fn values_change() {
        let made = edited(PACKET, |p| match (p.namespace, p.name, p.value()) {
            ("urn:t", "one", "1") | ("urn:t", "three", "3") => Fate::Becomes("7<".into()),
            _ => Fate::Stays,
        });
        let made = made.unwrap();
        assert!(made.contains("<t:three>7&lt;</t:three>"), "{made}");
    }

    #[test]
    fn what_is_no_xml_is_none() {
        for n in 1..PACKET.len() {
            if PACKET.is_char_boundary(n) {
                let _ = edited(&PACKET[..n], |_| Fate::Goes);
            }
        }
        for wrong in ["<a><b></a>", "<a>", "</a>", "<a", "<a b='>"] {
            assert_eq!(edited(wrong, |_| Fate::Stays), None, "{wrong}");
        }
    }
}
