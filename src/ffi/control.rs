//! Progress of a call and stopping it.

use std::ffi::c_void;

use super::boundary::{give, guard};
use super::changed::free;
use super::error::PolyinrError;
use super::handles::{Handle, handle};
use super::status::{Outcome, PolyinrStatus};
use crate::control::{CancelToken, Control};

/// Stops calls from another thread. Make one with `polyinr_cancel_new`, free it with
/// `polyinr_cancel_free`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrCancel {
    /// Which one it is; 0 for none.
    pub id: u64,
}

/// Follows a call: `done` of `total` output pixels are computed. Returns whether to go on; false
/// cancels the call. Called from one thread at a time for each call, which need not be the thread
/// that made the call; never after the call has returned. It may call the library, with the same
/// engine too; while such a call waits, a callback of another call may run on the same thread, so
/// it must not hold a lock that others take. It must not unwind.
pub type PolyinrProgress =
    Option<unsafe extern "C" fn(user_data: *mut c_void, done: u64, total: u64) -> bool>;

handle!(PolyinrCancel, "cancel", CancelToken);

/// What a host gave to follow and stop a call.
#[derive(Clone, Copy)]
pub(super) struct Followed {
    pub progress: PolyinrProgress,
    pub user_data: *mut c_void,
    pub cancel: PolyinrCancel,
}

// SAFETY: the pointer is only handed to the callback; the header says that this happens on another
// thread than the caller's, one at a time.
unsafe impl Send for Followed {}
// SAFETY: as above.
unsafe impl Sync for Followed {}

impl Followed {
    /// Calls `work` with this control.
    pub fn run<T>(self, work: impl FnOnce(&Control<'_>) -> Outcome<T>) -> Outcome<T> {
        let token = match self.cancel.is_none() {
            true => CancelToken::new(),
            false => (*self.cancel.get()?).clone(),
        };
        let control = Control::with_cancel(token);
        let Some(progress) = self.progress else { return work(&control) };
        let control = control.on_progress(move |done, total| {
            // All of it: a closure that took the pointer alone could not be sent to a thread.
            let this = self;
            // SAFETY: the host promised that callback and data may be used so.
            unsafe { progress(this.user_data, done, total) }
        });
        work(&control)
    }
}

/// Makes a token that is not cancelled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_cancel_new(
    cancel: *mut PolyinrCancel,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    let make = || PolyinrCancel::keep(CancelToken::new());
    // SAFETY: the places are NULL or writable, as the header asks.
    unsafe { give(cancel, "cancel", error, make) }
}

/// Cancels every call that was given this token, those to come too: they return
/// `POLYINR_STATUS_CANCELLED` at their next tile. From any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_cancel_cancel(
    cancel: PolyinrCancel,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: `error` is NULL or writable, as the header asks.
    unsafe { guard(error, || cancel.get().map(|token| token.cancel())) }
}

/// Frees a token; calls that use it go on. None does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_cancel_free(
    cancel: PolyinrCancel,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    free!(cancel, error)
}
