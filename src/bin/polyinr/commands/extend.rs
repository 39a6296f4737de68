//! `polyinr extend`: a larger canvas, for photographs and for fields.

use std::path::{Path, PathBuf};
use std::time::Instant;

use polyinr::ops::{
    ExtendMethod, ExtendOptions, Extended, Margins, Size, extend, extend_memory, extended_view,
    extended_window,
};
use polyinr::picture::{Format, Info, Limits, NoteKind, PictureReader, Spec};
use polyinr::{
    CancelToken, Control, Depth, Error, Existing, Extent, Field, Notes, Raster, RowSink as _,
    RowSource as _, Samples, file,
};
use serde_json::{Value, json};

use crate::canvas::CanvasArgs;
use crate::clipping::Clipping;
use crate::common::{OutputArgs, RunArgs};
use crate::failure::{Failure, Outcome};
use crate::outputs::{Target, in_folder};
use crate::parse::{self, Pixels};
use crate::passing::{self, Passing, STDIN};
use crate::progress::PictureProgress;
use crate::report::{MEANWHILE, Reporter, is_passed_over, merged, rounded};
use crate::save::create;
use crate::signals::interruptible;
use crate::single::{Made, Wish, is_to_do};
use crate::source::{Source, SourceArgs, is_field_file};
use crate::stdout::STDOUT;
use crate::table::extend_canvas::LEFT_DEFAULT;
use crate::view::ViewArgs;

const AFTER_HELP: &str = "\
Examples:
  polyinr extend photo.jpg -o wide.png --margin 25%
  polyinr extend photo.png -o taller.png --margin 10%,0,40px      # top, left and right, bottom
  polyinr extend scan.tiff -o scan-wide.tiff --margin 100 --method smooth
  polyinr extend 7:roses --size 256 -o rose.png --margin 25%
  polyinr extend rose.field -o rose.png --margin 0,50%

Margins are pixels or per cent of the height (top, bottom) or width (left, right), one to four of
them with commas between, in the order of CSS: all; top and bottom, left and right; top, left and
right, bottom; top, right, bottom, left.

A field is a function of position: its margins are that function farther out, whatever it gives
there. A photograph keeps its pixels as they are (written to JPEG they change as they do in any
JPEG), its depth, alpha, colour profile, EXIF, XMP and texts. Its margins are made by one of

  field       a generator's field of the photograph, and the smooth continuation of what is left
  smooth      the smooth continuation of the photograph, with mirrored detail that fades
  reflection  the photograph mirrored

on each side the one that does best (PSNR) on a ring of known pixels as wide as the margins, made
from what is inside it. A photograph is held in memory as a whole, several times.

JSON lines (--json) are those of `polyinr upscale`; for a photograph with
  \"sides\":[{\"side\":…,\"margin\":…,\"method\":…,\"scores\":{\"field\":…,\"smooth\":…,\"reflection\":…}}]
in dB; no scores where none were needed or the photograph is too small for a ring.";

/// Add margins to a photograph or a field
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Picture, `-` for standard input, a generator's field file, or seed and class as 7:roses
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    /// What is added: pixels or per cent, one to four as top,right,bottom,left
    #[arg(short, long, value_name = "MARGINS", default_value = LEFT_DEFAULT, value_parser = margins)]
    margin: Margins,
    /// How a photograph's margins are made: auto, field, smooth or reflection [default: auto]
    #[arg(long, value_name = "METHOD", value_parser = method)]
    method: Option<Method>,
    /// Size of a field's picture without margins: N for a square, or WxH; of Wx and xH the other side
    /// follows [default: its own]
    #[arg(long, value_name = "N|WxH", value_parser = parse::square_or_size)]
    size: Option<Size>,
    /// Leave out EXIF, XMP, texts and resolution; the colour profile stays
    #[arg(long)]
    strip: bool,
    #[command(flatten)]
    sources: SourceArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    run: RunArgs,
}

/// A method, or `None` to choose.
#[derive(Clone, Copy, Debug)]
struct Method(Option<ExtendMethod>);

fn margins(text: &str) -> Result<Margins, String> {
    text.parse().map_err(|e: Error| e.to_string())
}

fn method(text: &str) -> Result<Method, String> {
    match text {
        "auto" => Ok(Method(None)),
        text => text
            .parse()
            .map(|m| Method(Some(m)))
            .map_err(|_| format!("{text:?} is no method; give auto, field, smooth or reflection")),
    }
}

/// Runs `polyinr extend`.
pub fn run(args: &Args) -> Outcome {
    let cancel = interruptible();
    match args.source() {
        Some(source) => args.field(&source, &cancel),
        None => args.photograph(&cancel),
    }
}

impl Args {
    /// The field that is named, if the input is none of the pictures.
    fn source(&self) -> Option<Source> {
        let source = self.input.to_str()?.parse().ok()?;
        let seed = matches!(source, Source::Seed(..)) && !self.input.exists();
        (seed || is_field_file(&self.input)).then_some(source)
    }

    fn field(&self, source: &Source, cancel: &CancelToken) -> Outcome {
        if self.method.is_some() {
            let problem = "a field goes on by itself, photographs have a choice; leave it out";
            return Err(Failure::usage(format!("method: {problem}")));
        }
        let (_, field) = self.sources.open_one(source)?;
        let inner = Pixels::of(self.size, field.size())?;
        let (window, [width, height]) = match field.frame() {
            Some(_) => extended_window(inner.width, inner.height, &self.margin)?,
            None => {
                let grid = field.network().grid();
                let view = extended_view(inner.width, inner.height, &self.margin, grid)?;
                (view.window(), [view.width(), view.height()])
            }
        };
        let canvas = CanvasArgs {
            size: Some(Size::Exact(width, height)),
            strip: self.strip,
            view: ViewArgs::looking_at(window),
        };
        let command = format!("render {source}{}", self.sources.recorded());
        let made = Made { field: Field::Generated(field), command, stem: source.stem() };
        let inputs: Vec<_> = source.file().into_iter().collect();
        let wish = Wish { canvas: &canvas, output: &self.output, run: &self.run };
        wish.picture(made, &inputs, cancel)
    }

    fn photograph(&self, cancel: &CancelToken) -> Outcome {
        if self.size.is_some() {
            let problem = "a photograph has its own; `polyinr upscale` changes it; leave it out";
            return Err(Failure::usage(format!("size: {problem}")));
        }
        let generator = self.sources.generator_of_picture()?;
        let passing = self.output.passing(self.run.json)?;
        let (reader, name) = self.open()?;
        let job = self.job(name, reader.info(), passing.as_ref())?;
        let reporter = self.run.reporter();
        let inputs = [self.input.as_path()];
        if is_to_do(&self.output, &job.path, &job.shown, &inputs, &reporter)? {
            let options = ExtendOptions {
                margins: self.margin,
                method: self.method.and_then(|m| m.0),
                nodata: reader.nodata(),
            };
            let start = Instant::now();
            let engine = self.run.engine()?;
            let (info, notes) = (reader.info(), reader.notes().clone());
            let (channels, depth) = (info.channels, info.depth);
            let picture = Extent { width: info.width, height: info.height, channels, depth };
            let memory =
                extend_memory(picture, &self.margin)?.max(reader.memory()) + job.spec.memory();
            let size = (job.spec.width, job.spec.height);
            let allowed = self.run.limits.check(&job.name, size, memory);
            job.spec.losses().into_iter().for_each(|note| notes.add(note.kind, note.text));
            let made = allowed.and_then(|()| reader.into_raster()).and_then(|picture| {
                let made = self.follow(&reporter, &job, cancel, |control| {
                    extend(&*engine, &generator, &picture, &options, control)
                })?;
                let text = job.save(&made.raster, self.output.existing())?;
                text.into_iter().for_each(|text| notes.add(NoteKind::Clipped, text));
                Ok(made)
            });
            job.tell(made, self.output.existing(), start, &reporter, &notes);
        }
        reporter.end(cancel)?;
        Ok(passing.map_or(Ok(()), |p| p.to_stdout())?)
    }

    /// The open file, and what messages call it.
    fn open(&self) -> Outcome<(PictureReader, String)> {
        let limits = Limits { strip: self.strip, ..self.run.limits.limits() };
        let (path, name) = match self.input.as_os_str() == "-" {
            true => (passing::stdin()?, STDIN.to_owned()),
            false => (passing::regular(&self.input)?, self.input.display().to_string()),
        };
        Ok((PictureReader::new(file::open(&path)?, &name, &limits)?, name))
    }

    fn job(&self, name: String, info: &Info, passing: Option<&Passing>) -> Outcome<Job> {
        let asked = self.output.format.map(Format::from);
        let (path, format, shown) = match (self.output.target(false)?, passing) {
            (Target::File(path), _) => {
                let shown = path.display().to_string();
                (path.clone(), self.output.format_of(&path)?, shown)
            }
            (Target::Folder(folder), _) => {
                let format = asked.unwrap_or(info.format);
                let stem = match name == STDIN {
                    true => Path::new("standard-input"),
                    false => self.input.file_name().map_or(Path::new("picture"), Path::new),
                };
                let path = in_folder(&folder, stem, format);
                (path.clone(), format, path.display().to_string())
            }
            (Target::Stdout, passing) => {
                let path = passing.map(Passing::output).unwrap_or_default();
                (path, asked.unwrap_or(info.format), STDOUT.to_owned())
            }
        };
        self.output.check_formats(&[format])?;
        let [top, right, bottom, left] = self.margin.resolve(info.width, info.height)?;
        let (width, height) = (left + info.width + right, top + info.height + bottom);
        let depth = self.output.depth(format, info.depth);
        let mut spec = Spec::new(format, width, height, info.channels, depth);
        spec.metadata = info.metadata.clone();
        spec.metadata.extended((left, top), (width, height));
        spec.metadata.converted(info.depth, depth);
        match self.strip {
            true => spec.metadata.strip(),
            false => spec.metadata.parameters = Some(self.parameters([top, right, bottom, left])),
        }
        if let Some(quality) = self.output.quality {
            spec.quality = quality;
        }
        spec.check("out").map_err(|e| Failure::usage(e.to_string()))?;
        Ok(Job { name, path, shown, spec })
    }

    /// What the result says of how it was made.
    fn parameters(&self, [top, right, bottom, left]: [u32; 4]) -> String {
        let method = self.method.and_then(|m| m.0).map_or("auto", ExtendMethod::name);
        format!(
            "polyinr {} extend --margin {top},{right},{bottom},{left} --method {method}",
            env!("CARGO_PKG_VERSION")
        )
    }

    /// Shows on a bar how far `work` is.
    fn follow<T>(
        &self,
        reporter: &Reporter,
        job: &Job,
        cancel: &CancelToken,
        work: impl FnOnce(&Control<'_>) -> polyinr::Result<T>,
    ) -> polyinr::Result<T> {
        let pixels = u64::from(job.spec.width) * u64::from(job.spec.height);
        let bar = reporter.start(1, pixels).map(|p| p.picture("", pixels));
        let control = PictureProgress::follow(bar.as_ref(), cancel);
        work(&control)
    }
}

/// A photograph to extend.
struct Job {
    /// What messages call the input.
    name: String,
    path: PathBuf,
    /// What messages call the output.
    shown: String,
    spec: Spec,
}

impl Job {
    /// Writes the file; says what it could not hold of the values.
    fn save(&self, raster: &Raster, existing: Existing) -> polyinr::Result<Option<String>> {
        let mut writer = create(&self.path, self.spec.clone(), existing)?;
        writer.raster(raster)?;
        writer.finish()?;
        let Samples::F32(values) = raster.samples() else { return Ok(None) };
        let Some(clipping) = Clipping::between(Depth::F32, self.spec.depth) else {
            return Ok(None);
        };
        clipping.watch(&mut |_: u32, _: &[f32]| Ok(())).rows(0, values)?;
        Ok(clipping.text())
    }

    /// Tells what came of it.
    fn tell(
        &self,
        made: polyinr::Result<Extended>,
        existing: Existing,
        start: Instant,
        reporter: &Reporter,
        notes: &Notes,
    ) {
        let Self { name, shown, spec, .. } = self;
        match made {
            Ok(made) => {
                let about = json!({
                    "input": name, "output": shown, "width": spec.width, "height": spec.height,
                    "sides": sides(&made),
                    "seconds": rounded(start.elapsed().as_secs_f64()),
                });
                let methods: Vec<String> =
                    made.sides.iter().map(|s| format!("{} {}", s.side.name(), s.method)).collect();
                let size = format!("{}x{}", spec.width, spec.height);
                let about = merged(about, reporter.notes(name, &notes.list()));
                reporter.finished(&format!("{shown}: {size} ({})", methods.join(", ")), about);
            }
            Err(Error::Cancelled) => (),
            Err(error) if is_passed_over(existing, &error) => {
                reporter.skipped(shown, MEANWHILE, json!({"input": name, "output": shown}));
            }
            Err(error) => {
                let message = error.to_string();
                let named = message.contains(name.as_str()) || message.contains(shown.as_str());
                let whole = if named { message } else { format!("{name}: {message}") };
                reporter.failed(&whole, json!({"input": name}));
            }
        }
    }
}

/// What became of every side, for programs.
fn sides(made: &Extended) -> Value {
    let side = |side: &polyinr::ops::ExtendedSide| {
        let scores = side.scores.iter().map(|(m, psnr)| json!({m.name(): rounded(*psnr)}));
        let about =
            json!({"side": side.side.name(), "margin": side.margin, "method": side.method.name()});
        match side.scores.is_empty() {
            true => about,
            false => merged(about, json!({"scores": scores.fold(json!({}), merged)})),
        }
    };
    made.sides.iter().map(side).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_by_default_those_of_the_library() {
        assert_eq!(margins(LEFT_DEFAULT), Ok(Margins::default()));
    }
}
