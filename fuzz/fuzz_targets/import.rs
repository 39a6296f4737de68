//! Weight files in foreign naming.
#![no_main]

use std::sync::LazyLock;

use polyinr_fuzz::files::import;
use polyinr_fuzz::memory::{OTHER, within};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    within(bytes.len(), OTHER, || import(bytes, FOLDER.path()));
});
