//! A batch of pictures that become others of any size: what `upscale` and `restore` share.

use std::path::PathBuf;
use std::sync::Arc;

use polyinr::Limits;
use polyinr::model::{Strength, Upscaler};
use polyinr::ops::{Size, SuperResolveOptions, shared_memory};

use super::estimate;
use super::plan::{Job, Plan};
use super::work::Worker;
use crate::common::{OutputArgs, RunArgs};
use crate::failure::{Failure, Outcome};
use crate::inputs::{self, Inputs, model};
use crate::lanes;
use crate::parse::Shard;
use crate::passing;
use crate::signals::interruptible;

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
    fn found(&self) -> Outcome<Inputs> {
        match self.reads_stdin() {
            true => Ok(Inputs::one(passing::stdin()?)),
            false => inputs::find(&self.inputs, self.recursive, &self.output.out),
        }
    }

    /// Checks what needs no look at any file.
    fn check(&self) -> Outcome {
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

impl Batch<'_> {
    /// Makes all pictures, or tells what would be done.
    pub fn run(self) -> Outcome {
        let args = self.args;
        args.check()?;
        let cancel = interruptible();
        let passing = args.output.passing(args.run.json)?;
        let inputs = args.found()?;
        let name = args.model.as_deref().unwrap_or(self.default_model);
        let upscaler = model(name)?.upscaler()?;
        self.check_told(&upscaler)?;
        let engine = args.run.engine()?;
        let reporter = args.run.reporter();
        let worker = Worker {
            batch: self,
            engine: &*engine,
            upscaler,
            reporter: &reporter,
            cancel: &cancel,
        };
        let plan = Plan::make(&worker, &inputs, passing)?;
        if args.dry_run {
            estimate::tell(&plan, &worker)?;
            return reporter.end(&cancel);
        }
        let pixels = plan.jobs.iter().map(Job::pixels).sum();
        let progress = reporter.start(plan.jobs.len(), pixels);
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

    /// Fails where the upscaler cannot be told what is asked for.
    fn check_told(&self, upscaler: &Arc<Upscaler>) -> Outcome {
        upscaler.with_strength(self.options.asked()?.strength(Strength::default()))?;
        Ok(())
    }
}
