//! A continuous image: weights shared by a model, and what is particular to one image.
//!
//! A [`Field`] is made from a generator's affine parameters ([`GeneratedField`]) or from a picture
//! ([`PictureField`]); an engine looks at it through a [`crate::View`].

mod picture;
mod window;

use std::sync::Arc;

pub use picture::{PictureField, Plane};

use crate::error::{Error, Result};
use crate::model::{Affine, Generator, Synthesis};
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

/// A generator's image: its affine parameters and the weights it shares with all others.
#[derive(Clone, Debug)]
pub struct GeneratedField {
    /// Weights shared by all images of the model.
    pub synthesis: Arc<Synthesis>,
    /// This image's affine parameters.
    pub affine: Affine,
}

impl GeneratedField {
    /// The image that `affine` means to `generator`.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] when the levels or features are not the generator's.
    pub fn new(generator: &Generator, affine: Affine) -> Result<Self> {
        let (levels, features) = (generator.config.levels, generator.config.features);
        if (affine.levels(), affine.features()) != (levels, features) {
            return Err(Error::parameter(
                "affine parameters",
                format!(
                    "[{}, {}, 3] given, model {} needs [{levels}, {features}, 3]",
                    affine.levels(),
                    affine.features(),
                    generator.about.name
                ),
            ));
        }
        Ok(Self { synthesis: generator.synthesis().clone(), affine })
    }
}
