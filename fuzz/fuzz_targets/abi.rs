//! Random calls of the C interface.
#![no_main]

use polyinr_fuzz::abi::{Call, abi};

libfuzzer_sys::fuzz_target!(|calls: Vec<Call>| abi(&calls));
