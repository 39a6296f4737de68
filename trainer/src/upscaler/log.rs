//! What a run says about itself: `stats.jsonl` and a progress bar.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::step::StepReport;
use super::validate::Quality;
use crate::error::Result;
use crate::run::lines::{Lines, STATS};

/// Parts of a run on the bar.
const PARTS: f64 = 10_000.0;

/// Where a run is written about.
#[derive(Debug)]
pub struct Log {
    stats: Lines,
    bar: Option<ProgressBar>,
    reports: Vec<StepReport>,
    taken: Duration,
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RunPosition {
    /// Steps made.
    pub step: u64,
    /// Seconds of training, over all resumptions.
    pub seconds: f64,
    /// Which part of the run is done, 0 to 1.
    #[serde(skip)]
    pub progress: f64,
}

/// A line of `stats.jsonl`: means over the steps since the line before.
#[derive(Debug, Serialize)]
struct Tick {
    #[serde(flatten)]
    place: RunPosition,
    #[serde(flatten)]
    mean: StepReport,
    learning_rate: f64,
    steps_per_second: f64,
}

/// Another line, after a measurement.
#[derive(Debug, Serialize)]
struct Measured<'a> {
    #[serde(flatten)]
    place: RunPosition,
    psnr: &'a [Quality],
}

impl Log {
    /// Opens `stats.jsonl` in `folder` for a run that begins or goes on at `step`. Lines about later
    /// steps, left by a run that was killed, go.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn open(folder: &Path, step: u64) -> Result<Self> {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:24} {percent:>3}%  {msg}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(PARTS as u64).with_style(style)
        });
        let stats = Lines::open(&folder.join(STATS), step)?;
        Ok(Self { stats, bar, reports: Vec::new(), taken: Duration::ZERO })
    }

    /// Takes the report of a step and the time that it took.
    pub fn add(&mut self, report: StepReport, taken: Duration) {
        self.reports.push(report);
        self.taken += taken;
    }

    /// Writes the means of the reports taken since the last time, of which there is at least one.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn tick(&mut self, place: RunPosition, learning_rate: f64) -> Result<()> {
        let count = self.reports.len() as f64;
        let mean = |of: fn(&StepReport) -> f64| self.reports.iter().map(of).sum::<f64>() / count;
        let adversary = self.reports.iter().all(|r| r.adversary.is_some());
        let mean = StepReport {
            loss: mean(|r| r.loss),
            gradient_norm: mean(|r| r.gradient_norm),
            adversary: adversary.then(|| mean(|r| r.adversary.unwrap_or(0.0))),
        };
        let steps_per_second = count / self.taken.as_secs_f64();
        self.stats.write(&Tick { place, mean, learning_rate, steps_per_second })?;
        self.reports.clear();
        self.taken = Duration::ZERO;
        let left = place.seconds * (1.0 - place.progress) / place.progress;
        let line = format!(
            "step {}  loss {:.5}  {steps_per_second:.2} steps/s  {:.1} min left",
            place.step,
            mean.loss,
            left / 60.0
        );
        match &self.bar {
            Some(bar) => {
                bar.set_position((place.progress * PARTS) as u64);
                bar.set_message(line);
            }
            None => eprintln!("{line}"),
        }
        Ok(())
    }

    /// Writes what was measured.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn quality(&mut self, place: RunPosition, found: &[Quality]) -> Result<()> {
        self.stats.write(&Measured { place, psnr: found })?;
        let figures: Vec<String> =
            found.iter().map(|q| format!("{} x{} {:.2} dB", q.set, q.factor, q.psnr)).collect();
        let line = format!("step {}: {}", place.step, figures.join(", "));
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
        Ok(())
    }
}
