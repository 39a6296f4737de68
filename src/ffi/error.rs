//! What went wrong, in words.

use std::ffi::{CString, c_char};
use std::ptr;

use super::caught::guard_value;
use super::handles::{Handle, handle};
use super::status::{Failure, PolyinrStatus};

/// What went wrong in a call, in words. Free it with `polyinr_error_free`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PolyinrError {
    /// Which one it is; 0 for none.
    pub id: u64,
}

handle!(PolyinrError, "error", Reported);

pub(super) struct Reported {
    status: PolyinrStatus,
    message: CString,
}

/// An object for `failure`; none when there are too many.
pub(super) fn report(failure: &Failure) -> PolyinrError {
    let message = failure.message().replace('\0', " ");
    super::log::write(super::log::Level::Debug, &message);
    let message = CString::new(message).unwrap_or_default();
    PolyinrError::keep(Reported { status: failure.status(), message }).unwrap_or(PolyinrError::NONE)
}

/// The message, one line in UTF-8 that says what happened, to which file or parameter, and what to
/// do; it lives until the error is freed. NULL when `error` is no error.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_error_message(error: PolyinrError) -> *const c_char {
    guard_value(ptr::null(), || error.get().map_or(ptr::null(), |e| e.message.as_ptr()))
}

/// The status that the failed call returned; `POLYINR_STATUS_BAD_HANDLE` when `error` is no error.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_error_status(error: PolyinrError) -> PolyinrStatus {
    guard_value(PolyinrStatus::Internal, || {
        error.get().map_or(PolyinrStatus::BadHandle, |e| e.status)
    })
}

/// Frees an error. None is no error and does nothing.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_error_free(error: PolyinrError) -> PolyinrStatus {
    guard_value(PolyinrStatus::Internal, || {
        error.free().map_or_else(|e| e.status(), |()| PolyinrStatus::Ok)
    })
}
