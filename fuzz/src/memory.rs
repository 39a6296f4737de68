//! How much memory an input takes: a file of some kilobytes must not take hundreds of megabytes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Memory that a picture within the targets' limits may take, whatever its file's size.
pub const PICTURE: usize = 96 << 20;
/// Memory that other files may take, whatever their size.
pub const OTHER: usize = 32 << 20;

/// Bytes that an input may take for each of its own.
const GROWTH: usize = 64;

static USED: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, which counts what is in use.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn add(bytes: usize) {
    let used = USED.fetch_add(bytes, Ordering::Relaxed) + bytes;
    MOST.fetch_max(used, Ordering::Relaxed);
}

// SAFETY: everything is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let place = unsafe { System.alloc(layout) };
        if !place.is_null() {
            add(layout.size());
        }
        place
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let place = unsafe { System.alloc_zeroed(layout) };
        if !place.is_null() {
            add(layout.size());
        }
        place
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        let moved = unsafe { System.realloc(place, layout, size) };
        if !moved.is_null() {
            USED.fetch_sub(layout.size(), Ordering::Relaxed);
            add(size);
        }
        moved
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) };
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
    }
}

/// Does `work` with an input of `bytes` bytes, which may take 64 times as much memory and `more`.
///
/// # Panics
/// When it takes more.
pub fn within(bytes: usize, more: usize, work: impl FnOnce()) {
    let before = USED.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    work();
    let taken = MOST.load(Ordering::Relaxed).saturating_sub(before);
    let most = GROWTH * bytes + more;
    assert!(taken <= most, "{bytes} bytes of input took {taken} of memory, over {most}");
}
