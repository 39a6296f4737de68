//! Which version this is.

use std::ffi::c_char;

/// Major version of the header.
pub const POLYINR_VERSION_MAJOR: u32 = 0;
/// Minor version of the header.
pub const POLYINR_VERSION_MINOR: u32 = 1;
/// Patch version of the header.
pub const POLYINR_VERSION_PATCH: u32 = 0;

/// Version of the library that is loaded: major * 1000000 + minor * 1000 + patch.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_version_number() -> u32 {
    POLYINR_VERSION_MAJOR * 1_000_000 + POLYINR_VERSION_MINOR * 1000 + POLYINR_VERSION_PATCH
}

/// Version of the library that is loaded, as "0.1.0". The text lives as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn polyinr_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_has_the_version_of_the_crate() {
        let parts = env!("CARGO_PKG_VERSION").split('.').map(|p| p.parse::<u32>().unwrap());
        let number = parts.fold(0, |n, part| n * 1000 + part);
        assert_eq!(polyinr_version_number(), number);
    }
}
