//! Field files.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| polyinr_fuzz::files::field(bytes));
