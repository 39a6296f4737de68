//! How a field becomes pictures: what is shown at what size, and what the files are like.

use std::path::PathBuf;

use polyinr::ops::Size;
use polyinr::picture::{Format, Spec};
use polyinr::{Depth, Field, View};

use crate::common::OutputArgs;
use crate::failure::Outcome;
use crate::outputs::{Frame, Target};
use crate::parse::{self, Pixels};
use crate::view::ViewArgs;

/// What is shown of a field, and how large.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Picture")]
pub struct CanvasArgs {
    /// Size in pixels: N for a square, or WxH; of Wx and xH the other side follows [default: the
    /// field's own, up to 2^29 pixels]
    #[arg(long, value_name = "N|WxH", value_parser = parse::square_or_size)]
    pub size: Option<Size>,
    /// Do not record in the file how it was made
    #[arg(long)]
    pub strip: bool,
    #[command(flatten)]
    pub view: ViewArgs,
}

impl CanvasArgs {
    /// What part of `field` is looked at, at what size.
    fn view(&self, field: &Field) -> Outcome<View> {
        let size = Pixels::of(self.size, field.size())?;
        self.view.of(field, size)
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
    /// What is looked at.
    pub view: View,
    output: &'a OutputArgs,
    frame: Frame,
    profile: Option<Vec<u8>>,
    nodata: Option<f32>,
    /// What the files say of how they were made.
    parameters: Option<String>,
}

impl<'a> Canvas<'a> {
    /// Files as `output` says of what `args` let see of `field`; `command` is what made them.
    pub fn new(
        args: &CanvasArgs,
        output: &'a OutputArgs,
        field: &Field,
        command: &str,
    ) -> Outcome<Self> {
        let view = args.view(field)?;
        let (width, height) = (view.width(), view.height());
        let frame = Frame { width, height, channels: field.channels(), depth: field.depth() };
        let parameters = (!args.strip).then(|| {
            let model = field.model();
            let refined = match field {
                Field::Generated(_) => None,
                Field::Picture(field) => field.refined_in(&view),
            };
            let refined = refined.map(|r| format!(", refined in {} steps", r.steps()));
            format!(
                "polyinr {} {command} --size {width}x{height}{} (model {}, id {}{})",
                env!("CARGO_PKG_VERSION"),
                args.view.named(),
                model.name,
                model.id,
                refined.unwrap_or_default(),
            )
        });
        let (profile, nodata) = (field.profile().map(<[u8]>::to_vec), field.nodata());
        Ok(Self { view, output, frame, profile, nodata, parameters })
    }

    /// Path and format of the file called `stem` in a folder, of the single file, or of `passed` for
    /// standard output.
    pub fn file(
        &self,
        target: &Target,
        passed: &Option<PathBuf>,
        stem: &str,
    ) -> Outcome<(PathBuf, Format)> {
        let (path, format) = self.output.place(target, passed, stem)?;
        self.check(format)?;
        Ok((path, format))
    }

    /// Checks that the format can hold it.
    pub fn check(&self, format: Format) -> Outcome {
        self.output.check_holds(format, &self.frame)
    }

    /// What a file is like.
    pub fn spec(&self, format: Format) -> Spec {
        let mut spec = self.output.spec(format, &self.frame, self.parameters.clone());
        spec.metadata.icc = self.profile.clone();
        spec.metadata.nodata = self.nodata.map(f64::from);
        spec.metadata.converted(Depth::F32, spec.depth);
        spec
    }

    /// Bytes of memory while a file of this format is in work.
    pub fn memory(&self, format: Format) -> u64 {
        self.frame.memory(format, self.output)
    }
}
