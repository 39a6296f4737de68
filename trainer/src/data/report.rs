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
    /// Classes without a picture.
    pub empty_classes: usize,
    /// Pixels a side.
    pub resolution: u32,
    /// Pictures that have fewer pixels a side.
    pub enlarged: usize,
    /// Folders that were given, whose names are no classes.
    pub loose_folders: usize,
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
        self.warn(f)?;
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

impl Report {
    /// Lines about what may not be meant.
    fn warn(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { enlarged, empty_classes, loose_folders, classes, resolution: side, .. } = self;
        if *enlarged > 0 {
            writeln!(
                f,
                "warning: {enlarged} pictures have fewer than {side} pixels a side, and were enlarged"
            )?;
        }
        if *empty_classes > 0 {
            writeln!(
                f,
                "warning: {empty_classes} of {classes} classes have no picture that is used"
            )?;
        }
        if *loose_folders > 1 && *classes == 0 {
            writeln!(
                f,
                "warning: {loose_folders} folders are one data set without classes; to make classes of them, give the \
                 folder that they lie in"
            )?;
        }
        Ok(())
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

    #[test]
    fn what_may_not_be_meant_is_said() {
        let mut report = Report { pictures: 7, classes: 9, resolution: 64, ..Report::default() };
        (report.enlarged, report.empty_classes, report.loose_folders) = (3, 4, 2);
        let text = report.to_string();
        assert!(text.contains("3 pictures have fewer than 64 pixels"), "{text}");
        assert!(text.contains("4 of 9 classes have no picture") && text.lines().count() == 3);
        report.classes = 0;
        assert!(report.to_string().contains("2 folders are one data set without classes"));
    }
}
