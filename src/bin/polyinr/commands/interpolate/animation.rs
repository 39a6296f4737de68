//! All frames in an animated PNG.

use std::path::Path;
use std::time::Instant;

use polyinr::picture::{Animation, AnimationWriter, Format};
use polyinr::{Control, Error, Result};
use serde_json::json;

use super::args::FPS;
use super::studio::Studio;
use crate::common::FormatArg;
use crate::failure::{Failure, Outcome};
use crate::outputs::{Claims, make_parent, refuse_existing};
use crate::progress::PictureProgress;
use crate::report::{merged, rounded};
use crate::stdout::STDOUT;

/// Makes the animation at `path`, or at `passed` for standard output.
pub fn make(studio: &Studio<'_>, path: &Path, passed: Option<&Path>) -> Outcome {
    let (args, view) = (studio.args, &studio.canvas.view);
    let output = &args.output;
    if output.format.is_some_and(|f| f != FormatArg::Png) {
        return Err(Failure::usage("format: an animation is PNG; leave it out, or give a folder"));
    }
    output.check_formats(&[Format::Png])?;
    studio.canvas.check(Format::Png)?;
    let name = passed.map_or_else(|| path.display().to_string(), |_| STDOUT.to_owned());
    let path = passed.unwrap_or(path);
    Claims::protecting(args.inputs()).claim(path, &name)?;
    let about = json!({"frames": args.frames, "output": name});
    if output.existing().keeps(path) {
        if !output.skip_existing {
            return refuse_existing(&[path.to_owned()]);
        }
        studio.reporter.skipped(&name, "it is already there", about);
        return Ok(());
    }
    let start = Instant::now();
    let pixels = view.pixels() * u64::from(args.frames);
    let bar = studio.reporter.start(1, pixels).map(|p| p.picture(&name, pixels));
    let made = write(studio, path, bar.as_ref());
    drop(bar);
    match made {
        Ok(()) => {
            let (width, height) = (view.width(), view.height());
            let seconds = rounded(start.elapsed().as_secs_f64());
            let more = json!({"width": width, "height": height, "seconds": seconds});
            let line = format!("{name}: {width}x{height}, {} frames", args.frames);
            studio.reporter.finished(&line, merged(about, more));
        }
        Err(Error::Cancelled) => (),
        Err(error) => studio.reporter.unwritten(output.existing(), &name, &error, about),
    }
    Ok(())
}

/// Writes one frame after another; the file takes its name at the end.
fn write(studio: &Studio<'_>, path: &Path, bar: Option<&PictureProgress>) -> Result<()> {
    let (args, view) = (studio.args, &studio.canvas.view);
    studio.check(Format::Png)?;
    let fps = args.fps.unwrap_or(FPS);
    let animation = Animation { frames: args.frames, fps, endless: args.closed };
    make_parent(path)?;
    let spec = studio.canvas.spec(Format::Png);
    let mut writer = AnimationWriter::create(path, spec, animation, args.output.existing())?;
    for frame in 0..args.frames {
        let picture = studio.path.frame(frame, args.frames)?;
        let mut control = Control::with_cancel(studio.cancel.clone());
        if let Some(bar) = bar {
            control = control.on_progress(move |done, total| {
                bar.report(u64::from(frame) * total + done, u64::from(args.frames) * total);
                true
            });
        }
        let mut sink = |first_row: u32, pixels: &[f32]| writer.rows(first_row, pixels);
        picture.render(&*studio.engine, view, &control, &mut sink)?;
    }
    writer.finish()
}
