//! Truncation of latents w, level by level.

use std::fmt::{self, Display};
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::network::{LevelGroups, LevelSet};

/// How far a latent is drawn towards its class's average: `w_avg + psi (w - w_avg)`, with a psi for
/// each level. 1 leaves the latent as it is, 0 gives the average, -2 to 2 are possible.
///
/// As text it is one number for all levels, or [levels](LevelSet) and their numbers with commas
/// between; levels that are not named stay as they are.
///
/// ```
/// use polyinr::model::Truncation;
///
/// let truncation: Truncation = "shape:0.5,8-9:0.9".parse()?;
/// assert_eq!(truncation.psis(10)?, [0.5, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 0.9, 0.9]);
/// assert_eq!("0.7".parse::<Truncation>()?, Truncation::uniform(0.7));
/// # Ok::<(), polyinr::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truncation {
    /// No level is in two of them.
    parts: Vec<(LevelSet, f32)>,
}

impl Truncation {
    /// The same psi for all levels. Whether it is possible is checked when it is used.
    pub fn uniform(psi: f32) -> Self {
        Self { parts: vec![(LevelSet::all(), psi)] }
    }

    /// The same psi for the first `count` levels; the others stay as they are.
    pub fn first_levels(psi: f32, count: usize) -> Self {
        let levels = count.checked_sub(1).and_then(|last| LevelSet::range(0, last).ok());
        Self { parts: levels.into_iter().map(|levels| (levels, psi)).collect() }
    }

    /// A psi for each set of levels; the others stay as they are. Whether the model has them, and
    /// that none is in two sets, is checked when it is used.
    pub fn per_level(parts: impl IntoIterator<Item = (LevelSet, f32)>) -> Self {
        Self { parts: parts.into_iter().collect() }
    }

    /// psi of each level of a model with these levels, or with so many.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the model has not these levels, one has two, or a psi is not in
    /// `[-2, 2]`.
    pub fn psis(&self, levels: impl Into<LevelGroups>) -> Result<Vec<f32>> {
        let levels = levels.into();
        let mut psis = vec![None; levels.levels()];
        for (set, psi) in &self.parts {
            check(*psi)?;
            for level in set.of(levels)? {
                if psis[level].replace(*psi).is_some() {
                    let problem = format!("level {level} is in it twice; give each level once");
                    return Err(Error::parameter("truncation", problem));
                }
            }
        }
        Ok(psis.into_iter().map(|psi| psi.unwrap_or(1.0)).collect())
    }
}

/// That `psi` is possible.
fn check(psi: f32) -> Result<()> {
    match (-2.0..=2.0).contains(&psi) {
        true => Ok(()),
        false => Err(Error::parameter("truncation", format!("{psi} is not in -2 to 2"))),
    }
}

impl FromStr for Truncation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let psi = |s: &str| {
            let psi = s.trim().parse().map_err(|_| wrong(text))?;
            check(psi).map(|()| psi)
        };
        if !text.contains(':') {
            return Ok(Self::uniform(psi(text)?));
        }
        let mut parts = Vec::new();
        // A set may have commas itself: what comes before a colon belongs together.
        let mut names: Vec<&str> = Vec::new();
        for part in text.split(',') {
            match part.rsplit_once(':') {
                Some((name, number)) => {
                    names.push(name);
                    parts.push((names.join(",").parse()?, psi(number)?));
                    names.clear();
                }
                None => names.push(part),
            }
        }
        if names.is_empty() { Ok(Self { parts }) } else { Err(wrong(text)) }
    }
}

fn wrong(text: &str) -> Error {
    let problem = format!("{text:?} is none; give a number of -2 to 2, or levels with theirs");
    Error::parameter("truncation", format!("{problem}, as 0-4:0.5,fine:0.9"))
}

impl Display for Truncation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts.as_slice() {
            [] => f.write_str("1"),
            [(levels, psi)] if *levels == LevelSet::all() => write!(f, "{psi}"),
            parts => parts.iter().enumerate().try_for_each(|(i, (levels, psi))| {
                let comma = if i > 0 { "," } else { "" };
                write!(f, "{comma}{levels}:{psi}")
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_mean_what_they_say() {
        let psis = |text: &str| text.parse::<Truncation>().and_then(|t| t.psis(4));
        assert_eq!(psis("0.5").unwrap(), [0.5; 4]);
        assert_eq!(psis("0-1:0.5,3:-1").unwrap(), [0.5, 0.5, 1.0, -1.0]);
        assert!(psis("0,3:0.5,fine,2:0.25").unwrap_err().to_string().contains("twice"));
        assert_eq!(psis("0,2:0.5,fine:0").unwrap(), [0.5, 1.0, 0.5, 0.0]);
        for wrong in ["", "x", "nan", "3", "0:3", "0:1,1", "5:1", "shape:", ":1", "0:1:1"] {
            assert!(psis(wrong).is_err(), "{wrong}");
        }
        for text in ["0.7", "0-4:0.5,5-9:1", "shape:0.5", "1"] {
            assert_eq!(text.parse::<Truncation>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn first_levels_are_a_cutoff() {
        assert_eq!(Truncation::first_levels(0.5, 2).psis(3).unwrap(), [0.5, 0.5, 1.0]);
        assert_eq!(Truncation::first_levels(0.5, 0).psis(3).unwrap(), [1.0; 3]);
        assert!(Truncation::first_levels(0.5, 4).psis(3).is_err());
        assert!(Truncation::uniform(f32::NAN).psis(3).is_err());
    }
}
