//! Batches prepared ahead of use.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::order::Order;
use super::{Batch, Dataset};
use crate::error::{Error, Result};

/// Threads that prepare batches.
const THREADS: u64 = 2;
/// Batches that each of them prepares ahead.
const AHEAD: usize = 2;

/// The batches of a run from some step on, without end, prepared by threads. The batch of a step
/// depends on the seed, the step and the batch size only.
///
/// After an error there are no more batches. Dropping it ends the threads.
#[derive(Debug)]
pub struct Loader {
    /// Batches of the steps `start + i`, `start + i + THREADS`, ...
    queues: Vec<Receiver<Result<Batch>>>,
    threads: Vec<JoinHandle<()>>,
    turn: usize,
}

impl Loader {
    /// Batches of `batch` pictures of `dataset` from step `start` on.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `batch` is zero or no thread can be started.
    pub fn new(dataset: Arc<Dataset>, seed: u64, batch: usize, start: u64) -> Result<Self> {
        if batch == 0 {
            return Err(Error::parameter("--batch", "a batch of no pictures teaches nothing"));
        }
        let mut loader = Self { queues: Vec::new(), threads: Vec::new(), turn: 0 };
        for first in start..start.saturating_add(THREADS) {
            let (sender, queue) = bounded(AHEAD);
            let dataset = dataset.clone();
            let order = Order::new(seed, batch, dataset.len());
            let thread = thread::Builder::new()
                .name("loader".to_owned())
                .spawn(move || prepare(&dataset, order, first, &sender))
                .map_err(|e| Error::parameter("--data", format!("cannot start a thread: {e}")))?;
            loader.queues.push(queue);
            loader.threads.push(thread);
        }
        Ok(loader)
    }
}

/// Sends every [`THREADS`]th batch from step `first` on, until nobody takes them or one fails.
fn prepare(dataset: &Dataset, mut order: Order, first: u64, batches: &Sender<Result<Batch>>) {
    for step in (first..).step_by(THREADS as usize) {
        let (indices, flips) = order.draw(step);
        let batch = dataset.batch(&indices, if dataset.mirror() { &flips } else { &[] });
        let failed = batch.is_err();
        if batches.send(batch).is_err() || failed {
            return;
        }
    }
}

impl Iterator for Loader {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.queues.get(self.turn)?.recv().unwrap_or_else(|_| {
            Err(Error::parameter("--data", "a thread that prepares batches has ended; start again"))
        });
        self.turn = (self.turn + 1) % self.queues.len();
        if batch.is_err() {
            self.queues.clear();
        }
        Some(batch)
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.queues.clear();
        for thread in self.threads.drain(..) {
            // One that panicked has said so on standard error.
            let _ = thread.join();
        }
    }
}
