//! Which pictures of a data set are used.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

/// Which pictures of a data set are used, and whether with their classes.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// JSON file of classes, {"labels": [["00000/img00000000.png", 3], ...]}, in place of the data
    /// set's own dataset.json
    #[arg(long, value_name = "FILE", conflicts_with = "unconditional")]
    pub labels: Option<PathBuf>,
    /// Use no classes, whatever the data set says
    #[arg(long)]
    pub unconditional: bool,
    /// Use at most N pictures, drawn at random, the same ones always
    #[arg(long, value_name = "N")]
    pub max_images: Option<usize>,
    /// Leave out the pictures whose number (the last digits of the name) is divisible by N, for
    /// evaluation
    #[arg(long, value_name = "N")]
    pub hold_back: Option<NonZeroU32>,
    /// Use those that --hold-back leaves out, and no others
    #[arg(long, requires = "hold_back")]
    pub only_held_back: bool,
}

impl Selection {
    /// Whether the picture called `name` is used, as far as its number decides.
    pub(super) fn takes(&self, name: &str) -> bool {
        match self.hold_back {
            None => true,
            Some(n) => (remainder(name, n) == Some(0)) == self.only_held_back,
        }
    }
}

/// What the number in a picture's name, its last digits, leaves when divided by `n`.
fn remainder(name: &str, n: NonZeroU32) -> Option<u64> {
    let (_, file) = name.rsplit_once('/').unwrap_or(("", name));
    let (stem, _) = file.rsplit_once('.').unwrap_or((file, ""));
    let end = stem.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = stem[..end]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + stem[at..].chars().next().map_or(0, char::len_utf8));
    let n = u64::from(n.get());
    Some(
        stem[start..end].bytes().fold(0, |value, digit| (value * 10 + u64::from(digit - b'0')) % n),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_last_digits_of_names() {
        let n = NonZeroU32::new(49).unwrap();
        for (name, rest) in [
            ("00003/img00000098.png", Some(0)),
            ("7/img50_small.png", Some(1)),
            ("99.png", Some(1)),
            ("ä12é48ü.x.jpg", Some(48)),
            ("49/rose.png", None),
            ("490000000000000000000000000000000000000.png", Some(0)),
        ] {
            assert_eq!(remainder(name, n), rest, "{name}");
        }
    }

    #[test]
    fn both_parts_together_are_the_whole() {
        let train = Selection { hold_back: NonZeroU32::new(3), ..Selection::default() };
        let test = Selection { only_held_back: true, ..train.clone() };
        let names: Vec<String> = (0..9).map(|i| format!("img{i:08}.png")).collect();
        assert!(names.iter().all(|name| train.takes(name) != test.takes(name)));
        assert_eq!(names.iter().filter(|name| test.takes(name)).count(), 3);
        assert!(train.takes("rose.png") && !test.takes("rose.png"));
    }
}
