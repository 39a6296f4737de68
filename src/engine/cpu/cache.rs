//! Packed weights, kept as long as the model they came from.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

/// What was made of each model that is still alive.
#[derive(Debug)]
pub(super) struct Cache<M, P> {
    entries: Mutex<Vec<(Weak<M>, Arc<P>)>>,
}

impl<M, P> Cache<M, P> {
    pub(super) fn new() -> Self {
        Self { entries: Mutex::new(Vec::new()) }
    }

    /// What `make` made of `model`, now or earlier.
    pub(super) fn get(&self, model: &Arc<M>, make: impl FnOnce(&M) -> P) -> Arc<P> {
        if let Some(packed) = self.find(model) {
            return packed;
        }
        // Not locked while packing: two threads may both pack, which costs time but no result.
        let packed = Arc::new(make(model));
        let mut entries = self.entries.lock();
        entries.retain(|(m, _)| m.strong_count() > 0);
        entries.push((Arc::downgrade(model), packed.clone()));
        packed
    }

    fn find(&self, model: &Arc<M>) -> Option<Arc<P>> {
        let entries = self.entries.lock();
        let found = entries.iter().find(|(m, _)| std::ptr::eq(m.as_ptr(), Arc::as_ptr(model)));
        found.map(|(_, packed)| packed.clone())
    }
}
