//! What was measured of a run, by step.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::metrics::Figure;
use crate::run::lines::METRICS;

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
    /// The last best one in the run's `folder` whose checkpoint is still there, as `is_kept` says
    /// of its step.
    pub fn best_of_run(folder: &Path, is_kept: impl Fn(u64) -> bool) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join(METRICS)).ok()?;
        let mut lines = text.lines().rev().filter_map(|line| serde_json::from_str(line).ok());
        lines.find(|line: &Self| line.best && is_kept(line.step))
    }

    /// Whether the two figures are of the same metric, in the same mode, of as many pictures of the
    /// same size.
    pub fn compares_with(&self, other: &Self) -> bool {
        let key = |line: &Self| {
            let Figure { metric, mode, images, reference_images, .. } = &line.figure;
            (line.resolution, metric.clone(), mode.clone(), *images, *reference_images)
        };
        key(self) == key(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::lines::Lines;

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
}
