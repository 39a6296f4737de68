//! What became of a data set's files, in words.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How many skipped pictures a report names.
const NAMED: usize = 20;

/// A picture that could not be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its source and name.
    pub name: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What was read, and what not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Pictures in use.
    pub pictures: usize,
    /// Classes; 0 for none.
    pub classes: usize,
    /// Pixels a side.
    pub resolution: u32,
    /// Pictures that could not be used.
    pub skipped: Vec<Skipped>,
    /// The file that the resized pictures were taken from, if they were prepared before.
    pub cached: Option<PathBuf>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Skipped { name, problem } in self.skipped.iter().take(NAMED) {
            writeln!(f, "skipped {name}: {problem}")?;
        }
        let unnamed = self.skipped.len().saturating_sub(NAMED);
        if unnamed > 0 {
            writeln!(f, "skipped {unnamed} more")?;
        }
        let side = self.resolution;
        write!(f, "{} pictures of {side}x{side}", self.pictures)?;
        match self.classes {
            0 => write!(f, ", no classes")?,
            n => write!(f, ", {n} classes")?,
        }
        if !self.skipped.is_empty() {
            write!(f, ", {} skipped", self.skipped.len())?;
        }
        self.cached.as_ref().map_or(Ok(()), |path| write!(f, ", from {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_counted_and_the_first_are_named() {
        let skipped = |i| Skipped { name: format!("{i}.png"), problem: "cut short".to_owned() };
        let mut report = Report { pictures: 7, classes: 2, resolution: 64, ..Report::default() };
        assert_eq!(report.to_string(), "7 pictures of 64x64, 2 classes");
        report.skipped = vec![skipped(3)];
        let text = "skipped 3.png: cut short\n7 pictures of 64x64, 2 classes, 1 skipped";
        assert_eq!(report.to_string(), text);
        report.skipped = (0..50).map(skipped).collect();
        let text = report.to_string();
        assert_eq!(text.lines().count(), NAMED + 2);
        assert!(text.contains("skipped 30 more\n") && text.ends_with(", 50 skipped"));
    }
}
