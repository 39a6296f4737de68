//! `polyinr upscale`: pictures become larger and sharper.

mod compare;
mod estimate;
mod plan;
mod work;

use std::path::PathBuf;

use polyinr::Limits;
use polyinr::model::DEFAULT_UPSCALER;
use polyinr::ops::{Size, shared_memory};

use crate::common::{OutputArgs, RunArgs, SuperResolveArgs};
use crate::failure::{Failure, Outcome};
use crate::inputs::{self, Inputs, model};
use crate::lanes;
use crate::parse::{self, Pixels, Shard};
use crate::passing;
use crate::signals::interruptible;
use plan::Plan;

const AFTER_HELP: &str = "\
Examples:
  polyinr upscale photo.jpg -o photo-4x.png
  polyinr upscale photo.jpg -o wallpaper.png --size 3840x2160
  polyinr upscale holiday/ -o screen/ --fit 3840x2160              # upright and lying ones
  polyinr upscale photo.jpg -o column.png --size 1200x             # as high as it becomes
  polyinr upscale photo.jpg -o exact.png --refine                  # reduces to photo.jpg again
  polyinr upscale holiday/ -o large/ --recursive --scale 2 --format jpeg --quality 90
  polyinr upscale holiday/ -o large/ --recursive --skip-existing   # after an interruption
  polyinr upscale scans/ -o large/ --shard 2/8                     # on machine 2 of 8
  polyinr upscale scans/ -o large/ --dry-run                       # how long, how much
  polyinr upscale photo.jpg -o large.png --save-field              # and large.field, to render
  curl -s https://example.org/a.jpg | polyinr upscale - -o - --format png > a.png

Pipes that are given as a path, as /dev/stdin or what a shell makes of <(...), are read to their end
like standard input. Anything else that is no regular file is reported and passed over.

With --skip-existing of each picture only those of result, --save-field and --compare are written that
are missing, and none takes the place of a file that is there.

A result keeps its input's depth, alpha, colour profile, EXIF, XMP and texts as far as its format
holds them. In a folder, files whose names start with a dot are left out; a file that is no picture
is reported and passed over, and the exit status is then 1. A run that was killed outright may leave
.NAME.polyinr-*.tmp files in the output folder; they can be deleted.

Of a TIFF of several pages and of an animation the first picture is taken (of TIFF the first at full
resolution, no thumbnail or mask); a line says so, and JSON lines of that picture have \"pages\". With
--refine, JSON lines have its steps as \"refine\", with --save-field the field file as \"field\".

A field file keeps the picture's pixels and colour profile without compression, no other metadata.

JSON lines (--json):
  {\"event\":\"picture\",\"status\":\"finished\",\"input\":…,\"output\":…,\"width\":…,\"height\":…,\"seconds\":…}
  {\"event\":\"picture\",\"status\":\"failed\",\"input\":…,\"error\":…}
  {\"event\":\"picture\",\"status\":\"skipped\",\"input\":…,\"output\":…,\"reason\":…}
  {\"event\":\"picture\",\"status\":\"planned\",\"input\":…,\"output\":…,\"width\":…,\"height\":…}   (--dry-run)
  {\"event\":\"estimate\",\"pictures\":…,\"pixels\":…,\"seconds\":…,\"bytes\":…}             (--dry-run)
  {\"event\":\"summary\",\"finished\":…,\"failed\":…,\"skipped\":…,\"interrupted\":…,\"seconds\":…}";

/// Make pictures larger and sharper
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Files, folders, patterns as '*.jpg', or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// How many times larger both sides become; any number, 1.5 too. Below 1 the picture is reduced
    /// first, with an antialiased filter [default: 4]
    #[arg(short, long, value_name = "F", conflicts_with_all = ["size", "fit"])]
    scale: Option<f64>,
    /// Exact size of the results in pixels, as 1920x1080; of 1920x and x1080 the other side follows
    #[arg(long, value_name = "WxH", value_parser = parse::size, conflicts_with = "fit")]
    size: Option<Size>,
    /// Largest size at which the results keep their shape, as 1920x1080: one side is as long, the
    /// other not longer
    #[arg(long, value_name = "WxH")]
    fit: Option<Pixels>,
    /// Upscaler: photo for photographs that were JPEG files, large for the same (slower, on most pictures
    /// a little better), clean for pictures never compressed, a model file, or a name in POLYINR_MODELS
    #[arg(long, value_name = "NAME|PATH", default_value = DEFAULT_UPSCALER)]
    model: String,
    #[command(flatten)]
    how: SuperResolveArgs,
    /// Take folders with all that is in them; the output folder mirrors the tree
    #[arg(short, long)]
    recursive: bool,
    /// Do the I-th of N shares of the pictures, to spread a batch over machines
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Say what would be done, how long it takes and how much disk it needs; write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Write a field file NAME.field beside each result: the picture, the upscaler it needs, and
    /// --refine, for `polyinr render`
    #[arg(long)]
    save_field: bool,
    /// Beside each result NAME write NAME.compare.png: bicubic left, ours right; a file of that name
    /// is replaced only with --overwrite
    #[arg(long)]
    compare: bool,
    /// Leave out EXIF, XMP, texts and resolution; the colour profile stays
    #[arg(long)]
    strip: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    run: RunArgs,
}

impl Args {
    fn size(&self) -> Size {
        let fit = self.fit.map(|Pixels { width, height }| Size::Within(width, height));
        self.size.or(fit).unwrap_or(Size::Factor(self.scale.unwrap_or(4.0)))
    }

    /// Of the pictures that are read.
    fn limits(&self) -> Limits {
        Limits { strip: self.strip, ..self.run.limits.limits() }
    }

    fn reads_stdin(&self) -> bool {
        self.inputs[0].as_os_str() == "-"
    }

    /// The files that the inputs mean. Waits for all of standard input, where that is one.
    fn found(&self) -> Outcome<Inputs> {
        match self.reads_stdin() {
            true => Ok(Inputs::one(passing::stdin()?)),
            false => inputs::find(&self.inputs, self.recursive, &self.output.out),
        }
    }

    /// Checks what needs no look at any file.
    fn check(&self) -> Outcome {
        let size = self.size();
        size.resolve(1, 1)?;
        if self.how.refine.is_some() && matches!(size, Size::Factor(f) if f < 1.0) {
            let problem = "it corrects enlargements; leave it out for factors below 1";
            return Err(Failure::usage(format!("refine: {problem}")));
        }
        let stdout = self.output.out.as_os_str() == "-";
        if stdout && (self.compare || self.dry_run || self.save_field) {
            let problem = "--compare, --save-field and --dry-run need a file or folder";
            return Err(Failure::usage(format!("out: {problem}")));
        }
        if self.inputs.len() > 1 && self.inputs.iter().any(|i| i.as_os_str() == "-") {
            return Err(Failure::usage("INPUT: `-` is standard input; give it alone"));
        }
        Ok(())
    }
}

/// Runs `polyinr upscale`.
pub fn run(args: &Args) -> Outcome {
    args.check()?;
    let cancel = interruptible();
    let passing = args.output.passing(args.run.json)?;
    let inputs = args.found()?;
    let upscaler = model(&args.model)?.upscaler()?;
    let engine = args.run.engine()?;
    let reporter = args.run.reporter();
    let worker =
        work::Worker { args, engine: &*engine, upscaler, reporter: &reporter, cancel: &cancel };
    let plan = Plan::make(&worker, &inputs, passing)?;
    if args.dry_run {
        estimate::tell(&plan, &worker)?;
        return reporter.end(&cancel);
    }
    let progress = reporter.start(plan.jobs.len(), plan.jobs.iter().map(plan::Job::pixels).sum());
    let budget = args.run.limits.budget();
    let shared = shared_memory(&*engine);
    lanes::run(plan.jobs.len(), lanes::beside(&*engine), &cancel, |i| {
        let _share = budget.take(plan.jobs[i].memory.saturating_sub(shared));
        worker.run(&plan.jobs[i], progress.as_ref());
    });
    drop(progress);
    reporter.end(&cancel)?;
    Ok(plan.finish()?)
}
