//! Samples of 8-bit pictures.

use polyinr::{Raster, Samples};

/// The samples of a picture, row by row.
///
/// # Panics
/// When they do not have 8 bits.
pub fn bytes(picture: &Raster) -> &[u8] {
    match picture.samples() {
        Samples::U8(samples) => samples,
        _ => panic!("pictures have 8 bits here"),
    }
}
