//! Field files.
#![no_main]

use polyinr_fuzz::files::field;
use polyinr_fuzz::memory::{OTHER, within};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| within(bytes.len(), OTHER, || field(bytes)));
