//! `--grid`: all images on one contact sheet.

use std::path::PathBuf;
use std::time::Instant;

use polyinr::ops::render_to_vec;
use polyinr::{Control, Error, Field, Result, RowSink};
use serde_json::json;

use super::images::{Image, Studio};
use crate::failure::{Failure, Outcome};
use crate::outputs::{Frame, refuse_existing};
use crate::progress::PictureProgress;
use crate::save::{create, save};

/// Where images go on a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    columns: usize,
    rows: usize,
}

impl Layout {
    /// A row a class; the images of a single class, or each of its seed's, in a sheet that is nearly square.
    fn of(images: &[Image]) -> Self {
        let first = images[0].options.class;
        let mut columns = images.iter().take_while(|i| i.options.class == first).count();
        if columns == images.len() {
            columns = (images.len() as f64).sqrt().ceil() as usize;
        }
        Self { columns, rows: images.len().div_ceil(columns) }
    }
}

/// Makes the sheet.
pub fn make(studio: &Studio<'_>, images: &[Image], passed: Option<PathBuf>) -> Outcome {
    let start = Instant::now();
    let layout = Layout::of(images);
    let side = |n: usize, side: u32| u32::try_from(n as u64 * u64::from(side)).unwrap_or(u32::MAX);
    let width = side(layout.columns, studio.view.width());
    let height = side(layout.rows, studio.view.height());
    let target = studio.args.output.target(false)?;
    let (output, format) = studio.output(&target, &passed, "grid")?;
    polyinr::raster::check_size(width, height)?;
    format.check_size("size", width, height).map_err(|e| Failure::usage(e.to_string()))?;
    let name = studio.args.output.shown(&output);
    let seeds: Vec<u32> = images.iter().take(layout.columns).map(|i| i.options.seed).collect();
    let classes: Vec<Option<&str>> = images.iter().map(|i| i.class.as_deref()).collect();
    let about = json!({
        "output": name, "columns": layout.columns, "seeds": seeds, "classes": classes,
    });
    if studio.args.output.existing().keeps(&output) {
        if !studio.args.output.skip_existing {
            return refuse_existing(&[output]);
        }
        studio.reporter.skipped(&name, "it is already there", about);
        return Ok(());
    }
    let progress = studio.reporter.start(1, u64::from(width) * u64::from(height));
    let bar = progress.map(|p| p.picture(&name, u64::from(width) * u64::from(height)));
    let sheet = Frame { width, height, ..studio.frame() };
    let spec = studio.spec(&sheet, format, &recipe(studio));
    let made = studio
        .check(&sheet, format)
        .and_then(|()| create(&output, spec, studio.args.output.existing()))
        .and_then(|writer| save(writer, |sink| draw(studio, images, layout, bar.as_ref(), sink)));
    drop(bar);
    match made {
        Ok(()) => studio.tell(&name, "", about, (width, height), start),
        Err(Error::Cancelled) => (),
        Err(error) => {
            studio.reporter.unwritten(studio.args.output.existing(), &name, &error, about);
        }
    }
    Ok(())
}

/// The part of the command that says which images are on the sheet.
fn recipe(studio: &Studio<'_>) -> String {
    let seeds: Vec<String> = studio.args.seed.0.iter().map(u32::to_string).collect();
    let class = studio.args.generator.named_classes();
    format!("--grid --seed {}{class}", seeds.join(","))
}

/// Hands the sheet's pixels to `sink`, one row of images after another.
fn draw(
    studio: &Studio<'_>,
    images: &[Image],
    layout: Layout,
    bar: Option<&PictureProgress>,
    sink: &mut dyn RowSink,
) -> Result<()> {
    let (columns, line) = (layout.columns, studio.view.width() as usize * 3);
    let mut done = 0;
    for (strip, row) in (0..).zip(images.chunks(columns)) {
        let mut pixels = Vec::with_capacity(row.len());
        for image in row {
            let field = Field::Generated(image.options.field(studio.generator)?);
            let control = Control::with_cancel(studio.cancel.clone());
            pixels.push(render_to_vec(studio.engine, &field, studio.view, &control)?);
            done += 1;
            if let Some(bar) = bar {
                bar.report(done, images.len() as u64);
            }
        }
        for y in 0..studio.view.height() {
            // Cells without an image are white.
            let mut out = vec![1.0; columns * line];
            for (cell, image) in out.chunks_exact_mut(line).zip(&pixels) {
                cell.copy_from_slice(&image[y as usize * line..][..line]);
            }
            sink.rows(strip * studio.view.height() + y, &out)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use polyinr::ops::GenerateOptions;

    #[test]
    fn a_row_a_class_or_nearly_square() {
        let image = |class: usize| Image {
            options: GenerateOptions { class: Some(class), ..Default::default() },
            class: Some(class.to_string()),
        };
        let layout = |classes: &[usize]| {
            let images: Vec<Image> = classes.iter().map(|c| image(*c)).collect();
            let Layout { columns, rows } = Layout::of(&images);
            (columns, rows)
        };
        assert_eq!(layout(&[0]), (1, 1));
        assert_eq!(layout(&[0; 5]), (3, 2));
        assert_eq!(layout(&[0, 0, 0, 1, 1, 1]), (3, 2));
    }
}
