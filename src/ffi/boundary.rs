//! What every exported function goes through.

use std::any::Any;
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::{PolyinrError, report};
use super::handles::Handle;
use super::status::{Failure, Outcome, PolyinrStatus};
use crate::memory;

/// Bytes that there must be for any call: small objects cannot be refused one by one.
const LEAST: u64 = 1 << 20;

/// Runs what an exported function does. A failure becomes an error object in `error`, unless that
/// is NULL, and a status; a panic too.
///
/// # Safety
/// `error` must be NULL or writable.
pub(super) unsafe fn guard(
    error: *mut PolyinrError,
    body: impl FnOnce() -> Outcome,
) -> PolyinrStatus {
    let body = || {
        memory::check(LEAST, "memory")?;
        body()
    };
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return PolyinrStatus::Ok,
        Ok(Err(failure)) => failure,
        Err(panic) => Failure::Internal(words(&*panic)),
    };
    let status = failure.status();
    // A second fault, in making the object, leaves the status alone.
    let object = catch_unwind(AssertUnwindSafe(|| report(&failure))).unwrap_or(PolyinrError::NONE);
    if check(error, "error").is_ok() {
        // SAFETY: not NULL and aligned, so writable as the caller promises; what was there is not read.
        unsafe { error.write(object) };
    } else {
        // Nobody asked for it.
        let _ = object.free();
    }
    status
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// Makes an object: its handle goes to `place`, which messages call `name`.
///
/// # Safety
/// `place` and `error` must be NULL or writable.
pub(super) unsafe fn give<H: Handle>(
    place: *mut H,
    name: &'static str,
    error: *mut PolyinrError,
    make: impl FnOnce() -> Outcome<H>,
) -> PolyinrStatus {
    let body = || {
        check(place, name)?;
        let handle = make()?;
        // SAFETY: not NULL and aligned, so writable as the caller promises.
        unsafe { place.write(handle) };
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { guard(error, body) }
}

/// The text at `pointer`.
///
/// # Safety
/// `pointer` must be NULL or point to a text that ends in NUL and stays while it is used.
pub(super) unsafe fn text<'a>(pointer: *const c_char, name: &'static str) -> Outcome<&'a str> {
    if pointer.is_null() {
        return Err(Failure::Null(name));
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(pointer) }
        .to_str()
        .map_err(|_| Failure::Library(crate::Error::parameter(name, "the text is not in UTF-8")))
}

/// The text at `pointer`, or nothing for NULL.
///
/// # Safety
/// As [`text`].
pub(super) unsafe fn text_or_none<'a>(
    pointer: *const c_char,
    name: &'static str,
) -> Outcome<Option<&'a str>> {
    // SAFETY: as the caller promises.
    (!pointer.is_null()).then(|| unsafe { text(pointer, name) }).transpose()
}

/// Whether a value can be at `pointer`, which messages call `name`: it is not NULL, and aligned.
pub(super) fn check<T>(pointer: *const T, name: &'static str) -> Outcome {
    if pointer.is_null() {
        return Err(Failure::Null(name));
    }
    if !pointer.is_aligned() {
        let problem =
            format!("its address is no multiple of {}, as its type needs", align_of::<T>());
        return Err(Failure::Buffer(name, problem));
    }
    Ok(())
}

/// The value at `pointer`.
///
/// # Safety
/// `pointer` must be NULL or readable.
pub(super) unsafe fn read<T: Copy>(pointer: *const T, name: &'static str) -> Outcome<T> {
    check(pointer, name)?;
    // SAFETY: not NULL and aligned, so readable as the caller promises.
    Ok(unsafe { pointer.read() })
}
