//! Where things are kept between runs.

use std::env;
use std::path::PathBuf;

use crate::shell::Outcome;

/// This project's folder in the user's cache.
pub fn cache() -> Outcome<PathBuf> {
    let set = |name| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("polyinr"))
        .ok_or_else(|| "HOME is not set; it says where the cache folder is".into())
}
