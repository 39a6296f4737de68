//! Local Poly-INR on the processor: the encoder, the affine parameters of a picture's pixels, and
//! the levels at every position between them.

mod affine;
mod bicubic;
mod encoder;
mod levels;
mod picture;

pub(crate) use picture::memory;
pub(super) use picture::{PackedUpscaler, PictureBands};
