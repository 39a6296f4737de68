//! Field files.
#![no_main]

use polyinr_fuzz::files::{OTHER, field};
use polyinr_fuzz::memory::within;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| within(bytes.len(), OTHER, || field(bytes)));
