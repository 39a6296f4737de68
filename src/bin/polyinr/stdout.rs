//! Standard output, where every failure to write is told.
//!
//! Rust's own takes a closed one, and one that cannot be written to, for a success.

use std::io::{self, Read, Write};
use std::sync::{Mutex, PoisonError};

/// What messages call it.
pub const STDOUT: &str = "standard output";

/// Lines of several threads are not mixed.
static TURN: Mutex<()> = Mutex::new(());

/// Writes all `bytes`.
pub fn write(bytes: &[u8]) -> io::Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut out = open()?;
    out.write_all(bytes).and_then(|()| out.flush())
}

/// Writes all that `from` gives.
pub fn copy(from: &mut impl Read) -> io::Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut out = open()?;
    io::copy(from, &mut out).and_then(|_| out.flush())
}

/// Fails when there was none when the program started.
pub fn check() -> io::Result<()> {
    match start::was_closed() {
        true => Err(io::Error::new(io::ErrorKind::NotConnected, "it is closed")),
        false => Ok(()),
    }
}

#[cfg(unix)]
fn open() -> io::Result<impl Write> {
    use std::os::fd::AsFd as _;
    check()?;
    Ok(std::fs::File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

#[cfg(not(unix))]
fn open() -> io::Result<impl Write> {
    Ok(io::stdout().lock())
}

/// Rust's runtime puts `/dev/null` in the place of a closed standard output before `main`. A
/// `/dev/null` of the caller's looks the same then, so this looks earlier: when the loader runs the
/// program's initialisers.
#[cfg(unix)]
mod start {
    use std::sync::atomic::{AtomicBool, Ordering};

    static CLOSED: AtomicBool = AtomicBool::new(false);

    #[used]
    #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
    #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
    static LOOK: extern "C" fn() = look;

    extern "C" fn look() {
        // SAFETY: asks the system whether a number is that of an open file; touches no memory.
        let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
        CLOSED.store(flags == -1, Ordering::Relaxed);
    }

    pub fn was_closed() -> bool {
        CLOSED.load(Ordering::Relaxed)
    }
}

#[cfg(not(unix))]
mod start {
    pub fn was_closed() -> bool {
        false
    }
}
