//! TIFF and BigTIFF.
//!
//! Reading: `pages` chooses the directory that is the picture, `layout` says how its tags have the
//! pixels stored, `strips` has the crate `tiff` decode a strip or tile (`fax` what it does not), `samples`
//! makes a raster's samples of it, `ycbcr` its colours, `read` joins these.

mod described;
mod fax;
mod jpeg;
mod layout;
mod packing;
mod pages;
mod read;
mod samples;
mod strips;
mod tags;
mod write;
mod ycbcr;

pub(super) use read::open;
pub(super) use write::encoder;
