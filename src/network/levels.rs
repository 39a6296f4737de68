//! Which levels of a generator something is done to.

use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::ops::Range;
use std::str::FromStr;

use crate::error::{Error, Result};

/// A group of levels, by what they decide in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelGroup {
    /// What is where.
    Shape,
    /// Coarse style: how large parts look.
    Coarse,
    /// Fine style: colours and texture.
    Fine,
}

impl LevelGroup {
    /// All groups, first levels first.
    pub const ALL: [Self; 3] = [Self::Shape, Self::Coarse, Self::Fine];

    /// The group's name: "shape", "coarse", "fine".
    pub fn name(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Coarse => "coarse",
            Self::Fine => "fine",
        }
    }
}

/// The levels of a network, and which group each belongs to. Every level is in exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelGroups {
    levels: usize,
    /// The first level of coarse style, and of fine style.
    coarse: usize,
    fine: usize,
}

impl LevelGroups {
    /// Groups of `levels` levels, of which coarse style begins at `coarse` and fine style at `fine`.
    pub(crate) fn new(levels: usize, coarse: usize, fine: usize) -> Self {
        debug_assert!(coarse <= fine && fine <= levels);
        Self { levels, coarse, fine }
    }

    /// Number of levels.
    pub fn levels(&self) -> usize {
        self.levels
    }

    /// The levels of a group; empty where so few levels have no such group.
    pub fn of(&self, group: LevelGroup) -> Range<usize> {
        match group {
            LevelGroup::Shape => 0..self.coarse,
            LevelGroup::Coarse => self.coarse..self.fine,
            LevelGroup::Fine => self.fine..self.levels,
        }
    }
}

impl From<usize> for LevelGroups {
    /// Groups of a network that says nothing else about its levels: they begin at 0, `n / 2` and `4 n / 5` of
    /// `n`, rounded to the nearest level (halves up) and moved so that none is empty from three levels on. Of
    /// two levels the first is shape and the second fine; a single one is shape.
    fn from(levels: usize) -> Self {
        match levels {
            0..3 => Self::new(levels, levels.min(1), levels.min(1)),
            n => {
                let coarse = n.div_ceil(2).clamp(1, n - 2);
                Self::new(n, coarse, ((8 * n + 5) / 10).clamp(coarse + 1, n - 1))
            }
        }
    }
}

/// Some levels of a generator, as users name them: groups (`shape`, `coarse`, `fine`), `all`,
/// numbers from 0 on and ranges, with commas between.
///
/// ```
/// use polyinr::network::LevelSet;
///
/// let levels: LevelSet = "0-4,8".parse()?;
/// assert_eq!(levels.of(10)?, [0, 1, 2, 3, 4, 8]);
/// assert_eq!("fine".parse::<LevelSet>()?.of(10)?, [8, 9]);
/// assert_eq!(levels.to_string(), "0-4,8");
/// assert!(levels.of(6).is_err(), "there is no level 8");
/// # Ok::<(), polyinr::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelSet {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    All,
    Group(LevelGroup),
    /// Both ends included.
    Range(usize, usize),
}

impl LevelSet {
    /// All levels of any model.
    pub fn all() -> Self {
        Self { parts: vec![Part::All] }
    }

    /// The levels of `group`.
    pub fn group(group: LevelGroup) -> Self {
        Self { parts: vec![Part::Group(group)] }
    }

    /// The levels from `first` to `last`, both included.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `last` comes before `first`.
    pub fn range(first: usize, last: usize) -> Result<Self> {
        match first <= last {
            true => Ok(Self { parts: vec![Part::Range(first, last)] }),
            false => Err(wrong(&format!("{first}-{last}"))),
        }
    }

    /// Numbers of the levels in a model with these, or with so many, ascending, each once; at least one.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the model has not all of them.
    pub fn of(&self, groups: impl Into<LevelGroups>) -> Result<Vec<usize>> {
        let groups = groups.into();
        let levels = groups.levels();
        let mut numbers = BTreeSet::new();
        for part in &self.parts {
            let range = match *part {
                Part::All => 0..levels,
                Part::Group(group) => groups.of(group),
                Part::Range(first, last) if last < levels => first..last + 1,
                Part::Range(..) => 0..0,
            };
            if range.is_empty() {
                let problem = match levels {
                    1 => "the model has level 0 only".to_owned(),
                    n => format!("the model has levels 0 to {}", n.saturating_sub(1)),
                };
                return Err(Error::parameter("levels", format!("{part} asked for; {problem}")));
            }
            numbers.extend(range);
        }
        Ok(numbers.into_iter().collect())
    }
}

impl FromStr for LevelSet {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts = text.split(',').map(|part| part.trim().parse()).collect::<Result<_>>()?;
        Ok(Self { parts })
    }
}

impl FromStr for Part {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        let named = |group: &LevelGroup| text.eq_ignore_ascii_case(group.name());
        if let Some(group) = LevelGroup::ALL.into_iter().find(named) {
            return Ok(Self::Group(group));
        }
        let number = |s: &str| s.trim().parse::<usize>().ok().filter(|n| *n <= 9999);
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self::Range(first, last)),
            _ => Err(wrong(text)),
        }
    }
}

fn wrong(text: &str) -> Error {
    Error::parameter(
        "levels",
        format!(
            "{text:?} are no levels; give shape, coarse, fine, all, or numbers from 0 on and ranges \
             with commas between, as 0-4,8"
        ),
    )
}

impl Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Group(group) => f.write_str(group.name()),
            Self::Range(first, last) if first == last => write!(f, "{first}"),
            Self::Range(first, last) => write!(f, "{first}-{last}"),
        }
    }
}

impl Display for LevelSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.parts.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            write!(f, "{comma}{part}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn groups(levels: usize) -> [Range<usize>; 3] {
        LevelGroup::ALL.map(|group| LevelGroups::from(levels).of(group))
    }

    #[test]
    fn groups_of_common_models() {
        assert_eq!(groups(10), [0..5, 5..8, 8..10]);
        assert_eq!(groups(14), [0..7, 7..11, 11..14]);
        assert_eq!(groups(7), [0..4, 4..6, 6..7]);
        assert_eq!(groups(3), [0..1, 1..2, 2..3]);
        assert_eq!(groups(2), [0..1, 1..1, 1..2]);
        assert_eq!(groups(1), [0..1, 1..1, 1..1]);
    }

    #[test]
    fn texts() {
        let levels = |text: &str| text.parse::<LevelSet>().and_then(|l| l.of(10));
        assert_eq!(levels("Shape, 9").unwrap(), [0, 1, 2, 3, 4, 9]);
        assert_eq!(levels("9,0-2,1").unwrap(), [0, 1, 2, 9]);
        assert_eq!(levels("all").unwrap().len(), 10);
        for text in ["", "x", "1,", "4-2", "-1", "10", "0-10", "99999999999999999999", "1-2-3"] {
            assert!(levels(text).unwrap_err().to_string().starts_with("levels: "), "{text}");
        }
        let coarse = LevelSet::group(LevelGroup::Coarse);
        assert!(coarse.of(2).unwrap_err().to_string().contains("coarse asked for"));
    }

    proptest! {
        #[test]
        fn every_level_is_in_one_group(levels in 1usize..100) {
            let [shape, coarse, fine] = groups(levels);
            prop_assert_eq!(shape.start, 0);
            prop_assert_eq!(shape.end, coarse.start);
            prop_assert_eq!(coarse.end, fine.start);
            prop_assert_eq!(fine.end, levels);
            prop_assert!(levels < 3 || !shape.is_empty() && !coarse.is_empty() && !fine.is_empty());
        }

        #[test]
        fn texts_come_back(parts in prop::collection::vec((0usize..20, 0usize..9), 1..5)) {
            let ranges = parts.iter().map(|(a, n)| format!("{a}-{}", a + n)).collect::<Vec<_>>();
            let set: LevelSet = ranges.join(",").parse().unwrap();
            let again: LevelSet = set.to_string().parse().unwrap();
            prop_assert_eq!(again.of(40).unwrap(), set.of(40).unwrap());
        }
    }
}
