//! Engines by name.

use std::ffi::{CStr, c_char};
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr;
use std::sync::Arc;

use parking_lot::RwLock;

use super::boundary::{give, guard, text};
use super::changed::{free, now};
use super::engine_options::PolyinrEngineOptions;
use super::error::PolyinrError;
use super::handles::{Handle, handle};
use super::log;
use super::status::{Outcome, PolyinrStatus};
use crate::engine::{Engine, check_engine, open_engine};
use crate::memory;
use crate::picture::Limits;

/// What does the arithmetic. Make one with `polyinr_engine_new` and use it for all calls, from any
/// number of threads; it holds its worker threads and each model's weights in its own layout. Free
/// it with `polyinr_engine_free`. In a forked child of the process that made it, its threads are not
/// there: calls with it are `POLYINR_STATUS_ENGINE`, and an engine made there is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrEngine {
    /// Which one it is; 0 for none.
    pub id: u64,
}

handle!(PolyinrEngine, "engine", Owned);

/// An engine of this process, or of the one it was forked from.
pub(super) struct Owned {
    engine: ManuallyDrop<Box<dyn Engine>>,
    /// How large its work may be.
    pub(super) limits: RwLock<Limits>,
}

impl Owned {
    fn new(engine: Box<dyn Engine>) -> Self {
        let limits = Limits { max_pixels: u64::MAX, ..Limits::default() };
        Self { engine: ManuallyDrop::new(engine), limits: RwLock::new(limits) }
    }
}

impl Deref for Owned {
    type Target = dyn Engine;

    fn deref(&self) -> &Self::Target {
        &**self.engine
    }
}

impl Drop for Owned {
    /// In a forked child there are no threads to end, and what they held at the fork stays held: the
    /// memory is left to the end of the process.
    fn drop(&mut self) {
        if self.engine.check_process().is_ok() {
            // SAFETY: this is the end of the engine's owner, which alone could use it again.
            unsafe { ManuallyDrop::drop(&mut self.engine) };
        }
    }
}

/// Bytes that there must be to make an engine.
const ENGINE: u64 = 16 << 20;

/// Names of all engines that this library knows, in the order of [`ENGINES`].
#[cfg(feature = "onnx")]
const NAMES: &[&CStr] = &[c"cuda", c"cpu", c"onnx"];
/// Names of all engines that this library knows, in the order of [`ENGINES`].
#[cfg(not(feature = "onnx"))]
const NAMES: &[&CStr] = &[c"cpu"];

/// The engine with that handle; not in a forked child of the process that made it.
pub(super) fn find(engine: PolyinrEngine) -> Outcome<Arc<Owned>> {
    let found = engine.get()?;
    found.check_process()?;
    Ok(found)
}

/// Makes the engine `name`, set up as `options` (none: those of a new object) say: "cpu", which is
/// built in; "onnx" and "cuda", which need ONNX Runtime; or "auto", the first that can run here in the
/// order of `polyinr_engine_name`. `polyinr_engine_choice_new` says beforehand which that is, and why.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER`, also for options that the engine has no use for, and
/// `POLYINR_STATUS_ENGINE` when it cannot run here, with what is missing. No other engine takes its
/// place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_new(
    name: *const c_char,
    options: PolyinrEngineOptions,
    engine: *mut PolyinrEngine,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        // SAFETY: `name` is NULL or a text, as the header asks.
        let name = unsafe { text(name, "name") }?;
        let options = now(options)?;
        memory::check(ENGINE, "engine")?;
        let made = open_engine(name, &options)?;
        log::write(
            log::Level::Info,
            &format!("engine {}: {} threads", made.name(), made.threads()),
        );
        PolyinrEngine::keep(Owned::new(made))
    };
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(engine, "engine", error, make) }
}

/// Name of the engine number `index`, from 0 on, the fastest first; NULL when there are no more.
/// The text lives as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_engine_name(index: u32) -> *const c_char {
    NAMES.get(index as usize).map_or(ptr::null(), |name| name.as_ptr())
}

/// Whether the engine `name` can run here, set up as `options` (none: those of a new object) say; if
/// not, `error` says why and what to do. It takes a moment, for "cuda" seconds: keep the answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_check(
    name: *const c_char,
    options: PolyinrEngineOptions,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `name` is NULL or a text, `error` NULL or writable, as the header asks.
    unsafe {
        guard(error, || {
            check_engine(text(name, "name")?, &now(options)?)?;
            Ok(())
        })
    }
}

/// Frees an engine; calls that use it are finished before its threads end. None does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_free(
    engine: PolyinrEngine,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    free!(engine, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ENGINES;

    #[test]
    fn names_are_those_of_the_library() {
        assert!(NAMES.iter().map(|name| name.to_str().unwrap()).eq(ENGINES.iter().copied()));
    }
}
