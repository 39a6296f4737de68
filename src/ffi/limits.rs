//! How large the work of an engine may be.

use super::boundary::guard;
use super::engine::{self, Owned, PolyinrEngine};
use super::error::PolyinrError;
use super::status::PolyinrStatus;
use crate::picture::Limits;

/// Sets the most pixels that a picture or field may be made of or seen at with `engine`; 0 stands for
/// no limit, which it is at first.
///
/// A call that would make more is `POLYINR_STATUS_LIMITS`, before it has done anything.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_set_max_pixels(
    engine: PolyinrEngine,
    pixels: u64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: as the header asks.
    unsafe { change(engine, error, |limits| limits.max_pixels = or_none(pixels)) }
}

/// Sets the most memory in bytes that a call may take with `engine`, besides the buffers that the
/// caller gives; 0 stands for no limit, which it is at first. What a call takes is estimated from the
/// sizes of its pictures: it grows with width, for an upscaler by some 100 kilobytes a column.
///
/// A call that needs more is `POLYINR_STATUS_LIMITS`, before it has done anything; so is one for which
/// the system has no memory, without a limit too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_engine_set_max_memory(
    engine: PolyinrEngine,
    bytes: u64,
    error: *mut PolyinrError,
) -> PolyinrStatus {
    // SAFETY: as the header asks.
    unsafe { change(engine, error, |limits| limits.max_memory = or_none(bytes)) }
}

fn or_none(limit: u64) -> u64 {
    if limit == 0 { u64::MAX } else { limit }
}

/// Changes the limits of `engine`.
///
/// # Safety
/// `error` must be NULL or writable.
unsafe fn change(
    engine: PolyinrEngine,
    error: *mut PolyinrError,
    change: impl FnOnce(&mut Limits),
) -> PolyinrStatus {
    let body = || {
        change(&mut engine::find(engine)?.limits.write());
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { guard(error, body) }
}

/// The limits of an engine.
pub(super) fn of(engine: &Owned) -> Limits {
    *engine.limits.read()
}
