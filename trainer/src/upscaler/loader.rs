//! Batches that are made ahead of use.

use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, bounded};

use super::crops::{Batch, CropOptions};
use super::photos::Photos;
use crate::error::{Error, Result};

/// Batches that each thread makes ahead.
const AHEAD: usize = 4;

/// The batches of one step after another. Several threads make them, each every so many steps; they
/// end when this is dropped.
#[derive(Debug)]
pub struct Loader {
    threads: Vec<Receiver<Result<Batch>>>,
    step: usize,
}

impl Loader {
    /// Begins with the batch of `step`, in `threads` threads.
    pub fn start(photos: &Arc<Photos>, options: &CropOptions, step: u64, threads: usize) -> Self {
        let threads = threads.max(1);
        let start = |thread| {
            let (send, receive) = bounded(AHEAD);
            let (photos, options) = (photos.clone(), options.clone());
            thread::spawn(move || {
                let steps = (step + thread as u64..).step_by(threads);
                for step in steps {
                    if send.send(options.batch(&photos, step)).is_err() {
                        break;
                    }
                }
            });
            receive
        };
        Self { threads: (0..threads).map(start).collect(), step: 0 }
    }

    /// The next step's batch.
    ///
    /// # Errors
    /// As [`CropOptions::batch`].
    pub fn batch(&mut self) -> Result<Batch> {
        let thread = self.step % self.threads.len();
        self.step += 1;
        let ended = |_| Error::parameter("--photos", "the thread that cuts crops has ended");
        self.threads[thread].recv().map_err(ended)?
    }
}
