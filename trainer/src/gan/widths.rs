//! Features of blocks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most features of a block.
const MOST: usize = 8192;

/// Features of every block; the last number stands for all further ones. As text with commas between;
/// one number alone is a number in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widths(Vec<usize>);

impl Widths {
    /// These, one a block at least.
    ///
    /// # Panics
    /// When there are none.
    pub fn new(mut widths: Vec<usize>) -> Self {
        assert!(!widths.is_empty());
        while let [.., before, last] = widths[..]
            && before == last
        {
            widths.pop();
        }
        Self(widths)
    }

    /// Features of a block.
    pub fn of(&self, block: usize) -> usize {
        self.0[block.min(self.0.len() - 1)]
    }

    /// Whether all blocks have as many.
    pub fn are_alike(&self) -> bool {
        self.0.len() == 1
    }

    /// Whether all can be trained with.
    pub fn are_sound(&self) -> bool {
        self.0.iter().all(|n| (1..=MOST).contains(n))
    }
}

impl FromStr for Widths {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split(',').map(|word| word.trim().parse());
        match numbers.collect::<Result<Vec<_>, _>>() {
            Ok(numbers) => Ok(Self::new(numbers)),
            Err(e) => Err(format!("{e}; a number, or one a block with commas between, is needed")),
        }
    }
}

impl fmt::Display for Widths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(usize::to_string).collect();
        f.write_str(&numbers.join(","))
    }
}

impl Serialize for Widths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0[..] {
            [one] => one.serialize(serializer),
            _ => self.0.serialize(serializer),
        }
    }
}

/// As JSON has them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    /// As many in every block.
    One(usize),
    /// One a block.
    Each(Vec<usize>),
}

impl<'de> Deserialize<'de> for Widths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Stored::deserialize(deserializer)? {
            Stored::One(one) => Ok(Self(vec![one])),
            Stored::Each(each) if each.is_empty() => {
                Err(serde::de::Error::custom("features of no block"))
            }
            Stored::Each(each) => Ok(Self::new(each)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_stands_for_all_further_ones() {
        let widths: Widths = "64,32,16,16".parse().unwrap();
        assert_eq!([0, 1, 2, 3, 9].map(|block| widths.of(block)), [64, 32, 16, 16, 16]);
        assert_eq!(widths.to_string(), "64,32,16");
        for (text, json) in [("128", "128"), ("8,4", "[8,4]"), ("8, 8", "8")] {
            let widths: Widths = text.parse().unwrap();
            assert_eq!(serde_json::to_string(&widths).unwrap(), json);
            assert_eq!(serde_json::from_str::<Widths>(json).unwrap(), widths);
        }
        assert!("8,x".parse::<Widths>().is_err() && serde_json::from_str::<Widths>("[]").is_err());
        assert!(!"8,0".parse::<Widths>().unwrap().are_sound());
    }
}
