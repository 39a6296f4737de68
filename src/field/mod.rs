//! A continuous image: weights shared by a model, and what is particular to one image.
//!
//! A [`Field`] is made from a generator's latent or code ([`GeneratedField`]) or from a picture
//! ([`PictureField`]); an engine looks at it through a [`crate::View`]. It can be kept in a
//! [`FieldFile`].

mod file;
mod generated;
mod picture;
mod refine;
mod window;

#[cfg(feature = "capi")]
pub(crate) use file::ORIGIN_KEPT;
pub use file::{FIELD_FORMAT_VERSION, FieldFile, GeneratedFile, PictureFile};
pub use generated::GeneratedField;
pub use picture::{PictureField, Plane};
pub use refine::Refine;

use crate::error::{Error, Result};
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

/// A continuous image.
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
            Self::Generated(field) => field.frame().map_or(window, |f| window.between_centres(f)),
            Self::Picture(_) => window,
        };
        View::new(window, width, height, self.grid())
    }

    /// What a window's ends mean for this field.
    pub fn grid(&self) -> Grid {
        match self {
            Self::Generated(field) if field.frame().is_none() => field.network().grid(),
            _ => Grid::Edges,
        }
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
