//! Progress and cancellation of one piece of work.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

/// Stops work from another thread. Clones share one flag.
///
/// ```
/// let token = polyinr::CancelToken::new();
/// let other = token.clone();
/// other.cancel();
/// assert!(token.is_cancelled());
/// ```
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the work to stop at its next tile.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

type ProgressFn<'a> = dyn Fn(u64, u64) -> bool + Send + Sync + 'a;

/// How the caller follows and stops one call. The default neither reports nor stops.
#[derive(Default)]
pub struct Control<'a> {
    cancel: CancelToken,
    progress: Option<Box<ProgressFn<'a>>>,
    /// Whether `progress` asked to stop: that is this call's affair, not the token's.
    refused: AtomicBool,
}

impl<'a> Control<'a> {
    /// Work that is stopped by `cancel`.
    pub fn with_cancel(cancel: CancelToken) -> Self {
        Self { cancel, ..Self::default() }
    }

    /// Calls `progress(done, total)` in units of output pixels, from one thread at a time; `false`
    /// stops the work.
    pub fn on_progress(mut self, progress: impl Fn(u64, u64) -> bool + Send + Sync + 'a) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// The token that stops this work.
    pub fn cancel_token(&self) -> &CancelToken {
        &self.cancel
    }

    /// The control of part `number` of `parts` that take as long as each other.
    pub(crate) fn part(&self, number: u64, parts: u64) -> Control<'_> {
        Control::with_cancel(self.cancel.clone()).on_progress(move |done, total| {
            self.report((number * total + done) / parts, total).is_ok()
        })
    }

    /// Fails with [`Error::Cancelled`] when the work should stop.
    pub fn check(&self) -> Result<()> {
        let stop = self.cancel.is_cancelled() || self.refused.load(Ordering::Relaxed);
        if stop { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// Reports progress and fails with [`Error::Cancelled`] when the work should stop.
    pub fn report(&self, done: u64, total: u64) -> Result<()> {
        if let Some(progress) = &self.progress
            && !progress(done, total)
        {
            self.refused.store(true, Ordering::Relaxed);
        }
        self.check()
    }
}

impl fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control")
            .field("cancel", &self.cancel)
            .field("progress", &self.progress.is_some())
            .finish()
    }
}
