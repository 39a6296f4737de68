//! What the library says while it works.

use std::cell::Cell;
use std::ffi::{CString, c_char, c_void};

use parking_lot::RwLock;

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
/// from any thread, also from several at a time. It cannot call `polyinr_log_set`, which would wait
/// for it; of other calls that it makes there are no messages.
pub type PolyinrLogCallback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, level: u32, message: *const c_char)>;

#[derive(Clone, Copy)]
struct LogReceiver {
    callback: unsafe extern "C" fn(*mut c_void, u32, *const c_char),
    user_data: *mut c_void,
    least: u32,
}

// SAFETY: the pointer is only handed to the callback; the header says that this happens on any
// thread and several at a time.
unsafe impl Send for LogReceiver {}
// SAFETY: as above.
unsafe impl Sync for LogReceiver {}

static TARGET: RwLock<Option<LogReceiver>> = RwLock::new(None);

thread_local! {
    /// Whether this thread is inside the host's callback.
    static UNDER_WAY: Cell<bool> = const { Cell::new(false) };
}

/// Hands a message to the host.
pub(super) fn write(level: Level, message: &str) {
    // Of a callback's own calls nothing is said: they would be said within one another without an end.
    if is_under_way() {
        return;
    }
    // Held while the host takes the message, so that setting another target waits for it.
    let kept = TARGET.read();
    let Some(target) = *kept else { return };
    if (level as u32) < target.least {
        return;
    }
    if let Ok(message) = CString::new(message) {
        UNDER_WAY.set(true);
        // SAFETY: the host promised that callback and data may be used from any thread.
        unsafe { (target.callback)(target.user_data, level as u32, message.as_ptr()) };
        UNDER_WAY.set(false);
    }
}

/// Whether this thread is inside the host's callback.
pub(super) fn is_under_way() -> bool {
    UNDER_WAY.get()
}

/// Sets where messages go; waits for those that are under way. Not from within one ([`is_under_way`]).
pub(super) fn set(callback: PolyinrLogCallback, user_data: *mut c_void, least: u32) {
    *TARGET.write() = callback.map(|callback| LogReceiver { callback, user_data, least });
}
