//! A picture's field through a view: its colors and its alpha, each an engine's image.

use std::sync::Arc;

use super::alpha::{AlphaImage, beside, interleave};
use super::copied::Copied;
use super::mean::Mean;
use super::memory::picture_field_memory;
use super::plane::{PlaneImage, RenderJob};
use super::surveyed::SurveyedRows;
use crate::engine::RowSink;
use crate::error::Result;
use crate::field::Plane;
use crate::memory;
use crate::model::Upscaler;
use crate::network::Turn;

/// Hands rows with the picture's channels to `sink`.
pub(super) fn render(job: RenderJob<'_>, sink: &mut dyn RowSink) -> Result<()> {
    let (field, view) = (job.field, job.view);
    memory::check(picture_field_memory(job.engine, field, view), "size")?;
    let upscaler = field.upscaler();
    if !field.tta() {
        return through(job, upscaler, sink);
    }
    let row = view.width() as usize * field.extent().channels.count();
    let mut mean = Mean::new(row, view.height() as usize)?;
    for (number, turn) in (0..).zip(Turn::ALL) {
        let control = job.control.part(number, Turn::ALL.len() as u64);
        let job = RenderJob { control: &control, ..job };
        through(job, &Arc::new(upscaler.turned(turn)), &mut mean.next())?;
    }
    mean.hand_to(sink, job.control)
}

/// The same through `upscaler`.
fn through(job: RenderJob<'_>, upscaler: &Arc<Upscaler>, sink: &mut dyn RowSink) -> Result<()> {
    let extent = job.field.extent();
    let rows = SurveyedRows::of(job.field, job.view)?;
    let survey = rows.survey;
    let cleaner = &upscaler.with_strength(job.field.strength())?;
    let colour = PlaneImage::new(job, cleaner, rows.colour()?, Plane::Colour);
    if survey.opaque || !extent.channels.has_alpha() {
        let mut buffer = Vec::new();
        return colour.render(job, survey, &mut |first_row: u32, rgb: &[f32]| {
            interleave(rgb, std::iter::repeat(1.0), extent.channels, &mut buffer);
            sink.rows(first_row, &buffer)
        });
    }
    let alpha = match Copied::corner(job.view, extent.size().into()) {
        Some(corner) => AlphaImage::Copied(Copied::new(rows.ready()?, corner)),
        // Alpha has no noise.
        None => {
            let image = PlaneImage::new(job, upscaler, rows.ready()?, Plane::Alpha);
            AlphaImage::Rendered(Box::new(image))
        }
    };
    beside(job, survey, colour, alpha, sink)
}
