//! A continuous image: weights shared by a model, and what is particular to one image.
//!
//! A [`Field`] is made from a generator's latent or code ([`GeneratedField`]) or from a picture
//! ([`PictureField`]); an engine looks at it through a [`crate::View`]. It can be kept in a
//! [`FieldFile`].

mod file;
mod generated;
mod image;
mod picture;
mod refine;
mod window;

#[cfg(feature = "capi")]
pub(crate) use file::ORIGIN_KEPT;
pub use file::{FIELD_FORMAT_VERSION, FieldContent, FieldFile, GeneratedContent, PictureContent};
pub use generated::GeneratedField;
pub(crate) use image::Plane;
pub use image::{Image, PictureImage};
pub use picture::PictureField;
pub use refine::Refine;

use crate::error::{Error, Result};
use crate::model::ModelId;
use crate::raster::{Channels, Depth};
use crate::view::{Grid, View, Window};

/// Most pixels of a picture whose size nobody asked for: files and models decide on no more.
pub const MAX_DEFAULT_PIXELS: u64 = 1 << 29;

/// `size`, which a file or model has by itself (width, height), to use where no other is asked for.
///
/// # Errors
/// [`Error::Parameter`] when it is more than [`MAX_DEFAULT_PIXELS`].
pub fn default_size(size: [u32; 2]) -> Result<[u32; 2]> {
    let [width, height] = size;
    match u64::from(width) * u64::from(height) {
        pixels if pixels <= MAX_DEFAULT_PIXELS => Ok(size),
        _ => Err(Error::parameter(
            "size",
            format!(
                "the file's own, {width}x{height}, is over the {MAX_DEFAULT_PIXELS} pixels that are \
                 made unasked; give one (--size)"
            ),
        )),
    }
}

/// A continuous image, and all that is needed to show it: [`ops::render`](crate::ops::render) looks at it,
/// [`save`](Self::save) keeps it in a file.
#[derive(Clone, Debug)]
pub enum Field {
    /// The code of one image and the network it shares with others.
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
        self.look(Window::UNIT, width, height)
    }

    /// `window` of the image at `width x height` pixels. The ends of a window of a picture, and of a
    /// generator's field that shows one, are the outer pixels' edges, so that it is in register with
    /// the picture at every size; of other fields they are the outer pixels' centres.
    ///
    /// # Errors
    /// As [`View::new`].
    pub fn look(&self, window: Window, width: u32, height: u32) -> Result<View> {
        let window = match self {
            Self::Generated(field) if field.network().grid() == Grid::Centres => {
                field.frame().map_or(window, |frame| window.between_centres(frame))
            }
            _ => window,
        };
        View::new(window, width, height, self.grid())
    }

    /// Width and height in pixels it is meant to be seen at: of a picture's field the picture's.
    pub fn size(&self) -> [u32; 2] {
        match self {
            Self::Generated(field) => field.size(),
            Self::Picture(field) => field.extent().size().into(),
        }
    }

    /// Channels that it is shown with.
    pub fn channels(&self) -> Channels {
        match self {
            Self::Generated(_) => Channels::Rgb,
            Self::Picture(field) => field.extent().channels,
        }
    }

    /// Depth of the files that show it, where they can have it and no other is asked for.
    pub fn depth(&self) -> Depth {
        match self {
            Self::Generated(_) => Depth::U8,
            Self::Picture(field) => field.extent().depth,
        }
    }

    /// Bytes of the ICC profile of its colors, where they have one.
    pub fn profile(&self) -> Option<&[u8]> {
        match self {
            Self::Generated(_) => None,
            Self::Picture(field) => field.profile(),
        }
    }

    /// The sample that stands for no data, on the scale where 1 is full for integers.
    pub fn nodata(&self) -> Option<f32> {
        match self {
            Self::Generated(_) => None,
            Self::Picture(field) => field.nodata(),
        }
    }

    /// The model it belongs to.
    pub fn model(&self) -> ModelId {
        match self {
            Self::Generated(field) => field.model().clone(),
            Self::Picture(field) => field.upscaler().id(),
        }
    }

    /// How it was made, for people.
    pub fn origin(&self) -> &str {
        match self {
            Self::Generated(field) => field.origin(),
            Self::Picture(field) => field.origin(),
        }
    }

    /// Width and height of the picture that a generator's field shows, if it was made from one.
    pub fn frame(&self) -> Option<[u32; 2]> {
        match self {
            Self::Generated(field) => field.frame(),
            Self::Picture(_) => None,
        }
    }

    /// The generator's field, if it is one.
    ///
    /// # Errors
    /// [`Error::Parameter`] when it is a picture's.
    pub fn generated(&self) -> Result<&GeneratedField> {
        match self {
            Self::Generated(field) => Ok(field),
            Self::Picture(_) => {
                let problem = "it was made from a picture; one of a generator is needed";
                Err(Error::parameter("field", problem))
            }
        }
    }

    /// What a window's ends mean for this field.
    pub fn grid(&self) -> Grid {
        match self {
            Self::Generated(field) if field.frame().is_none() => field.network().grid(),
            _ => Grid::Edges,
        }
    }
}

impl From<GeneratedField> for Field {
    fn from(field: GeneratedField) -> Self {
        Self::Generated(field)
    }
}

impl From<PictureField> for Field {
    fn from(field: PictureField) -> Self {
        Self::Picture(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_decide_on_no_more_than_half_a_gigapixel() {
        assert!(default_size([1 << 15, 1 << 14]).is_ok());
        for size in [[1 << 20; 2], [1 << 15, (1 << 14) + 1], [u32::MAX; 2]] {
            let message = default_size(size).unwrap_err().to_string();
            assert!(message.contains("--size"), "{message}");
        }
    }
}
