//! Where messages go.

use std::ffi::c_void;

use super::boundary::guard;
use super::error::PolyinrError;
use super::log::{self, Level, PolyinrLogCallback};
use super::status::PolyinrStatus;
use crate::error::Error;

/// Sets where messages of `least_level` (`polyinr_log_level`) and more important ones go, for the
/// whole process; a NULL `callback` ends it. It waits for messages that are under way: when it returns, the
/// `user_data` of before is not used any more.
///
/// Errors: `POLYINR_STATUS_BAD_PARAMETER` for an unknown level, and within a message's callback.
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
        if log::is_under_way() {
            let problem =
                "it cannot be set within a message's callback; set it when that has returned";
            return Err(Error::parameter("callback", problem).into());
        }
        log::set(callback, user_data, least_level);
        Ok(())
    };
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, set) }
}
