//! Options that several subcommands share.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;
use polyinr::engine::{EngineOptions, Precision, open_engine};
use polyinr::model::{Amount, Treatment};
use polyinr::ops::{Refine, SuperResolveOptions};
use polyinr::picture::Format;
use polyinr::{Depth, Engine};

use crate::failure::Outcome;
use crate::limits::LimitArgs;
use crate::parse;
use crate::report::Reporter;
use crate::table::super_resolve;

/// Most threads that can be asked for.
const MAX_THREADS: usize = 1024;

/// How a run shows itself and what it takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Running")]
pub struct RunArgs {
    /// Processor threads [default: one for every processor]
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Show errors only
    #[arg(short, long)]
    quiet: bool,
    /// Print one JSON object a line on standard output: one for every picture when it is finished,
    /// failed or skipped, and a summary at the end
    #[arg(long)]
    pub json: bool,
}

/// What does the arithmetic.
#[derive(Debug, clap::Args)]
pub struct EngineArgs {
    /// What does the arithmetic: auto, cpu (built in), cuda or onnx (ONNX Runtime); see `polyinr doctor`
    #[arg(long, value_name = "NAME", default_value = super_resolve::ENGINE_DEFAULT)]
    pub engine: String,
    /// Which GPU, from 0 on [default: 0]; for cuda
    #[arg(long, value_name = "N")]
    device: Option<u32>,
    /// Most memory that each of a model's graphs takes on the GPU, in MiB; for cuda
    #[arg(long, value_name = "MIB")]
    device_memory: Option<usize>,
    /// Let the GPU compute products with TF32, 10 bits of mantissa instead of 23; for cuda
    #[arg(long)]
    tf32: bool,
    /// Render with weights and features of 16 bits, not exactly; for cuda, and f16 for onnx
    #[arg(long, value_name = "TYPE", default_value = "exact")]
    precision: PrecisionArg,
}

/// Precisions as options name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PrecisionArg {
    /// float32
    Exact,
    /// float16
    F16,
    /// bfloat16
    Bf16,
}

impl From<PrecisionArg> for Precision {
    fn from(arg: PrecisionArg) -> Self {
        match arg {
            PrecisionArg::Exact => Self::Exact,
            PrecisionArg::F16 => Self::F16,
            PrecisionArg::Bf16 => Self::Bf16,
        }
    }
}

impl EngineArgs {
    /// The library's options.
    pub fn options(&self, threads: Option<usize>) -> EngineOptions {
        let device_memory = self.device_memory.map(|mebibytes| mebibytes.saturating_mul(1 << 20));
        EngineOptions {
            threads,
            device: self.device,
            device_memory,
            tf32: self.tf32,
            precision: self.precision.into(),
        }
    }
}

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    text.parse()
        .ok()
        .filter(|n: &NonZeroUsize| n.get() <= MAX_THREADS)
        .ok_or_else(|| format!("{text:?} is no number of threads; give 1 to {MAX_THREADS}"))
}

impl RunArgs {
    /// The engine asked for; a line says which one `auto` took, unless it is the built-in one.
    pub fn engine(&self) -> Outcome<Box<dyn Engine>> {
        let options = self.engine.options(self.threads.map(NonZeroUsize::get));
        let engine = open_engine(&self.engine.engine, &options)?;
        if self.engine.engine == "auto" && engine.name() != "cpu" {
            self.reporter().say(&format!("engine {}", engine.name()));
        }
        Ok(engine)
    }

    /// What tells the user how it goes.
    pub fn reporter(&self) -> Reporter {
        Reporter::new(self.json, self.quiet)
    }
}

/// How pictures become larger.
#[derive(Debug, clap::Args)]
pub struct SuperResolveArgs {
    /// Correct results, in this many steps, until their reduction is the picture [steps: 3]
    ///
    /// An antialiased bicubic reduction of the result then gives the input again. 1 to 16 steps are
    /// possible; they cost little time. Results must be at least as large as their pictures. Unless
    /// a picture is of floats, its result is kept from 0 to 1. Nothing is cleaned then: refining would
    /// bring it back.
    #[arg(long, value_name = "STEPS", num_args = 0..=1, require_equals = true,
        default_missing_value = "3", value_parser = parse::refine)]
    pub refine: Option<Refine>,
    #[command(flatten)]
    pub processing: ProcessingArgs,
}

impl SuperResolveArgs {
    /// As the library takes them.
    pub fn options(&self) -> SuperResolveOptions {
        SuperResolveOptions { refine: self.refine, ..self.processing.options() }
    }
}

/// How much is cleaned, and how exactly all is computed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct ProcessingArgs {
    /// How much noise and traces of compression to take away, from 0 (none) to 1 (noise of a deviation
    /// of 30 of 255, or JPEG of quality 30), or auto: as much as the picture seems to need
    ///
    /// It says how bad the picture is: more than that takes detail away, less leaves noise. Models
    /// that cannot be told (see `polyinr inspect MODEL`) take what they always take, with auto or 0.
    #[arg(long, value_name = "AMOUNT", default_value = super_resolve::CLEANING_DEFAULT,
        allow_negative_numbers = true)]
    denoise: Amount,
    /// How much blur to take away, from 0 (none) to 1 (a blur of 2 pixels), or auto
    #[arg(long, value_name = "AMOUNT", default_value = super_resolve::CLEANING_DEFAULT,
        allow_negative_numbers = true)]
    deblur: Amount,
    #[arg(long, value_name = "AMOUNT", help = super_resolve::DETAIL_TIP,
        default_value = super_resolve::DETAIL_DEFAULT, value_parser = parse::detail,
        allow_negative_numbers = true)]
    detail: f32,
    /// Take the mean of what comes of the picture turned and mirrored in all eight ways: a little
    /// nearer to the truth, in about eight times the time
    #[arg(long)]
    tta: bool,
}

impl ProcessingArgs {
    /// As the library takes them, without refining.
    pub fn options(self) -> SuperResolveOptions {
        let Self { denoise, deblur, detail, .. } = self;
        let treatment = Treatment { denoise, deblur, detail };
        SuperResolveOptions { refine: None, treatment, tta: self.tta }
    }
}

/// Where results go and as what.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// File or folder to write; `-` is standard output
    ///
    /// With one picture it is the file, or a folder when it exists as one or ends in `/`. With
    /// several it is a folder, made if need be. Files appear under their name only when complete.
    #[arg(short, long, value_name = "PATH")]
    pub out: PathBuf,
    /// File format [default: as the name says; in a folder as each input's, or png]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<FormatArg>,
    /// JPEG quality, 1 to 100 [default: 92]
    #[arg(long, value_name = "Q", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub quality: Option<u8>,
    /// Depth of a sample: 8 or 16 bits, or 32-bit float (TIFF)
    #[arg(long, value_name = "BITS")]
    pub depth: Option<DepthArg>,
    /// Pass over what is already there: continues an interrupted run
    ///
    /// What another run finishes meanwhile is passed over too. Empty files count as not there.
    #[arg(long, conflicts_with = "overwrite")]
    pub skip_existing: bool,
    /// Replace files that are already there
    ///
    /// They keep their mode and, where that is allowed, owner, group, access list and attributes. A
    /// symbolic link is followed; other hard links to a file keep its old contents.
    #[arg(long)]
    pub overwrite: bool,
}

/// File formats as options name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// 8 and 16 bits, alpha
    Png,
    /// 8 bits, no alpha
    #[value(alias = "jpg")]
    Jpeg,
    /// 8 and 16 bits and float, alpha
    #[value(alias = "tif")]
    Tiff,
    /// Lossless, 8 bits, alpha
    Webp,
}

impl From<FormatArg> for Format {
    fn from(arg: FormatArg) -> Self {
        match arg {
            FormatArg::Png => Self::Png,
            FormatArg::Jpeg => Self::Jpeg,
            FormatArg::Tiff => Self::Tiff,
            FormatArg::Webp => Self::WebP,
        }
    }
}

/// Depths as options name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DepthArg {
    /// 8-bit integers
    #[value(name = "8")]
    Eight,
    /// 16-bit integers
    #[value(name = "16")]
    Sixteen,
    /// 32-bit floats
    #[value(name = "32f")]
    Float,
}

impl From<DepthArg> for Depth {
    fn from(arg: DepthArg) -> Self {
        match arg {
            DepthArg::Eight => Self::U8,
            DepthArg::Sixteen => Self::U16,
            DepthArg::Float => Self::F32,
        }
    }
}
