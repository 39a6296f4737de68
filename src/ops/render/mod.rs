//! Fields through views: the only way pixels come out.

mod alpha;
mod copied;
mod flat;
mod mean;
mod memory;
mod picture;
mod plane;
mod refine;
mod restored;
mod strips;
mod surveyed;

pub(super) use memory::BASE;
pub use memory::{field_memory, generated_memory, picture_memory, shared_memory};
pub(super) use surveyed::SurveyedRows;

use plane::RenderJob;

use crate::control::Control;
use crate::engine::{Engine, Image, RowSink};
use crate::error::Result;
use crate::field::Field;
use crate::memory::with_capacity;
use crate::view::View;

/// Looks at `field` through `view`: `sink` takes rows with the field's [channels](Field::channels) as they
/// are ready, nominal range `[0, 1]`, not clamped. Progress counts output pixels.
///
/// A picture's field is refined, where it is to be, in views that [can be](crate::field::Refine::check_view);
/// sides of the picture that become shorter are reduced with an antialiased bicubic filter. Visible color is
/// spread into fully transparent pixels before, so that color nobody saw is not drawn into the visible edge.
///
/// # Errors
/// As [`Engine::render`]; [`Error::Limits`](crate::Error::Limits) when there is not as much memory as it
/// takes; those of a picture that is opened, and of its rows.
pub fn render(
    engine: &dyn Engine,
    field: &Field,
    view: &View,
    control: &Control<'_>,
    sink: &mut dyn RowSink,
) -> Result<()> {
    match field {
        Field::Generated(field) => {
            engine.render(&Image::Generated(field.clone()), view, control, sink)
        }
        Field::Picture(field) => picture::render(RenderJob { engine, field, view, control }, sink),
    }
}

/// The same into memory: `[height, width, channels]`.
///
/// # Errors
/// As [`render`].
pub fn render_to_vec(
    engine: &dyn Engine,
    field: &Field,
    view: &View,
    control: &Control<'_>,
) -> Result<Vec<f32>> {
    let mut out = with_capacity(view.pixels() as usize * field.channels().count(), "size")?;
    render(engine, field, view, control, &mut |_: u32, pixels: &[f32]| {
        out.extend_from_slice(pixels);
        Ok(())
    })?;
    Ok(out)
}
