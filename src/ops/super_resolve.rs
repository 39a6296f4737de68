//! How a picture becomes larger.

use std::sync::Arc;

use super::render::render;
use super::size::Size;
use super::strength::strength;
use crate::control::Control;
use crate::engine::{Engine, RowSink};
use crate::error::{Error, Result};
use crate::field::{Field, PictureField, Refine};
use crate::model::{Strength, Treatment, Upscaler};
use crate::raster::{Raster, Samples};
use crate::view::{Grid, View, Window};

/// How a picture becomes larger. The default cleans as much as the picture seems to need, with an
/// upscaler that can be told, and adds nothing to what the network gives.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SuperResolveOptions {
    /// Corrects the result until its reduction is the picture.
    pub refine: Option<Refine>,
    /// How much is cleaned, and how much detail is drawn.
    pub treatment: Treatment,
    /// Whether results are the mean of what the network makes of the picture turned and mirrored in all
    /// eight ways: a little nearer to the truth, in eight times the time.
    pub tta: bool,
}

impl SuperResolveOptions {
    /// What the upscaler is asked for: nothing is cleaned where results are refined, since that brings
    /// back what was taken.
    ///
    /// # Errors
    /// [`Error::Parameter`] when results are to be refined and an amount of cleaning over 0 is asked for.
    pub fn asked(&self) -> Result<Treatment> {
        if self.refine.is_none() {
            return Ok(self.treatment);
        }
        match self.treatment.strength(Strength::default()).asked() {
            None => Ok(Treatment { detail: self.treatment.detail, ..Treatment::NONE }),
            Some(name) => {
                let problem =
                    format!("it brings back what {name} takes away; leave out one of the two");
                Err(Error::parameter("refine", problem))
            }
        }
    }

    /// `field` as these options say: how much is cleaned is decided for the size in which `view` shows it.
    ///
    /// # Errors
    /// As [`asked`](Self::asked) and [`strength`].
    pub fn apply(
        &self,
        field: PictureField,
        view: &View,
        control: &Control<'_>,
    ) -> Result<PictureField> {
        let strength = strength(&field, view, self.asked()?, control)?;
        Ok(field.with_strength(strength)?.with_refine(self.refine).with_tta(self.tta))
    }
}

/// Renders the whole picture of `field` at `size`, as `options` say; `sink` takes rows with the picture's
/// channels.
///
/// # Errors
/// [`Error::Parameter`] when the size is out of range, or a result that is smaller than its picture is to
/// be refined; otherwise as [`SuperResolveOptions::apply`] and [`render`].
pub fn super_resolve(
    engine: &dyn Engine,
    field: &PictureField,
    size: Size,
    options: &SuperResolveOptions,
    control: &Control<'_>,
    sink: &mut dyn RowSink,
) -> Result<()> {
    let from = field.extent().size();
    let (width, height) = size.resolve(from.0, from.1)?;
    if let Some(refine) = options.refine {
        refine.check(from, (width, height))?;
    }
    let view = View::new(Window::UNIT, width, height, Grid::Edges)?;
    let field = Field::Picture(options.apply(field.clone(), &view, control)?);
    render(engine, &field, &view, control, sink)
}

/// [`super_resolve`] of a raster into memory, at the raster's own depth.
///
/// # Errors
/// As [`super_resolve`].
pub fn super_resolve_raster(
    engine: &dyn Engine,
    upscaler: &Arc<Upscaler>,
    source: &Arc<Raster>,
    size: Size,
    options: &SuperResolveOptions,
    control: &Control<'_>,
) -> Result<Raster> {
    let (width, height) = size.resolve(source.width(), source.height())?;
    let channels = source.channels();
    let row = width as usize * channels.count();
    let mut samples = Samples::try_zeroed(source.samples().depth(), row * height as usize, "size")?;
    let field = PictureField::new(upscaler, source.clone());
    let size = Size::Exact(width, height);
    let mut store = |first: u32, pixels: &[f32]| {
        let start = first as usize * row;
        pixels.iter().enumerate().for_each(|(i, v)| samples.set(start + i, *v));
        Ok(())
    };
    super_resolve(engine, &field, size, options, control, &mut store)?;
    Raster::new(width, height, channels, samples)
}
