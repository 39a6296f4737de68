//! Weight files in foreign naming.
#![no_main]

use std::sync::LazyLock;

use polyinr::model::{ImportOptions, Storage, import};

static FOLDER: LazyLock<tempfile::TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("a folder"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = FOLDER.path().join("weights");
    std::fs::write(&path, bytes).expect("the input is written");
    let _ = import(&path, &ImportOptions { name: "fuzz".into(), storage: Storage::F16, ..Default::default() });
});
