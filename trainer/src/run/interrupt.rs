//! Requests to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// What the program ends with after a request to stop.
pub const EXIT_CODE: u8 = 130;

/// How long further requests are taken for the first: a program that watches this one, as `timeout` does, passes
/// on what a terminal has sent to both.
const SAME: Duration = Duration::from_secs(1);

/// Whether somebody asked to stop. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks to stop.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// One that Ctrl-C or a request to end (SIGTERM, SIGHUP) asks; a second such request ends the
    /// program at once, unless it comes within a second.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the system refuses, or this program has one already.
    pub fn from_signals() -> Result<Self> {
        let interrupt = Self::default();
        let asked = interrupt.clone();
        let first = OnceLock::new();
        let set = ctrlc::set_handler(move || {
            let since = first.get_or_init(Instant::now).elapsed();
            if asked.requested() {
                if since < SAME {
                    return;
                }
                // SAFETY: it ends the process and touches nothing. What `exit` would destroy,
                // libtorch's threads are still working with.
                unsafe { libc::_exit(EXIT_CODE.into()) };
            }
            eprintln!("stopping after this step; ask again to stop at once");
            asked.stop();
        });
        set.map_err(|e| Error::parameter("Ctrl-C", e.to_string()))?;
        Ok(interrupt)
    }
}
