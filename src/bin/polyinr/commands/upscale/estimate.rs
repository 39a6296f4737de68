//! `--dry-run`: what would be done, how long it takes and how much disk it needs.

use std::sync::Arc;
use std::time::Instant;

use polyinr::ops::{Size, super_resolve_raster};
use polyinr::picture::Format;
use polyinr::{Channels, Control, Raster, Samples};
use serde_json::json;

use super::job::Job;
use super::plan::Plan;
use super::work::Worker;
use crate::failure::Outcome;
use crate::report::merged;

/// Side of the result on which the speed is measured, in pixels.
const SAMPLE: f64 = 320.0;
/// Least side of that picture before.
const LEAST_SIDE: f64 = 8.0;

/// Tells every job and the whole.
pub fn tell(plan: &Plan, worker: &Worker<'_>) -> Outcome {
    let reporter = worker.reporter;
    for job in &plan.jobs {
        reporter.planned(&line(job), job.about());
    }
    let pixels: u64 = plan.jobs.iter().map(Job::pixels).sum();
    let bytes: u64 = plan.jobs.iter().map(disk).sum();
    if plan.jobs.is_empty() {
        let nothing = json!({"pictures": 0, "pixels": 0, "seconds": 0.0, "bytes": 0});
        reporter.event(merged(json!({"event": "estimate"}), nothing));
        reporter.say("nothing to do");
        return Ok(());
    }
    let rate = rate(&plan.jobs, worker)?;
    let seconds = pixels as f64 / rate;
    reporter.event(json!({
        "event": "estimate", "pictures": plan.jobs.len(), "pixels": pixels,
        "seconds": seconds, "bytes": bytes,
    }));
    reporter.say(&format!(
        "{} of {:.1} megapixels: about {} at the {:.2} megapixels a second measured here with {}, and \
         at most {:.1} MB of disk",
        counted(plan.jobs.len(), "picture"),
        pixels as f64 / 1e6,
        duration(seconds),
        rate / 1e6,
        counted(worker.engine.threads(), "thread"),
        bytes as f64 / 1e6,
    ));
    Ok(())
}

/// So many of what `noun` names.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn line(job: &Job) -> String {
    let ((w, h), (width, height)) = (job.from, job.to);
    format!("{} {w}x{h} -> {} {width}x{height}", job.name, job.shown)
}

/// Bytes a result takes at most: lossless formats as if they could not compress, JPEG a byte a
/// pixel; with a field file, that too.
fn disk(job: &Job) -> u64 {
    let pixels = if job.format == Format::Jpeg { job.pixels() } else { job.bytes() };
    pixels + 65536 * job.files().count() as u64 + job.field.as_ref().map_or(0, |_| job.held)
}

/// Output pixels a second, measured on a small picture at the batch's mean factor, or at the largest
/// at which it is small.
fn rate(jobs: &[Job], worker: &Worker<'_>) -> Outcome<f64> {
    let from: f64 = jobs.iter().map(|j| f64::from(j.from.0) * f64::from(j.from.1)).sum();
    let to: f64 = jobs.iter().map(|j| j.pixels() as f64).sum();
    let factor = (to / from).sqrt().clamp(0.01, SAMPLE / LEAST_SIDE);
    let side = (SAMPLE / factor.max(1.0)).ceil().max(LEAST_SIDE) as u32;
    let samples = (0..side * side * 3).map(|i| ((i * 7919) >> 4) as u8).collect();
    let sample = Arc::new(Raster::new(side, side, Channels::Rgb, Samples::U8(samples))?);
    let control = Control::with_cancel(worker.cancel.clone());
    let start = Instant::now();
    let (engine, upscaler) = (worker.engine, &worker.upscaler);
    let options = worker.batch.options;
    let size = Size::Factor(factor);
    let made = super_resolve_raster(engine, upscaler, &sample, size, &options, &control)?;
    let pixels = f64::from(made.width()) * f64::from(made.height());
    Ok(pixels / start.elapsed().as_secs_f64().max(1e-9))
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 100.0 => format!("{s:.1} s"),
        s if s < 6000.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
