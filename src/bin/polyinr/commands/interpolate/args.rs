//! The options of `polyinr interpolate`.

use std::path::Path;

use polyinr::Field;
use polyinr::ops::{InterpolationPath, Space};
use polyinr::picture::Format;

use crate::canvas::{Canvas, CanvasArgs};
use crate::common::{OutputArgs, RunArgs};
use crate::failure::{Failure, Outcome};
use crate::outputs::Target;
use crate::source::{Source, SourceArgs, is_field_file};

const AFTER_HELP: &str = "\
Examples:
  polyinr interpolate 1:daisy 7:roses --frames 48 --size 256 -o blooming.png
  polyinr interpolate 1:daisy 7:roses 3:tulips --loop --frames 90 --fps 30 --size 256 -o round.apng
  polyinr interpolate a.field b.field --space a --frames 100 --size 512 -o frames/
  polyinr interpolate 1:daisy 2:daisy --space z --frames 9 --format webp -o strip/

A source is a field file, as rose.field, or a seed with the name or number of a class, as 7:roses
(or the seed alone: its own class). `polyinr generate --save-field` makes field files.

An output that ends in .png or .apng, or `-`, is an animated PNG; any other is a folder of
frame0000.png .... The first and last frames are the first and last source exactly. In space z the
latents of seeds are interpolated (between two classes their latents w are, along the way), in space
w the latents of the levels, in space a the images' codes (Poly-INR's affine
parameters), which inverted pictures have too, in space rgb the pictures' colors.

JSON lines (--json):
  {\"event\":\"picture\",\"status\":\"finished\",\"frame\":…,\"output\":…,\"width\":…,\"height\":…,\"seconds\":…}
  (an animation has `frames` instead of `frame`), and `failed`, `skipped` and the summary as in
  `polyinr upscale`";

/// Frames a second of an animation when none are given.
pub(super) const FPS: f64 = 24.0;

/// Go from image to image
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Generators' field files, or seeds and classes as 7:roses, in the order in which they are met
    #[arg(value_name = "SOURCE", num_args = 2.., required = true)]
    pub(super) from: Vec<Source>,
    /// Number of pictures on the whole way, both ends included
    #[arg(short = 'n', long, value_name = "N", default_value_t = 48)]
    #[arg(value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(super) frames: u32,
    /// What is interpolated: z, w, a or rgb [default: w where all sources have it, else a]
    #[arg(long, value_name = "SPACE")]
    pub(super) space: Option<Space>,
    /// Go back to the first source at the end; an animation is shown again and again
    #[arg(long = "loop")]
    pub(super) closed: bool,
    /// Frames a second of an animation [default: 24]
    #[arg(long, value_name = "F", value_parser = fps)]
    pub(super) fps: Option<f64>,
    #[command(flatten)]
    pub(super) sources: SourceArgs,
    #[command(flatten)]
    pub(super) canvas: CanvasArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

fn fps(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|fps| (0.01..=1000.0).contains(fps))
        .ok_or_else(|| format!("{text:?} is no number of frames a second; give 0.01 to 1000"))
}

impl Args {
    /// Where it goes: an animation into a file or standard output, pictures into a folder.
    pub(super) fn target(&self) -> Outcome<Target> {
        let out = &self.output.out;
        let animated = out
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("png") || e.eq_ignore_ascii_case("apng"));
        let target = match self.output.target(false)? {
            Target::File(path) if !animated => {
                let other =
                    out.extension().and_then(|e| e.to_str()).and_then(Format::from_extension);
                if let Some(format) = other {
                    let problem = format!("{format} is not animated; end the name in .png or in /");
                    return Err(Failure::usage(format!("out: {}: {problem}", out.display())));
                }
                if is_field_file(&path) {
                    let problem = "many frames are not one field; `polyinr mix` makes field files";
                    return Err(Failure::usage(format!("out: {}: {problem}", out.display())));
                }
                self.output.target(true)?
            }
            target => target,
        };
        match (&target, self.fps) {
            (Target::Folder(_), Some(_)) => {
                Err(Failure::usage("fps: single pictures have none; leave it out"))
            }
            _ => Ok(target),
        }
    }

    /// The way over the sources, and what is shown of it.
    pub(super) fn path(&self) -> Outcome<(InterpolationPath, Canvas<'_>)> {
        let (generator, fields) = self.sources.open(&self.from.iter().collect::<Vec<_>>())?;
        let space = self.space.unwrap_or_else(|| Space::common(&fields));
        let Some(first) = fields.first().cloned().map(Field::Generated) else {
            return Err(Failure::usage("sources: none is given"));
        };
        let names: Vec<String> = self.from.iter().map(Source::to_string).collect();
        let command = format!(
            "interpolate {} --frames {} --space {space}{}{}",
            names.join(" "),
            self.frames,
            if self.closed { " --loop" } else { "" },
            self.sources.recorded(),
        );
        let canvas = Canvas::new(&self.canvas, &self.output, &first, &command)?;
        Ok((InterpolationPath::new(generator, fields, space, self.closed)?, canvas))
    }

    /// The sources that are files.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &Path> {
        self.from.iter().filter_map(Source::file)
    }
}
