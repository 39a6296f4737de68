//! What engines make of a model, kept as long as the model.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

/// What was made of each model that is still alive.
#[derive(Debug)]
pub(crate) struct Cache<M, P> {
    entries: Mutex<Vec<(Weak<M>, Arc<P>)>>,
}

impl<M, P> Default for Cache<M, P> {
    fn default() -> Self {
        Self { entries: Mutex::default() }
    }
}

impl<M, P> Cache<M, P> {
    /// What `make` made of `model`, now or earlier.
    pub(crate) fn get(&self, model: &Arc<M>, make: impl FnOnce(&M) -> P) -> Arc<P> {
        self.find(model).unwrap_or_else(|| self.keep(model, make(model)))
    }

    /// What `make` made of `model`, now or earlier; what fails is tried again the next time.
    #[cfg(feature = "onnx")]
    pub(crate) fn try_get<E>(
        &self,
        model: &Arc<M>,
        make: impl FnOnce(&M) -> Result<P, E>,
    ) -> Result<Arc<P>, E> {
        match self.find(model) {
            Some(packed) => Ok(packed),
            None => Ok(self.keep(model, make(model)?)),
        }
    }

    /// Keeps what was made. It is not locked while that is made: two threads may both do it, which
    /// costs time but no result.
    fn keep(&self, model: &Arc<M>, packed: P) -> Arc<P> {
        let packed = Arc::new(packed);
        self.entries.lock().push((Arc::downgrade(model), packed.clone()));
        packed
    }

    /// What was made of `model`. What was made of models that are gone goes, so that its memory is
    /// free for what is made next.
    fn find(&self, model: &Arc<M>) -> Option<Arc<P>> {
        let mut entries = self.entries.lock();
        entries.retain(|(m, _)| m.strong_count() > 0);
        let found = entries.iter().find(|(m, _)| std::ptr::eq(m.as_ptr(), Arc::as_ptr(model)));
        found.map(|(_, packed)| packed.clone())
    }
}
