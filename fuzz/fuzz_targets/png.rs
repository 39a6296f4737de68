//! Pictures in Png format.
#![no_main]

use polyinr::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| polyinr_fuzz::files::picture(bytes, Format::Png));
