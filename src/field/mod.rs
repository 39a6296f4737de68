//! A continuous image: weights shared by a model, and what is particular to one image.
//!
//! A [`Field`] is made from a generator's affine parameters ([`GeneratedField`]) or from a picture
//! ([`PictureField`]); an engine looks at it through a [`crate::View`]. It can be kept in a
//! [`FieldFile`].

mod file;
mod generated;
mod picture;
mod refine;
mod window;

pub(crate) use file::ORIGIN_KEPT;
pub use file::{FIELD_FORMAT_VERSION, FieldFile, GeneratedFile, PictureFile};
pub use generated::GeneratedField;
pub use picture::{PictureField, Plane};
pub use refine::Refine;

use crate::error::Result;
use crate::view::{Grid, View, Window};

/// A continuous image.
#[derive(Clone, Debug)]
pub enum Field {
    /// Affine parameters of one image and a generator's shared weights.
    Generated(GeneratedField),
    /// A picture seen through an upscaler.
    Picture(PictureField),
}

impl Field {
    /// The whole image at `width x height` pixels, on the grid that suits this kind of field.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] when the size is zero or too large.
    pub fn view(&self, width: u32, height: u32) -> Result<View> {
        View::new(Window::UNIT, width, height, self.grid())
    }

    /// What a window's ends mean for this kind of field.
    pub fn grid(&self) -> Grid {
        match self {
            Self::Generated(_) => Grid::Centres,
            Self::Picture(_) => Grid::Edges,
        }
    }
}
