//! Work shared out among a few threads that live no longer than it: unlike those of a pool they
//! cannot be missing in a forked process.

use std::num::NonZero;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;

use parking_lot::Mutex;

use crate::error::Result;

/// Pixels of the smallest picture for which threads are worth their start.
const WORTH: usize = 1 << 19;
/// Most threads.
const MOST: usize = 4;

fn threads(pixels: usize) -> usize {
    if pixels < WORTH {
        return 1;
    }
    thread::available_parallelism().map_or(1, NonZero::get).min(MOST)
}

/// Does `work` on all `jobs` of a picture of so many pixels.
pub(super) fn spread<T: Send>(
    pixels: usize,
    jobs: impl Iterator<Item = T> + Send,
    work: impl Fn(T) + Sync,
) {
    let count = threads(pixels);
    if count == 1 {
        return jobs.for_each(work);
    }
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().next();
    let run = || {
        while let Some(job) = next() {
            work(job);
        }
    };
    thread::scope(|scope| {
        for _ in 1..count {
            // Where the system starts no thread, the others do its share.
            let _ = thread::Builder::new().spawn_scoped(scope, run);
        }
        run();
    });
}

/// Takes jobs while they are made.
pub(super) struct Pipeline<'w, T, W> {
    sender: Option<SyncSender<T>>,
    work: &'w W,
}

impl<T: Send, W: Fn(T) + Sync> Pipeline<'_, T, W> {
    /// Runs `make`, which puts jobs, and does `work` on each of them.
    pub fn run(
        pixels: usize,
        work: &W,
        make: impl FnOnce(&Pipeline<'_, T, W>) -> Result<()>,
    ) -> Result<()> {
        let count = threads(pixels);
        if count == 1 {
            return make(&Pipeline { sender: None, work });
        }
        let (sender, receiver) = sync_channel(4 * count);
        let receiver = Mutex::new(receiver);
        let run = || {
            loop {
                let job = receiver.lock().recv();
                let Ok(job) = job else { return };
                work(job);
            }
        };
        thread::scope(|scope| {
            let started = (1..count)
                .filter(|_| thread::Builder::new().spawn_scoped(scope, run).is_ok())
                .count();
            make(&Pipeline { sender: (started > 0).then_some(sender), work })
        })
    }

    /// Does a job here or elsewhere, now or soon.
    pub fn put(&self, job: T) {
        let Some(sender) = &self.sender else { return (self.work)(job) };
        match sender.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) => (self.work)(job),
        }
    }
}
