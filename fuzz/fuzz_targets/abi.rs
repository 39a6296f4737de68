//! Random calls of the C interface.
#![no_main]

use polyinr_fuzz::abi::{Call, abi};
use polyinr_fuzz::memory::within;

/// Memory that calls with small buffers may take: engines hold weights and working memory.
const CALLS: usize = 512 << 20;

libfuzzer_sys::fuzz_target!(|calls: Vec<Call>| within(0, CALLS, || abi(&calls)));
