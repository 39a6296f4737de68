//! Local Poly-INR as graphs: the encoder, and the levels at positions between a picture's pixels.

mod encoder;
mod levels;
mod picture;

pub(super) use encoder::encoder_graph;
pub(super) use levels::local_graph;
pub(super) use picture::{PictureView, PreparedUpscaler};
