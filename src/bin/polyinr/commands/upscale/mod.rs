//! `polyinr upscale`: pictures become larger and sharper.

mod batch;
mod compare;
mod estimate;
mod job;
mod opened;
mod options;
mod plan;
mod work;

use polyinr::model::DEFAULT_UPSCALER;
use polyinr::ops::Size;

use crate::common::SuperResolveArgs;
use crate::failure::{Failure, Outcome};
use crate::parse::{self, Pixels};
use crate::table::super_resolve;

pub use options::{Batch, BatchArgs, RESTORE};

const AFTER_HELP: &str = "\
Examples:
  polyinr upscale photo.jpg -o photo-4x.png
  polyinr upscale photo.jpg -o wallpaper.png --size 3840x2160
  polyinr upscale holiday/ -o screen/ --fit 3840x2160              # upright and lying ones
  polyinr upscale photo.jpg -o column.png --size 1200x             # as high as it becomes
  polyinr upscale night.jpg -o large.png --model restore           # noise and blur go
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
--refine, JSON lines have its steps as \"refine\", with --save-field the field file as \"field\", and with
models that can be told how much to clean, or to draw, what they were told as \"denoise\",
\"deblur\" and \"detail\".

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
    /// How many times larger both sides become; any number, 1.5 too. Below 1 the picture is reduced
    /// first, with an antialiased filter
    #[arg(short, long, value_name = "F", default_value = super_resolve::FACTOR_DEFAULT,
        conflicts_with_all = ["size", "fit"])]
    scale: f64,
    /// Exact size of the results in pixels, as 1920x1080; of 1920x and x1080 the other side follows
    #[arg(long, value_name = "WxH", value_parser = parse::size, conflicts_with = "fit")]
    size: Option<Size>,
    /// Largest size at which the results keep their shape, as 1920x1080: one side is as long, the
    /// other not longer
    #[arg(long, value_name = "WxH")]
    fit: Option<Pixels>,
    #[command(flatten)]
    how: SuperResolveArgs,
    #[command(flatten)]
    batch: BatchArgs,
}

impl Args {
    fn size(&self) -> Size {
        let fit = self.fit.map(|Pixels { width, height }| Size::Within(width, height));
        self.size.or(fit).unwrap_or(Size::Factor(self.scale))
    }
}

/// Runs `polyinr upscale`.
pub fn run(args: &Args) -> Outcome {
    let (size, options) = (args.size(), args.how.options());
    size.resolve(1, 1)?;
    if options.refine.is_some() && matches!(size, Size::Factor(f) if f < 1.0) {
        let problem = "it corrects enlargements; leave it out for factors below 1";
        return Err(Failure::usage(format!("refine: {problem}")));
    }
    let (command, default_model) = ("upscale", DEFAULT_UPSCALER);
    Batch { command, default_model, args: &args.batch, size, options }.run()
}
