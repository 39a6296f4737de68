//! Files of JSON lines, one a step, that a resumed run goes on with.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::write_whole;

/// Losses and rates of a run, in its folder.
pub const STATS: &str = "stats.jsonl";
/// What was measured of a run, in its folder.
pub const METRICS: &str = "metrics.jsonl";

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
