//! Memory whose size comes from a file or a caller: when the system gives none, that is an error and
//! not the end of the program.

use bytemuck::Zeroable;

use crate::error::{Error, Result};

/// An empty buffer with room for `len` values; `what` names the file or parameter they belong to.
///
/// # Errors
/// [`Error::Limits`] when the system gives no memory for it.
pub(crate) fn with_capacity<T>(len: usize, what: &str) -> Result<Vec<T>> {
    let mut buffer = Vec::new();
    reserve(&mut buffer, len, what)?;
    Ok(buffer)
}

/// A buffer of `len` zeros, which take memory only once they are touched.
///
/// # Errors
/// As [`with_capacity`].
pub(crate) fn zeroed<T: Zeroable>(len: usize, what: &str) -> Result<Vec<T>> {
    bytemuck::allocation::try_zeroed_vec(len).map_err(|()| refused::<T>(len, what))
}

/// Makes room for `more` values in `buffer`.
///
/// # Errors
/// As [`with_capacity`].
pub(crate) fn reserve<T>(buffer: &mut Vec<T>, more: usize, what: &str) -> Result<()> {
    buffer.try_reserve_exact(more).map_err(|_| refused::<T>(more, what))
}

/// Checks that the system would give `bytes` now: a piece of work that asks before it starts meets an
/// error, not the end of the program in the middle. Memory that is not touched costs nothing.
///
/// # Errors
/// As [`with_capacity`].
pub(crate) fn check(bytes: u64, what: &str) -> Result<()> {
    let refused = || refused::<u8>(usize::try_from(bytes).unwrap_or(usize::MAX), what);
    let len = usize::try_from(bytes).map_err(|_| refused())?;
    if can_map(len) { Ok(()) } else { Err(refused()) }
}

/// Whether `len` bytes can be had, past the allocator: asking it would change how it deals with
/// blocks of that size.
#[cfg(unix)]
fn can_map(len: usize) -> bool {
    if len == 0 {
        return true;
    }
    let (rights, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANON);
    // SAFETY: new memory at a place of the system's choice; it is given back at once, unused.
    unsafe {
        let place = libc::mmap(std::ptr::null_mut(), len, rights, kind, -1, 0);
        place != libc::MAP_FAILED && libc::munmap(place, len) == 0
    }
}

/// Whether `len` bytes can be had.
#[cfg(not(unix))]
fn can_map(len: usize) -> bool {
    Vec::<u8>::new().try_reserve_exact(len).is_ok()
}

/// Bytes of memory that this process may still take: what the machine has left, swap included, or
/// its control group, or its address space (`ulimit -v`), whichever is least. `None` where the system
/// does not say.
pub fn available() -> Option<u64> {
    [machine(), group(), address_space()].into_iter().flatten().min()
}

/// What the machine has left.
fn machine() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = |name: &str| {
        let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
        Some(rest.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
    };
    Some(line("MemAvailable:")? + line("SwapFree:").unwrap_or(0))
}

/// What the control group has left; files it keeps in memory make room when it is needed.
fn group() -> Option<u64> {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let folder = std::path::Path::new("/sys/fs/cgroup").join(own.trim_start_matches('/'));
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let most = number(&read("memory.max")?)?;
    let used = number(&read("memory.current")?)?;
    let kept = read("memory.stat").and_then(|text| {
        text.lines().find_map(|line| number(line.strip_prefix("inactive_file ")?))
    });
    Some(most.saturating_sub(used.saturating_sub(kept.unwrap_or(0))))
}

/// What is left of the address space that the process may have.
#[cfg(unix)]
fn address_space() -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the place is writable.
    if unsafe { libc::getrlimit(libc::RLIMIT_AS, &mut limit) } != 0
        || limit.rlim_cur == libc::RLIM_INFINITY
    {
        return None;
    }
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split_whitespace().next()?.parse().ok()?;
    // SAFETY: it only answers.
    let page = u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
    Some(limit.rlim_cur.saturating_sub(pages * page))
}

/// What is left of the address space that the process may have.
#[cfg(not(unix))]
fn address_space() -> Option<u64> {
    None
}

/// The error when the system gives no memory for `len` values.
pub(crate) fn refused<T>(len: usize, what: &str) -> Error {
    let bytes = len as u128 * size_of::<T>() as u128;
    Error::limits(
        what,
        format!(
            "{} MB of memory are needed, and the system gives no more; close other programs, or \
             take a smaller picture or size",
            bytes.div_ceil(1_000_000)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_refuses_is_an_error() {
        let problem = zeroed::<f32>(1 << 60, "a.png").unwrap_err().to_string();
        assert!(problem.starts_with("a.png: ") && problem.contains("MB of memory"), "{problem}");
        assert!(with_capacity::<u64>(usize::MAX, "a").is_err());
        assert_eq!(zeroed::<u16>(3, "a").unwrap(), [0; 3]);
        assert!(zeroed::<u8>(0, "a").unwrap().is_empty());
        assert!(check(1 << 20, "a").is_ok() && check(0, "a").is_ok());
        assert!(check(1 << 60, "a").is_err() && check(u64::MAX, "a").is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_says_what_is_left() {
        assert!(machine().is_some_and(|bytes| bytes > 1 << 20));
        assert!(available() <= machine());
    }
}
