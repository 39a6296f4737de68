//! Text from files and names as people may see it: without what would move their cursor, set their
//! terminal's title or turn the order of what follows.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with everything that is no visible character written as `\n` or `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_hidden(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// `json`, in which control characters stand only in strings and below U+0020 are escaped, with the
/// others escaped too.
pub fn visible_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Whether a terminal does something else with a character than show it: controls, marks that turn
/// the direction of writing, line separators, and what is not seen at all. The two joiners stay, as
/// scripts and emoji need them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_seen_is_shown() {
        for same in ["", "straße 花 🌹.png", "a\\b", "می\u{200c}خواهم"] {
            assert_eq!(visible(same), same);
        }
        assert_eq!(visible("a\x1b[2Jb\n\t\x7f"), r"a\u{1b}[2Jb\n\t\u{7f}");
        assert_eq!(visible("\u{9b}2J"), r"\u{9b}2J");
        assert_eq!(visible("gnp.\u{202e}exe"), r"gnp.\u{202e}exe");
    }

    #[test]
    fn json_stays_the_same_to_a_program() {
        let value = serde_json::json!({"a": "\u{1b}\u{9b}\u{202e}\u{e0041}ü\n"});
        let text = visible_json(&value.to_string());
        assert!(!text.contains(is_hidden), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
