//! Images as polynomial functions of position.
pub mod control;
pub mod error;
pub mod picture;
pub mod raster;
pub mod view;

pub use control::{CancelToken, Control};
pub use error::{Error, Result};
pub use picture::{
    Compression, Existing, Format, Info, Limits, Metadata, Picture, PictureReader, PictureWriter,
    Resolution, ResolutionUnit, Spec,
};
pub use raster::{Channels, Depth, Raster, Samples};
pub use view::{Grid, View, Window};
