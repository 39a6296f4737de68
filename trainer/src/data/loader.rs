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

#[cfg(test)]
mod tests {
    use super::super::tests::zip_of;
    use super::*;
    use crate::data::DataOptions;
    use std::time::Instant;

    fn dataset(options: &DataOptions) -> Arc<Dataset> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        zip_of(&path, &[4, 5, 6, 7, 8, 9, 10]);
        Arc::new(Dataset::open_within(&[path], 4, options, 0).unwrap())
    }

    fn options(mirror: bool) -> DataOptions {
        DataOptions { mirror, no_data_cache: true, ..DataOptions::default() }
    }

    /// The samples of some batches.
    fn take(loader: Loader, batches: usize) -> Vec<Vec<u8>> {
        let samples = |batch: Result<Batch>| Vec::try_from(batch.unwrap().0.reshape([-1])).unwrap();
        loader.take(batches).map(samples).collect()
    }

    #[test]
    fn a_resumed_run_sees_what_an_uninterrupted_one_sees() {
        let set = dataset(&options(true));
        let start = |seed, step| Loader::new(set.clone(), seed, 3, step).unwrap();
        let all = take(start(5, 0), 12);
        for step in [0, 1, 7] {
            assert_eq!(take(start(5, step as u64), 12 - step), all[step..]);
        }
        assert_ne!(take(start(6, 0), 12), all);
    }

    #[test]
    fn pictures_are_flipped_only_when_asked() {
        let seen = |mirror| {
            let batches = take(Loader::new(dataset(&options(mirror)), 1, 7, 0).unwrap(), 10);
            let pictures = batches.iter().flat_map(|batch| batch.chunks(48).map(<[u8]>::to_vec));
            pictures.collect::<std::collections::BTreeSet<_>>().len()
        };
        assert_eq!((seen(false), seen(true)), (7, 14));
    }

    #[test]
    fn an_error_arrives_and_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let cached = DataOptions { data_cache: Some(cache.clone()), ..DataOptions::default() };
        let set = dataset(&cached);
        let path = std::fs::read_dir(cache).unwrap().next().unwrap().unwrap().path();
        std::fs::OpenOptions::new().write(true).open(path).unwrap().set_len(60).unwrap();
        let mut loader = Loader::new(set, 1, 7, 0).unwrap();
        assert!(loader.next().unwrap().unwrap_err().to_string().contains("cannot read"));
        assert!(loader.next().is_none());
        assert!(Loader::new(dataset(&options(false)), 1, 0, 0).is_err());
    }

    #[test]
    fn batches_come_fast_and_dropping_ends_the_threads() {
        let set = dataset(&options(true));
        let mut loader = Loader::new(set.clone(), 1, 64, 0).unwrap();
        let start = Instant::now();
        assert!(loader.by_ref().take(200).all(|batch| batch.is_ok()));
        let rate = 200.0 * 64.0 / start.elapsed().as_secs_f64();
        assert!(rate > 10_000.0, "{rate:.0} pictures a second");
        drop(loader);
        assert_eq!(Arc::strong_count(&set), 1);
    }
}
