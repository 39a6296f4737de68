//! How a field becomes pictures: what is shown at what size, and what the files are like.

use std::path::{Path, PathBuf};

use polyinr::picture::{Format, Metadata, Spec};
use polyinr::{Channels, Depth, GeneratedField, Grid, View};

use crate::common::OutputArgs;
use crate::failure::{Failure, Outcome};
use crate::outputs::{Target, in_folder};
use crate::parse::{self, Pixels};
use crate::view::ViewArgs;

/// What is shown of a field, and how large.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Picture")]
pub struct CanvasArgs {
    /// Size in pixels: N for a square, or WxH [default: the field's own]
    #[arg(long, value_name = "N|WxH", value_parser = parse::square_or_pixels)]
    pub size: Option<Pixels>,
    /// Do not record in the file how it was made
    #[arg(long)]
    pub strip: bool,
    #[command(flatten)]
    pub view: ViewArgs,
}

impl CanvasArgs {
    /// What is shown of `field`, at what size.
    pub fn view(&self, field: &GeneratedField) -> Outcome<View> {
        let [width, height] = field.size();
        self.view.of(Grid::Centres, self.size.unwrap_or(Pixels { width, height }))
    }

    /// The first of these options that was given, by name: where no picture is made they would do
    /// nothing.
    pub fn given(&self) -> Option<&'static str> {
        let given = [(self.size.is_some(), "size"), (self.strip, "strip")];
        let given = given.into_iter().find(|(given, _)| *given).map(|(_, name)| name);
        given.or(self.view.given())
    }
}

/// Files of one view of some fields.
#[derive(Debug)]
pub struct Canvas<'a> {
    /// What is shown.
    pub view: View,
    output: &'a OutputArgs,
    /// What the files say of how they were made.
    parameters: Option<String>,
}

impl<'a> Canvas<'a> {
    /// Files as `output` says of what `args` show of `field`; `command` is what made them.
    pub fn new(
        args: &CanvasArgs,
        output: &'a OutputArgs,
        field: &GeneratedField,
        command: &str,
    ) -> Outcome<Self> {
        let view = args.view(field)?;
        let model = field.model();
        let parameters = (!args.strip).then(|| {
            format!(
                "polyinr {} {command} --size {}x{}{} (model {}, id {})",
                env!("CARGO_PKG_VERSION"),
                view.width(),
                view.height(),
                args.view.named(),
                model.name,
                model.id,
            )
        });
        Ok(Self { view, output, parameters })
    }

    /// Path and format of the file called `stem` in a folder, of the single file, or of `passed` for
    /// standard output.
    pub fn file(
        &self,
        target: &Target,
        passed: Option<&Path>,
        stem: &str,
    ) -> Outcome<(PathBuf, Format)> {
        let asked = self.output.format.map_or(Format::Png, Format::from);
        let (path, format) = match target {
            Target::File(path) => (path.clone(), self.output.format_of(path)?),
            Target::Folder(folder) => {
                let name = format!("{stem}.{}", asked.name());
                (in_folder(folder, Path::new(&name), asked), asked)
            }
            Target::Stdout => (passed.unwrap_or(Path::new("")).to_owned(), asked),
        };
        self.output.check_formats(&[format])?;
        self.check(format)?;
        Ok((path, format))
    }

    /// Checks that the format can hold it: what it cannot is the command line's fault here.
    pub fn check(&self, format: Format) -> Outcome {
        format
            .check("out", Channels::Rgb, self.depth())
            .and_then(|()| format.check_size("size", self.view.width(), self.view.height()))
            .map_err(|e| Failure::usage(e.to_string()))
    }

    /// What a file is like.
    pub fn spec(&self, format: Format) -> Spec {
        let (width, height) = (self.view.width(), self.view.height());
        let mut spec = Spec::new(format, width, height, Channels::Rgb, self.depth());
        if let Some(quality) = self.output.quality {
            spec.quality = quality;
        }
        spec.metadata = Metadata { parameters: self.parameters.clone(), ..Metadata::default() };
        spec
    }

    /// Depth of the files.
    fn depth(&self) -> Depth {
        self.output.depth.map_or(Depth::U8, Depth::from)
    }

    /// Bytes of memory while a file of this format is in work.
    pub fn memory(&self, format: Format) -> u64 {
        let rows = u64::from(self.view.width()) * 64 * 12;
        let whole = self.view.pixels() * 3 * self.depth().bytes() as u64;
        rows + if format.streams() { 0 } else { 2 * whole }
    }
}
