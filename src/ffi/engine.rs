//! Engines by name.

use std::ffi::{CStr, c_char};
use std::ptr;
use std::sync::{Arc, LazyLock};

use super::boundary::{give, guard, text};
use super::error::PolyinrError;
use super::handles::Table;
use super::log;
use super::status::{Outcome, PolyinrStatus};
use crate::engine::{CpuEngine, Engine};
use crate::error::Error;

/// What does the arithmetic. Make one with `polyinr_engine_new` and use it for all calls, from any
/// number of threads; it holds its worker threads and each model's weights in its own layout. Free
/// it with `polyinr_engine_free`.
pub type PolyinrEngine = u64;

static ENGINES: LazyLock<Table<Box<dyn Engine>>> = LazyLock::new(|| Table::new("engine"));

/// Names of all engines that this library knows.
const NAMES: [&CStr; 1] = [c"cpu"];

/// The engine with that number.
pub(super) fn find(number: PolyinrEngine) -> Outcome<Arc<Box<dyn Engine>>> {
    ENGINES.get(number)
}

fn known(name: &str) -> Outcome {
    match name {
        "cpu" => Ok(()),
        _ => {
            let problem = format!("there is no engine {name:?}; this library has \"cpu\"");
            Err(Error::parameter("name", problem).into())
        }
    }
}

/// Makes the engine `name` ("cpu") with `threads` worker threads, 1 to 1024, or 0 for one for every
/// processor.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER`, and `POLYINR_STATUS_ENGINE` when it cannot run here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_new(
    name: *const c_char,
    threads: u32,
    engine: *mut PolyinrEngine,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        // SAFETY: `name` is NULL or a text, as the header asks.
        known(unsafe { text(name, "name") }?)?;
        let made = CpuEngine::new((threads > 0).then_some(threads as usize))?;
        let (threads, set) = (made.threads(), made.instruction_set());
        log::write(log::Level::Info, &format!("engine cpu: {threads} threads, {set}"));
        ENGINES.insert(Box::new(made))
    };
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(engine, "engine", error, make) }
}

/// Name of the engine number `index`, from 0 on; NULL when there are no more. The text lives as long
/// as the library.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_engine_name(index: u32) -> *const c_char {
    NAMES.get(index as usize).map_or(ptr::null(), |name| name.as_ptr())
}

/// Whether the engine `name` can run here; if not, `error` says why and what to do.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_check(
    name: *const c_char,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `name` is NULL or a text, `error` NULL or writable, as the header asks.
    unsafe { guard(error, || known(text(name, "name")?)) }
}

/// Frees an engine; calls that use it are finished before its threads end. 0 does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_free(
    engine: PolyinrEngine,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, || ENGINES.remove(engine)) }
}
