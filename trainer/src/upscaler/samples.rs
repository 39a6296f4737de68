//! Samples of 8-bit pictures.

use polyinr::{Raster, Samples};

/// The samples of a photograph or a part of one.
///
/// # Panics
/// When they do not have 8 bits.
pub(super) fn bytes(picture: &Raster) -> &[u8] {
    match picture.samples() {
        Samples::U8(samples) => samples,
        _ => panic!("photographs have 8 bits"),
    }
}
