//! One plane of a picture through an engine, brought back to what the picture holds.

use std::sync::Arc;

use super::flat::{Feed, FlatAreas};
use super::refine::{RefineTarget, Refined};
use super::restored::Restored;
use crate::control::Control;
use crate::engine::{Engine, Image, PictureImage, RowSink};
use crate::error::Result;
use crate::field::{PictureField, Plane, Refine};
use crate::model::Upscaler;
use crate::raster::{RowSource, Survey};
use crate::view::View;

/// The rendering of a picture's field.
#[derive(Clone, Copy)]
pub(super) struct RenderJob<'a> {
    pub engine: &'a dyn Engine,
    pub field: &'a PictureField,
    pub view: &'a View,
    pub control: &'a Control<'a>,
}

impl RenderJob<'_> {
    /// What brings a network's rows of `plane` back to what the picture holds.
    pub fn restored<'s>(
        self,
        survey: &Survey,
        plane: Plane,
        sink: &'s mut dyn RowSink,
    ) -> Restored<'s> {
        Restored::new(survey, plane, self.view, self.field.extent().size().into(), sink)
    }
}

/// One plane of a picture on its way through an engine, and the picture again where the result is refined
/// towards it.
pub(super) struct PlaneImage {
    image: Image,
    plane: Plane,
    refine: Option<(Refine, RefineTarget)>,
    /// What is read of the picture, where it can be kept flat where it is.
    feed: Option<Feed>,
}

impl PlaneImage {
    /// That of `source`, the picture in its network's range, through `upscaler`.
    pub fn new(
        RenderJob { field, view, .. }: RenderJob<'_>,
        upscaler: &Arc<Upscaler>,
        source: Box<dyn RowSource>,
        plane: Plane,
    ) -> Self {
        let (feed, source) = match FlatAreas::suits(view) {
            true => {
                let (feed, source) = Feed::tap(source);
                (Some(feed), source)
            }
            false => (None, source),
        };
        let (refine, source) = match field.refined_in(view) {
            None => (None, source),
            Some(refine) => {
                let (target, source) = RefineTarget::tap(source, plane);
                (Some((refine, target)), source)
            }
        };
        let image = Image::Picture(PictureImage::new(upscaler.clone(), source, plane));
        Self { image, plane, refine, feed }
    }

    /// Renders it, brought back to what the picture of `survey` holds.
    pub fn render(self, job: RenderJob<'_>, survey: &Survey, sink: &mut dyn RowSink) -> Result<()> {
        let Self { image, plane, refine, feed } = self;
        let RenderJob { engine, view, control, .. } = job;
        let mut restored = job.restored(survey, plane, sink);
        let mut flat;
        let sink: &mut dyn RowSink = match feed {
            Some(feed) => {
                flat = FlatAreas::new(feed, plane, view, &mut restored);
                &mut flat
            }
            None => &mut restored,
        };
        match refine {
            None => engine.render(&image, view, control, sink),
            Some((refine, target)) => {
                let mut refined = Refined::new(refine, target, engine, view, sink)?;
                engine.render(&image, view, control, &mut refined)
            }
        }
    }
}
