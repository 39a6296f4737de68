//! Pictures in Jpeg format.
#![no_main]

use polyinr::Format;
use polyinr_fuzz::files::picture;
use polyinr_fuzz::memory::{PICTURE, within};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    within(bytes.len(), PICTURE, || picture(bytes, Format::Jpeg));
});
