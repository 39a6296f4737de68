//! Panics that end at the boundary.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// `body`, or `otherwise` when it panics: for functions that have no status.
pub(super) fn guard_value<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}
