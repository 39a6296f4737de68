//! The two properties of XMP packets that this program reads and writes.

/// What is said of a gain map, which is lost.
pub(super) const NO_GAIN_MAP: &str = "its gain map (HDR) is not kept";

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

/// Says in `packet` that the picture is stored upright.
pub(super) fn set_upright(packet: &mut [u8]) {
    for before in [&b"tiff:Orientation=\""[..], b"tiff:Orientation='", b"<tiff:Orientation>"] {
        let found = packet.windows(before.len()).position(|w| w == before);
        if let Some(digit) = found.and_then(|at| packet.get_mut(at + before.len()))
            && digit.is_ascii_digit()
        {
            *digit = b'1';
        }
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

    #[test]
    fn other_properties_stay() {
        let packet = b"<x><rdf:RDF><rdf:Description tiff:Orientation=\"6\"/></rdf:RDF></x>";
        let mut packet = with_parameters(Some(packet), "p");
        set_upright(&mut packet);
        let text = String::from_utf8(packet).unwrap();
        assert!(text.contains("tiff:Orientation=\"1\"") && text.contains("polyinr"), "{text}");
    }
}
