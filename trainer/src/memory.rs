//! How the C library's allocator treats large tensors.

/// Keeps memory that was freed for the next tensors of the same size, instead of giving it back to the
/// system and taking it again, page by page, at every step. To be called at a program's
/// start, before there are other threads.
pub fn keep_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::keep_freed();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use std::ffi::c_int;

    const M_TRIM_THRESHOLD: c_int = -1;
    const M_MMAP_MAX: c_int = -4;

    unsafe extern "C" {
        fn mallopt(parameter: c_int, value: c_int) -> c_int;
    }

    pub fn keep_freed() {
        // SAFETY: the declaration is glibc's; both parameters take any value, and these are
        // documented: no memory maps for large blocks, and never giving back the end of the heap.
        unsafe {
            mallopt(M_MMAP_MAX, 0);
            mallopt(M_TRIM_THRESHOLD, -1);
        }
    }
}
