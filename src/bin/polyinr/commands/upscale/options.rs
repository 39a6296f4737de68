//! Which pictures become others, and how: what `upscale` and `restore` share.

use std::path::PathBuf;

use polyinr::Limits;
use polyinr::ops::{Size, SuperResolveOptions};

use crate::common::{OutputArgs, RunArgs};
use crate::failure::{Failure, Outcome};
use crate::inputs::{self, Input, Inputs};
use crate::parse::Shard;

/// The subcommand that leaves sizes as they are.
pub const RESTORE: &str = "restore";

/// Which pictures, and what is written.
#[derive(Debug, clap::Args)]
pub struct BatchArgs {
    /// Files, folders, patterns as '*.jpg', or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// Upscaler: photo for photographs that were JPEG files, large for the same (slower, on most pictures
    /// a little better), clean for pictures never compressed, restore for noise, blur and strong
    /// compression, a model file, or a name in POLYINR_MODELS [default: photo; of `polyinr restore`:
    /// restore]
    #[arg(long, value_name = "NAME|PATH")]
    pub model: Option<String>,
    /// Take folders with all that is in them; the output folder mirrors the tree
    #[arg(short, long)]
    pub recursive: bool,
    /// Do the I-th of N shares of the pictures, to spread a batch over machines
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Say what would be done, how long it takes and how much disk it needs; write nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Write a field file NAME.field beside each result, for `polyinr render`: the picture, the upscaler
    /// it needs, how much was cleaned, and --refine; not --tta
    #[arg(long)]
    pub save_field: bool,
    /// Beside each result NAME write NAME.compare.png: bicubic, or the picture itself where the size
    /// stays, left, ours right; a file of that name is replaced only with --overwrite
    #[arg(long)]
    pub compare: bool,
    /// Leave out EXIF, XMP, texts and resolution; the colour profile stays
    #[arg(long)]
    pub strip: bool,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub run: RunArgs,
}

/// Pictures, and what becomes of them.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The subcommand that asks for it.
    pub command: &'static str,
    /// The upscaler where none is named.
    pub default_model: &'static str,
    /// Which pictures, and what is written.
    pub args: &'a BatchArgs,
    /// How large they become.
    pub size: Size,
    /// How they do.
    pub options: SuperResolveOptions,
}

impl BatchArgs {
    /// Of the pictures that are read.
    pub fn limits(&self) -> Limits {
        Limits { strip: self.strip, ..self.run.limits.limits() }
    }

    fn reads_stdin(&self) -> bool {
        self.inputs[0].as_os_str() == "-"
    }

    /// The files that the inputs mean. Waits for all of standard input, where that is one.
    pub(super) fn found(&self) -> Outcome<Inputs> {
        match self.reads_stdin() {
            true => Ok(Inputs::one(Input::stdin()?)),
            false => inputs::find(&self.inputs, self.recursive, &self.output.out),
        }
    }

    /// Checks what needs no look at any file.
    pub(super) fn check(&self) -> Outcome {
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
