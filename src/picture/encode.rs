//! What encoders of pictures share.

use super::spec::Spec;
use crate::raster::{Depth, to_u8, to_u16};

/// Encodes rows in order into an [`Output`](super::output::Output).
pub(super) trait Encode: Send {
    /// Takes whole rows; 1 is full.
    ///
    /// # Errors
    /// What went wrong, in words.
    fn rows(&mut self, pixels: &[f32]) -> std::result::Result<(), String>;

    /// Writes what is still to be written.
    ///
    /// # Errors
    /// What went wrong, in words.
    fn finish(self: Box<Self>) -> std::result::Result<(), String>;
}

/// `pixels` at `depth`, as bytes in the order that `to_bytes16` makes of 16-bit samples; floats
/// are little-endian.
pub(super) fn quantise(
    pixels: &[f32],
    depth: Depth,
    to_bytes16: fn(u16) -> [u8; 2],
    out: &mut Vec<u8>,
) {
    out.clear();
    match depth {
        Depth::U8 => out.extend(pixels.iter().map(|&v| to_u8(v))),
        Depth::U16 => out.extend(pixels.iter().flat_map(|&v| to_bytes16(to_u16(v)))),
        Depth::F32 => out.extend(pixels.iter().flat_map(|v| v.to_le_bytes())),
    }
}

/// A picture collected for an encoder that needs it whole, 8 bits a sample.
pub(super) struct Collected {
    pub spec: Spec,
    pub samples: Vec<u8>,
}

impl Collected {
    /// Room for all of it.
    ///
    /// # Errors
    /// That the system gives none, in words.
    pub fn new(spec: Spec) -> std::result::Result<Self, String> {
        let mut samples = Vec::new();
        let len = spec.row_len() * spec.height as usize;
        let problem = |_| format!("the system gives no {} MB of memory for it", len / 1_000_000);
        samples.try_reserve_exact(len).map_err(problem)?;
        Ok(Self { spec, samples })
    }

    pub fn rows(&mut self, pixels: &[f32]) {
        self.samples.extend(pixels.iter().map(|&v| to_u8(v)));
    }
}
