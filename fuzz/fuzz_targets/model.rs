//! Model files.
#![no_main]

use polyinr::model::Model;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = Model::from_bytes("fuzz", bytes);
});
