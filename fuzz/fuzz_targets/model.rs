//! Model files.
#![no_main]

use polyinr_fuzz::files::{OTHER, model};
use polyinr_fuzz::memory::within;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| within(bytes.len(), OTHER, || model(bytes)));
