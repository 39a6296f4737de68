//! Ctrl-C and requests to end: the first stops the work in good order, a second at once, and neither
//! leaves a temporary.

use std::sync::atomic::{AtomicBool, Ordering};

use polyinr::{CancelToken, file};

use crate::failure::error_line;

/// Whether the program waits for input, which a token cannot stop.
static WAITING: AtomicBool = AtomicBool::new(false);

/// Runs `wait`, which may last as long as others please: a signal ends the program at once.
pub fn waiting<T>(wait: impl FnOnce() -> T) -> T {
    let before = WAITING.swap(true, Ordering::SeqCst);
    let result = wait();
    WAITING.store(before, Ordering::SeqCst);
    result
}

/// Lets every signal end the program at once, without a temporary left: for work that has no good
/// place to stop.
pub fn end_at_once() {
    WAITING.store(true, Ordering::SeqCst);
    drop(interruptible());
}

/// A token that Ctrl-C (or a request to end) cancels; a second one ends the program at once. Signals
/// that are ignored when the program starts, as under `nohup`, stay so.
pub fn interruptible() -> CancelToken {
    let token = CancelToken::new();
    let seen = token.clone();
    let listening = listen(move || {
        if seen.is_cancelled() || WAITING.load(Ordering::SeqCst) {
            file::abandon();
            std::process::exit(130);
        }
        seen.cancel();
    });
    if let Err(error) = listening {
        error_line(&format!("Ctrl-C will end the program at once: {error}"));
    }
    token
}

/// What has to be set before any work: writing over the shell's limit on the size of files is an
/// error in words, not the program's end.
#[cfg(unix)]
pub fn prepare() {
    // SAFETY: no other thread runs yet, and no handler is replaced.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

#[cfg(not(unix))]
pub fn prepare() {}

/// Calls `act`, in a thread of its own, for every signal that asks to end.
#[cfg(unix)]
fn listen(act: impl Fn() + Send + 'static) -> std::io::Result<()> {
    let wanted = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];
    let wanted: Vec<i32> = wanted.into_iter().filter(|signal| !is_ignored(*signal)).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    let thread = std::thread::Builder::new().name("signals".into());
    thread.spawn(move || signals.forever().for_each(|_| act())).map(drop)
}

#[cfg(not(unix))]
fn listen(act: impl Fn() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(act)
}

/// Whether a signal is ignored.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: without a new action this only asks; `action` is filled when it succeeds.
    unsafe {
        libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}
