//! A view is rendered in bands of rows: while one is handed on, the next is computed.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use rayon::ThreadPool;

use crate::control::Control;
use crate::engine::RowSink;
use crate::error::Result;
use crate::memory;
use crate::view::View;

/// Bytes that a thread works with.
const THREAD: u64 = 8 << 20;

/// Bytes that `threads` threads work with.
pub(crate) fn threads_memory(threads: usize) -> u64 {
    THREAD * threads as u64
}

/// Something that renders bands of rows, from the top.
pub(super) trait Bands: Send {
    /// Rows of every band but the last.
    fn rows(&self) -> u32;

    /// Renders `rows` into `out`, RGB interleaved. Called inside the thread pool.
    fn render(&mut self, rows: Range<u32>, out: &mut [f32], progress: &Progress<'_>) -> Result<()>;
}

/// Counts finished pixels and tells the caller, from one thread at a time. Nobody waits while the caller is
/// told, so that it may use the same engine meanwhile.
pub(super) struct Progress<'a> {
    control: &'a Control<'a>,
    total: u64,
    done: AtomicU64,
    /// What the caller was told last; held while it is told.
    told: Mutex<u64>,
}

impl<'a> Progress<'a> {
    /// Nothing of `total` pixels is done yet.
    pub(super) fn new(control: &'a Control<'a>, total: u64) -> Self {
        Self { control, total, done: AtomicU64::new(0), told: Mutex::new(0) }
    }

    /// `pixels` more are done; fails when the work should stop.
    pub(super) fn add(&self, pixels: usize) -> Result<()> {
        self.done.fetch_add(pixels as u64, Ordering::SeqCst);
        loop {
            // Who is telling the caller sees afterwards that there is more to tell.
            let Some(mut told) = self.told.try_lock() else { return self.control.check() };
            let done = self.done.load(Ordering::SeqCst);
            if done > *told {
                *told = done;
                self.control.report(done, self.total)?;
            }
            drop(told);
            if self.done.load(Ordering::SeqCst) == done {
                return Ok(());
            }
        }
    }

    /// What the work is controlled by.
    pub(super) fn control(&self) -> &'a Control<'a> {
        self.control
    }
}

/// Most rows of `width` pixels that a band of `bytes` holds, at least one.
pub(super) fn rows_within(bytes: usize, width: u32) -> u32 {
    let row = width as usize * 3 * size_of::<f32>();
    u32::try_from(bytes / row).unwrap_or(u32::MAX).max(1)
}

/// Renders all bands of `view` in `pool`, handing each to `sink` on the calling thread.
pub(super) fn drive(
    pool: &ThreadPool,
    view: &View,
    bands: &mut dyn Bands,
    control: &Control<'_>,
    sink: &mut dyn RowSink,
) -> Result<()> {
    let progress = Progress::new(control, view.pixels());
    let (mut current, mut previous) = (Vec::new(), Vec::new());
    let mut waiting: Option<u32> = None;
    let mut first = 0;
    control.check()?;
    while first < view.height() {
        let rows = first..view.height().min(first + bands.rows());
        let len = rows.len() * view.width() as usize * 3;
        let more = len.saturating_sub(current.len());
        memory::reserve(&mut current, more, "size")?;
        current.resize(len, 0.0f32);
        let (mut rendered, mut handed) = (Ok(()), Ok(()));
        pool.in_place_scope(|scope| {
            let (bands, current, progress) = (&mut *bands, &mut current, &progress);
            let (rendered, rows) = (&mut rendered, rows.clone());
            scope.spawn(move |_| *rendered = bands.render(rows, current, progress));
            if let Some(first) = waiting {
                handed = sink.rows(first, &previous);
            }
        });
        handed?;
        rendered?;
        std::mem::swap(&mut current, &mut previous);
        waiting = Some(first);
        first = rows.end;
    }
    match waiting {
        Some(first) => sink.rows(first, &previous),
        None => Ok(()),
    }
}
