//! Files of JSON lines, one a step, that a resumed run goes on with.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::metrics::Figure;

/// Losses and rates of a run, in its folder.
pub const STATS: &str = "stats.jsonl";
/// What was measured of a run, in its folder.
pub const METRICS: &str = "metrics.jsonl";

/// A line of `metrics.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// Steps made then.
    pub step: u64,
    /// Thousands of pictures shown.
    pub kimg: f64,
    /// Side of the pictures in pixels.
    pub resolution: u32,
    /// What was measured.
    #[serde(flatten)]
    pub figure: Figure,
    /// Whether it is the best one yet of those that it compares with, of the metric that decides.
    pub best: bool,
}

impl Measured {
    /// The last best one in the run's `folder` whose checkpoint is still there, as `is_kept` says of its step.
    pub fn best_of_run(folder: &Path, is_kept: impl Fn(u64) -> bool) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join(METRICS)).ok()?;
        let mut lines = text.lines().rev().filter_map(|line| serde_json::from_str(line).ok());
        lines.find(|line: &Self| line.best && is_kept(line.step))
    }

    /// Whether the two figures are of the same metric, in the same mode, of as many pictures of the same size.
    pub fn compares_with(&self, other: &Self) -> bool {
        let key = |line: &Self| {
            let Figure { metric, mode, images, reference_images, .. } = &line.figure;
            (line.resolution, metric.clone(), mode.clone(), *images, *reference_images)
        };
        key(self) == key(other)
    }
}

/// A file of JSON lines that have a field `step`.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    file: File,
}

/// What every line has.
#[derive(Deserialize)]
struct Line {
    step: u64,
}

impl Lines {
    /// Opens the file at `path`, which is made if need be, for a run that begins or goes on at `step`:
    /// lines about later steps and half a line, left by a run that was killed, go.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn open(path: &Path, step: u64) -> Result<Self> {
        if let Ok(text) = std::fs::read_to_string(path) {
            let known =
                |line: &&str| serde_json::from_str(line).is_ok_and(|l: Line| l.step <= step);
            let kept: String = text.lines().filter(known).flat_map(|line| [line, "\n"]).collect();
            write_whole(path, kept.as_bytes())?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path);
        Ok(Self { file: file.map_err(|e| Error::io(path, "open", e))?, path: path.to_owned() })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&mut self, value: &impl Serialize) -> Result<()> {
        let line = serde_json::to_string(value).map_err(std::io::Error::other);
        let written = line.and_then(|line| writeln!(self.file, "{line}"));
        written.map_err(|e| Error::io(&self.path, "write", e))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn figure() -> Figure {
        Figure {
            subject: "average".into(),
            metric: "rFID".into(),
            value: 0.0,
            deviation: None,
            mode: "random".into(),
            images: 8,
            reference_images: 9,
        }
    }

    #[test]
    fn the_best_is_the_last_marked_line() {
        let folder = tempfile::tempdir().unwrap();
        let best = |is_kept: &dyn Fn(u64) -> bool| {
            Measured::best_of_run(folder.path(), is_kept).map(|line| line.step)
        };
        assert_eq!(best(&|_| true), None);
        let mut lines = Lines::open(&folder.path().join(METRICS), 0).unwrap();
        let line = |step, resolution, value, best| Measured {
            step,
            kimg: 1.0,
            resolution,
            figure: Figure { value, ..figure() },
            best,
        };
        for (step, value, best) in [(10, 9.0, true), (20, 7.0, true), (30, 8.0, false)] {
            lines.write(&line(step, 32, value, best)).unwrap();
        }
        assert_eq!(best(&|_| true), Some(20));
        assert_eq!(best(&|step| step < 20), Some(10), "the other's checkpoint is gone");
        // Going back takes it with it.
        Lines::open(&folder.path().join(METRICS), 15).unwrap();
        assert_eq!(best(&|_| true), Some(10));
        assert!(line(1, 32, 1.0, true).compares_with(&line(2, 32, 5.0, false)));
        assert!(!line(1, 32, 1.0, true).compares_with(&line(2, 64, 5.0, false)));
    }

    #[test]
    fn lines_after_the_step_and_half_lines_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.jsonl");
        let mut lines = Lines::open(&path, 0).unwrap();
        for step in [1, 3, 5] {
            lines.write(&json!({ "step": step })).unwrap();
        }
        write!(lines.file, "{{\"st").unwrap();
        Lines::open(&path, 3).unwrap().write(&json!({ "step": 4 })).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "{\"step\":1}\n{\"step\":3}\n{\"step\":4}\n");
    }
}
