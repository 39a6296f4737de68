//! Which engine is taken where a host leaves it to the library.

use std::ffi::{CString, c_char};
use std::ptr;

use super::boundary::give;
use super::caught::guard_value;
use super::changed::{free, now};
use super::engine_options::PolyinrEngineOptions;
use super::error::PolyinrError;
use super::handles::{Handle, handle};
use super::status::PolyinrStatus;
use crate::engine::choose_engine;

/// Which engine "auto" stands for here, and why no faster one. Make one with
/// `polyinr_engine_choice_new`; free it with `polyinr_engine_choice_free`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrEngineChoice {
    /// Which one it is; 0 for none.
    pub id: u64,
}
handle!(PolyinrEngineChoice, "engine_choice", Texts);

/// A choice, as C wants it.
pub(super) struct Texts {
    engine: CString,
    reason: CString,
}

/// Finds out which engine `polyinr_engine_new` takes for "auto" with `options` (none: those of a new
/// object). It takes a moment, seconds where there is a GPU, since engines are tried: keep the answer.
/// No engine is left open.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` and `_ENGINE` when none can run so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_choice_new(
    options: PolyinrEngineOptions,
    choice: *mut PolyinrEngineChoice,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || {
        let found = choose_engine(&now(options)?)?;
        let c_text = |s: String| CString::new(s.replace('\0', " ")).unwrap_or_default();
        let (engine, reason) = (found.engine.to_owned(), found.reason());
        PolyinrEngineChoice::keep(Texts { engine: c_text(engine), reason: c_text(reason) })
    };
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(choice, "choice", error, make) }
}

/// A text of the choice, or NULL.
fn text_of(choice: PolyinrEngineChoice, which: impl Fn(&Texts) -> &CString) -> *const c_char {
    guard_value(ptr::null(), || choice.get().map_or(ptr::null(), |texts| which(&texts).as_ptr()))
}

/// Name of the engine that is taken, one of those that `polyinr_engine_name` gives. The text lives
/// until the choice is freed. NULL when `choice` is no choice.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_engine_choice_name(choice: PolyinrEngineChoice) -> *const c_char {
    text_of(choice, |texts| &texts.engine)
}

/// Why none of the faster engines is taken: a line for each, the fastest first, without an end of line
/// after the last; empty when there is no faster one. The text lives until the choice is freed. NULL
/// when `choice` is no choice.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_engine_choice_reason(choice: PolyinrEngineChoice) -> *const c_char {
    text_of(choice, |texts| &texts.reason)
}

/// Frees a choice and its texts. None does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_choice_free(
    choice: PolyinrEngineChoice,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    free!(choice, error)
}
