//! Progress for hosts that ask for it instead of being called.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far a call is, as `polyinr_progress_keep` and `polyinr_invert_progress_keep` write it. Start
/// with zeros; read it from any thread while the call goes on.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct PolyinrProgressState {
    /// Output pixels, or steps of an inversion, that are done.
    pub done: u64,
    /// All of them; 0 until the first are done.
    pub total: u64,
    /// PSNR in dB of an inversion.
    pub psnr: f64,
}

/// A `polyinr_progress` that keeps how far the call is in the `polyinr_progress_state` at `user_data`
/// and goes on: for hosts whose own code must not hold up the library's threads, as interpreters
/// with one lock for all threads. NULL and a place that is not aligned are left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_progress_keep(
    user_data: *mut c_void,
    done: u64,
    total: u64,
) -> bool {
    // SAFETY: the host promises NULL or a state that lives as long as the call.
    unsafe { keep(user_data.cast(), done, total, None) }
}

/// The same as a `polyinr_invert_progress`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyinr_invert_progress_keep(
    user_data: *mut c_void,
    done: u64,
    total: u64,
    psnr: f64,
) -> bool {
    // SAFETY: as above.
    unsafe { keep(user_data.cast(), done, total, Some(psnr)) }
}

/// # Safety
/// `state` must be NULL or valid; others only read it meanwhile.
unsafe fn keep(state: *mut PolyinrProgressState, done: u64, total: u64, psnr: Option<f64>) -> bool {
    if state.is_null() || !state.is_aligned() {
        return true;
    }
    // SAFETY: the members are aligned and writable, and nobody else writes them.
    let at = |member: *mut u64| unsafe { AtomicU64::from_ptr(member) };
    // SAFETY: only the members' places are taken.
    let (to_done, to_total, to_psnr) =
        unsafe { (&raw mut (*state).done, &raw mut (*state).total, &raw mut (*state).psnr) };
    if let Some(psnr) = psnr {
        at(to_psnr.cast()).store(psnr.to_bits(), Ordering::Relaxed);
    }
    at(to_total).store(total, Ordering::Relaxed);
    at(to_done).store(done, Ordering::Relaxed);
    true
}
