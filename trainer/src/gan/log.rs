//! What a run says about itself: `run.json`, `stats.jsonl`, TensorBoard's file and a progress bar.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use super::grid::Png;
use super::measured::Measured;
use crate::error::Result;
use crate::run::events::EventFile;
use crate::run::lines::{Lines, METRICS, STATS};
use crate::run::report::duration;

/// Means that are shown beside the progress.
const SHOWN: [&str; 5] = ["loss_d", "loss_g", "sign_real", "sign_fake", "augment"];

/// A line of `stats.jsonl`: means over the steps since the line before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tick {
    /// Steps made.
    pub step: u64,
    /// Thousands of real pictures shown.
    pub kimg: f64,
    /// Side of the pictures in pixels.
    pub resolution: u32,
    /// Levels of the network.
    pub levels: usize,
    /// Losses, norms of gradients, signs, by name.
    #[serde(flatten)]
    pub means: BTreeMap<String, f64>,
    /// Real pictures shown a second.
    pub images_per_second: f64,
    /// Seconds of training so far, over all resumptions.
    pub seconds: f64,
    /// Memory that the program has in use, in MiB.
    pub memory_mib: f64,
}

/// Where a run is written about.
#[derive(Debug)]
pub struct Log {
    stats: Lines,
    metrics: Lines,
    events: EventFile,
    progress: Progress,
    total: u64,
    last: (Instant, u64),
}

impl Log {
    /// Opens the files in the run's `folder`, for a run that begins or goes on at `step` after
    /// `images` pictures of `total`. Lines about later steps, left by a run that was killed, go.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io).
    pub fn open(folder: &Path, step: u64, images: u64, total: u64) -> Result<Self> {
        Ok(Self {
            stats: Lines::open(&folder.join(STATS), step)?,
            metrics: Lines::open(&folder.join(METRICS), step)?,
            events: EventFile::create(folder, step)?,
            progress: Progress::new(images, total),
            total,
            last: (Instant::now(), images),
        })
    }

    /// Says how `images` pictures so far went.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io).
    pub fn tick(&mut self, images: u64, mut tick: Tick) -> Result<()> {
        let elapsed = self.last.0.elapsed().as_secs_f64().max(1e-9);
        tick.images_per_second = (images - self.last.1) as f64 / elapsed;
        self.last = (Instant::now(), images);
        self.stats.write(&tick)?;
        let mut numbers: Vec<(&str, f64)> = vec![
            ("kimg", tick.kimg),
            ("images_per_second", tick.images_per_second),
            ("memory_mib", tick.memory_mib),
        ];
        numbers.extend(tick.means.iter().map(|(name, mean)| (name.as_str(), *mean)));
        self.events.scalars(tick.step, &numbers)?;
        let left = (self.total.saturating_sub(images)) as f64 / tick.images_per_second;
        self.progress.show(images, &tick, left);
        Ok(())
    }

    /// Writes what was measured into `metrics.jsonl` and TensorBoard's file, and says it.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io).
    pub fn figures(&mut self, lines: &[Measured]) -> Result<()> {
        for line in lines {
            let figure = &line.figure;
            self.say(&format!("{figure}{}", if line.best { ", the best yet" } else { "" }));
            self.metrics.write(line)?;
            self.events.scalars(line.step, &[(&figure.metric, figure.value)])?;
        }
        Ok(())
    }

    /// Puts a sheet of samples into TensorBoard's file.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io).
    pub fn samples(&mut self, step: u64, sheet: &Png) -> Result<()> {
        self.events.picture(step, "samples", sheet.size, sheet.bytes.clone())
    }

    /// A line for whoever looks on.
    pub fn say(&self, line: &str) {
        self.progress.say(line);
    }

    /// Leaves time that was spent on something else out of the rate that is shown.
    pub fn leave_out(&mut self, time: Duration) {
        self.last.0 += time;
    }
}

/// A bar on a terminal, lines elsewhere.
#[derive(Debug)]
struct Progress(Option<ProgressBar>);

impl Progress {
    fn new(images: u64, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let template = "{bar:24} {percent:>3}%  {msg}";
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style).with_position(images)
        });
        Self(bar)
    }

    fn show(&self, images: u64, tick: &Tick, left: f64) {
        let mut line = format!(
            "step {}  {:.1} kimg  {:.1} images/s  {} left",
            tick.step,
            tick.kimg,
            tick.images_per_second,
            duration(left),
        );
        for name in SHOWN {
            if let Some(mean) = tick.means.get(name) {
                line += &format!("  {name} {mean:.3}");
            }
        }
        match &self.0 {
            Some(bar) => {
                bar.set_position(images);
                bar.set_message(line);
            }
            None => eprintln!("{line}"),
        }
    }

    fn say(&self, line: &str) {
        match &self.0 {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }
}
