//! Images as polynomial functions of position: generate, super-resolve, extrapolate.
//!
//! Poly-INR (Singh et al., CVPR 2023) writes an image as a polynomial function of position: a latent
//! gives affine parameters, and a network of only linear layers and leaky ReLU turns each pixel's
//! coordinates into colour. Everything here is: **make a field** (from a random latent or from a
//! picture), perhaps **change it** ([`ops`]: mix, interpolate), and **look at it through a
//! view** (which window of the plane, at how many pixels). Super-resolution is a view with a denser
//! grid; extending the canvas is a view with a larger window.
//!
//! ```text
//! seed, class ─ Generator ──┐
//!                           ▼                           View
//! picture ─ Upscaler ──▶ Field ─ mix, interpolate ─▶ ops::render ─▶ rows ─▶ file or buffer
//! ```
//!
//! ```
//! use polyinr::{Channels, Control, CpuEngine, Raster, Samples, Size, model::Model, ops};
//! use polyinr::ops::SuperResolveOptions;
//! use std::sync::Arc;
//!
//! let upscaler = Model::find("photo")?.upscaler()?;
//! let engine = CpuEngine::new(None)?;
//! let small = Raster::new(8, 6, Channels::Rgb, Samples::U8(vec![128; 8 * 6 * 3]))?;
//! let control = Control::default();
//! let (size, options) = (Size::Factor(2.5), SuperResolveOptions::default());
//! let large = ops::super_resolve_raster(
//!     &engine, &upscaler, &Arc::new(small), size, &options, &control,
//! )?;
//! assert_eq!((large.width(), large.height()), (20, 15));
//! # Ok::<(), polyinr::Error>(())
//! ```

pub mod control;
pub mod engine;
pub mod error;
#[cfg(feature = "capi")]
mod ffi;
pub mod field;
pub mod file;
mod matrix;
mod memory;
pub mod metrics;
pub mod model;
pub mod network;
pub mod ops;
pub mod picture;
pub mod raster;
pub mod tensors;
pub mod view;

pub use control::{CancelToken, Control};
pub use engine::{CpuEngine, Engine, RowSink};
pub use error::{Error, Result};
pub use field::{
    Field, FieldContent, FieldFile, GeneratedContent, GeneratedField, MAX_DEFAULT_PIXELS,
    PictureContent, PictureField, default_size,
};
pub use file::Existing;
pub use memory::available as available_memory;
pub use model::Model;
pub use ops::Size;
pub use picture::{
    Compression, Format, Georeference, Info, Limits, Metadata, Note, NoteKind, Notes, Picture,
    PictureReader, PictureWriter, Resolution, ResolutionUnit, Spec,
};
pub use raster::{Channels, Depth, Extent, Raster, RasterRows, RowSource, Samples};
pub use view::{Grid, View, Warp, Window};

/// The README's examples are compiled with the tests of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
