//! Several pieces of work at once, within a bound on memory.
//!
//! Each lane takes the next piece and does all of it: reads, computes, writes. While one lane waits
//! for the disk the others compute, so that the processors do not wait, however small the pieces.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use polyinr::{CancelToken, Engine};

/// Memory for pieces in work, in bytes; one larger than this runs alone.
pub const MEMORY: u64 = 384 << 20;

/// Lanes that keep an engine busy while some of them wait for the disk.
pub fn beside(engine: &dyn Engine) -> usize {
    2 * engine.threads() + 2
}

/// Calls `work` with every number below `count`, on up to `lanes` threads, until `cancel`.
pub fn run(count: usize, lanes: usize, cancel: &CancelToken, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let lane = || {
        while !cancel.is_cancelled() {
            match next.fetch_add(1, Ordering::Relaxed) {
                number if number < count => work(number),
                _ => break,
            }
        }
    };
    std::thread::scope(|scope| {
        // Where the system gives no more threads, there are fewer lanes; this thread is one.
        for _ in 1..lanes.clamp(1, count.max(1)) {
            if std::thread::Builder::new().spawn_scoped(scope, lane).is_err() {
                break;
            }
        }
        lane();
    });
}

/// A bound on what is in work at once. Who asks first is served first.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    used: u64,
    asked: u64,
    served: u64,
}

/// A share of a [`Budget`], given back when dropped.
#[derive(Debug)]
pub struct Share<'a> {
    budget: &'a Budget,
    cost: u64,
}

impl Budget {
    /// At most `limit` in work at once.
    pub fn new(limit: u64) -> Self {
        Self { limit, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits for its turn and for room; anything has room when nothing else is in work.
    pub fn take(&self, cost: u64) -> Share<'_> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = state.asked;
        state.asked += 1;
        let waits = |s: &mut State| s.served != turn || (s.used > 0 && s.used + cost > self.limit);
        let mut state =
            self.changed.wait_while(state, waits).unwrap_or_else(PoisonError::into_inner);
        state.served += 1;
        state.used += cost;
        drop(state);
        self.changed.notify_all();
        Share { budget: self, cost }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.budget.state.lock().unwrap_or_else(PoisonError::into_inner).used -= self.cost;
        self.budget.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn all_is_done_once_and_never_too_much_at_once() {
        let (budget, used, done) = (Budget::new(10), AtomicU64::new(0), AtomicUsize::new(0));
        run(200, 4, &CancelToken::new(), |i| {
            let cost = if i % 50 == 0 { 99 } else { i as u64 % 7 };
            let share = budget.take(cost);
            let now = used.fetch_add(cost, Ordering::SeqCst) + cost;
            assert!(now <= 10 || now == cost, "{now}");
            used.fetch_sub(cost, Ordering::SeqCst);
            drop(share);
            done.fetch_add(1, Ordering::SeqCst);
        });
        assert_eq!(done.into_inner(), 200);
    }

    #[test]
    fn cancelled_work_stops() {
        let (cancel, done) = (CancelToken::new(), AtomicUsize::new(0));
        run(100, 1, &cancel, |i| {
            done.fetch_add(1, Ordering::SeqCst);
            if i == 4 {
                cancel.cancel();
            }
        });
        assert_eq!(done.into_inner(), 5);
    }
}
