//! Texts in source code.

/// Longest line, in characters.
pub const WIDTH: usize = 100;

/// The text in parts of at most `width` characters that end in a space, but for the last one.
pub fn parts(text: &str, width: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let last =
            parts.last_mut().filter(|part| part.is_empty() || length(part) + length(word) <= width);
        match last {
            Some(part) => part.push_str(word),
            None => parts.push(word.to_owned()),
        }
    }
    parts
}

/// Number of characters.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// In double quotes, as C, Python and Rust read it.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// The same without the quotes around it.
pub fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_the_text_within_the_width() {
        let text = "to be, or not to be – that is the question";
        for width in [9, 10, 20, 100] {
            let parts = parts(text, width);
            assert_eq!(parts.concat(), text);
            assert!(parts.iter().all(|part| length(part) <= width), "{parts:?}");
        }
        assert_eq!(parts(text, 100).len(), 1);
        assert_eq!(parts("unbreakable", 3), ["unbreakable"]);
    }

    #[test]
    fn quotes_are_escaped() {
        assert_eq!(quoted(r#"as "0-4" \ 1"#), r#""as \"0-4\" \\ 1""#);
    }
}
