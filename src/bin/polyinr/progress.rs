//! Bars on a terminal, with the time left: one for the batch, one for every large picture in work.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use polyinr::{CancelToken, Control};

use crate::visible::visible;

/// Pictures below this many pixels are too quick for a bar of their own.
const LARGE: u64 = 1 << 20;

/// The bars of a run. Clones are the same bars.
#[derive(Clone, Debug)]
pub struct Progress {
    bars: MultiProgress,
    batch: ProgressBar,
    pictures: usize,
    done: Arc<AtomicUsize>,
}

impl Progress {
    /// Bars for `pictures` of `pixels` together, if standard error is a terminal.
    pub fn on_terminal(pictures: usize, pixels: u64) -> Option<Self> {
        std::io::stderr().is_terminal().then(|| Self::new(pictures, pixels))
    }

    fn new(pictures: usize, pixels: u64) -> Self {
        let bars = MultiProgress::new();
        let batch = bars.add(ProgressBar::new(pixels).with_style(style()));
        batch.enable_steady_tick(Duration::from_millis(500));
        let progress = Self { bars, batch, pictures, done: Arc::default() };
        progress.count(0);
        progress
    }

    /// A bar for one picture of `pixels`.
    pub fn picture(&self, name: &str, pixels: u64) -> PictureProgress {
        let own = (pixels >= LARGE && self.pictures > 1).then(|| {
            let bar = ProgressBar::new(pixels)
                .with_style(style())
                .with_message(visible(name).into_owned());
            self.bars.add(bar)
        });
        PictureProgress { progress: self.clone(), own, pixels, seen: AtomicU64::new(0) }
    }

    /// Writes to the terminal while the bars are hidden.
    pub fn aside(&self, write: impl FnOnce()) {
        self.bars.suspend(write);
    }

    /// Says how it goes beside the bar.
    pub fn say(&self, text: &str) {
        let done = self.done.load(Ordering::Relaxed);
        self.batch.set_message(format!("{done}/{} pictures, {text}", self.pictures));
    }

    /// Takes the bars away.
    pub fn clear(&self) {
        self.batch.finish_and_clear();
    }

    fn count(&self, more: usize) {
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        self.batch.set_message(format!("{done}/{} pictures", self.pictures));
    }
}

/// The bar of one picture; ends with it.
#[derive(Debug)]
pub struct PictureProgress {
    progress: Progress,
    own: Option<ProgressBar>,
    pixels: u64,
    seen: AtomicU64,
}

impl PictureProgress {
    /// Work that is stopped by `cancel` and shows on `bar`, if there is one, how far it is.
    pub fn follow<'a>(bar: Option<&'a Self>, cancel: &CancelToken) -> Control<'a> {
        let control = Control::with_cancel(cancel.clone());
        match bar {
            None => control,
            Some(bar) => control.on_progress(|done, total| {
                bar.report(done, total);
                true
            }),
        }
    }

    /// `done` of `total` is done.
    pub fn report(&self, done: u64, total: u64) {
        let done = (done as f64 / total.max(1) as f64 * self.pixels as f64) as u64;
        let before = self.seen.fetch_max(done, Ordering::Relaxed);
        self.progress.batch.inc(done.saturating_sub(before));
        if let Some(bar) = &self.own {
            bar.set_position(done);
        }
    }
}

impl Drop for PictureProgress {
    fn drop(&mut self) {
        self.report(1, 1);
        self.progress.count(1);
        if let Some(bar) = &self.own {
            self.progress.bars.remove(bar);
        }
    }
}

fn style() -> ProgressStyle {
    let template = "{bar:30} {percent:>3} %  {eta:>4} left  {msg}";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
