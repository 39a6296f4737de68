//! What the library says while it works.

use std::ffi::{CString, c_char, c_void};

use parking_lot::RwLock;

use super::boundary::guard;
use super::error::PolyinrError;
use super::status::PolyinrStatus;
use crate::error::Error;

/// How much a message matters. Values of `level` where messages are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(C)]
pub enum Level {
    /// What someone who looks for a fault wants to know: every failed call.
    Debug = 0,
    /// What happened once: an engine was made, a model opened.
    Info = 1,
}

/// Takes a message of a level (`polyinr_log_level`). The text is valid during the call only. Called
/// from any thread, also from several at a time; it must not call `polyinr_log_set`.
pub type PolyinrLogCallback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, level: u32, message: *const c_char)>;

#[derive(Clone, Copy)]
struct Target {
    callback: unsafe extern "C" fn(*mut c_void, u32, *const c_char),
    user_data: *mut c_void,
    least: u32,
}

// SAFETY: the pointer is only handed to the callback; the header says that this happens on any
// thread and several at a time.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

static TARGET: RwLock<Option<Target>> = RwLock::new(None);

/// Hands a message to the host.
pub(super) fn write(level: Level, message: &str) {
    let Some(target) = *TARGET.read() else { return };
    if (level as u32) < target.least {
        return;
    }
    if let Ok(message) = CString::new(message) {
        // SAFETY: the host promised that callback and data may be used from any thread.
        unsafe { (target.callback)(target.user_data, level as u32, message.as_ptr()) };
    }
}

/// Sets where messages of `least_level` (`polyinr_log_level`) and more important ones go, for the
/// whole process; a NULL `callback` ends it. A message already under way may still arrive.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` for an unknown level.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_log_set(
    callback: PolyinrLogCallback,
    user_data: *mut c_void,
    least_level: u32,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let set = || {
        if least_level > Level::Info as u32 {
            let problem = format!("{least_level} is no polyinr_log_level; 0 and 1 are");
            return Err(Error::parameter("least_level", problem).into());
        }
        let target = callback.map(|callback| Target { callback, user_data, least: least_level });
        *TARGET.write() = target;
        Ok(())
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, set) }
}
