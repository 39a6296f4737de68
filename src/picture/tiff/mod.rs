//! TIFF and BigTIFF.
//!
//! Reading: `pages` chooses the directory that is the picture, `layout` says how its tags have the
//! pixels stored, `unpack` (with `fax` and `jpeg`) takes the compression off a strip or tile,
//! `predictor` and `samples` make a raster's samples of it, `ycbcr` its colours, `read` joins these.

mod described;
mod fax;
mod jpeg;
mod layout;
mod packing;
mod pages;
mod predictor;
mod read;
mod samples;
mod tags;
mod unpack;
mod write;
mod ycbcr;

pub(super) use read::open;
pub(super) use write::encoder;
