//! Pictures in Jpeg format.
#![no_main]

use polyinr::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| polyinr_fuzz::picture(bytes, Format::Jpeg));
