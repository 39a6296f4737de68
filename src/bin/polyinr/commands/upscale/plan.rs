//! What is to be done, known before anything is.

use polyinr::Result;
use polyinr::file::check_name;
use polyinr::picture::{Existing, Format, PictureReader};

use super::compare;
use super::job::{Job, report_failure};
use super::opened::is_held;
use super::options::BatchArgs;
use super::work::Worker;
use crate::failure::{Failure, Outcome};
use crate::inputs::{Input, Inputs};
use crate::outputs::{Claims, Target, in_folder, refuse_existing, with_ending};
use crate::passing::{Passing, renamed};
use crate::report::Reporter;
use crate::source::ENDING;
use crate::stdout::STDOUT;

/// All that is to be done.
#[derive(Debug)]
pub struct Plan {
    /// The pictures.
    pub jobs: Vec<Job>,
    target: Target,
    passing: Option<Passing>,
}

/// An input, and its job or what is wrong with it.
type Seen = (String, Result<Job>);

impl Plan {
    /// Looks at the header of every input, names the outputs, and checks that none is lost by it.
    pub fn make(worker: &Worker<'_>, inputs: &Inputs, passing: Option<Passing>) -> Outcome<Self> {
        let (args, reporter) = (worker.batch.args, worker.reporter);
        inputs.tell(reporter);
        let target = args.output.target(inputs.many)?;
        let mut plan = Self { jobs: Vec::new(), target, passing };
        let seen = plan.look(worker, &inputs.files)?;
        check(args, &inputs.files, &seen)?;
        plan.choose(args, seen, reporter)?;
        Ok(plan)
    }

    /// Hands on the picture that standard output is to have, if it is.
    pub fn finish(&self) -> Result<()> {
        match (&self.passing, &self.target) {
            (Some(passing), Target::Stdout) => passing.to_stdout(),
            _ => Ok(()),
        }
    }

    fn look(&self, worker: &Worker<'_>, files: &[Input]) -> Outcome<Vec<Seen>> {
        let limits = worker.batch.args.limits();
        let mut seen = Vec::with_capacity(files.len());
        for input in files {
            if worker.cancel.is_cancelled() {
                return Err(Failure::Interrupted);
            }
            let name = &input.name;
            let job = match PictureReader::open(&input.path, &limits) {
                Ok(reader) => self.job(worker, input, name, &reader)?,
                Err(error) => Err(renamed(error, &input.path, name)),
            };
            seen.push((name.clone(), job));
        }
        Ok(seen)
    }

    /// The job for an input. The outer error is the command line's, the inner the picture's.
    fn job(
        &self,
        worker: &Worker<'_>,
        input: &Input,
        name: &str,
        reader: &PictureReader,
    ) -> Outcome<Result<Job>> {
        let (args, probe) = (worker.batch.args, reader.info());
        let asked = args.output.format.map(Format::from);
        let (format, output) = match (&self.target, &self.passing) {
            (Target::File(path), _) => (args.output.format_of(path)?, path.clone()),
            (Target::Stdout, Some(passing)) => (asked.unwrap_or(probe.format), passing.output()),
            (Target::Folder(folder), _) => {
                let format = asked.unwrap_or(probe.format);
                (format, in_folder(folder, &input.relative, format))
            }
            (Target::Stdout, None) => return Err(Failure::usage("out: no way to standard output")),
        };
        let depth = args.output.depth(format, probe.depth);
        let field = args.save_field.then(|| with_ending(&output, ENDING));
        let comparison = args.compare.then(|| compare::path(&output));
        let from = (probe.width, probe.height);
        Ok(worker.batch.size.resolve(from.0, from.1).and_then(|to| {
            let refine = worker.batch.options.refine;
            refine.map_or(Ok(()), |refine| refine.check(from, to))?;
            format.check(name, probe.channels, depth)?;
            format.check_size(name, to.0, to.1)?;
            let shown = match self.target {
                Target::Stdout => STDOUT.to_owned(),
                _ => output.display().to_string(),
            };
            let (input, name, channels) = (input.path.clone(), name.to_owned(), probe.channels);
            let (source, pages) = (probe.format, probe.pages);
            for file in field.iter().chain(&comparison).chain([&output]) {
                check_name(file)?;
            }
            let pixel = (channels.count() * probe.depth.bytes()) as u64;
            let held = u64::from(from.0) * u64::from(from.1) * pixel;
            let more = field.is_some() || comparison.is_some();
            let is_held = is_held(reader, &worker.batch, &worker.upscaler, more);
            let mut job = Job {
                input,
                name,
                source,
                output,
                shown,
                format,
                depth,
                channels,
                pages,
                from,
                to,
                refine,
                field,
                comparison,
                held,
                is_held,
                memory: 0,
            };
            job.memory = worker.memory(&job, reader);
            if job.is_held && args.run.limits.check(&job.name, to, job.memory).is_err() {
                // Read several times, it takes less.
                job.is_held = false;
                job.memory = worker.memory(&job, reader);
            }
            args.run.limits.check(&job.name, to, job.memory)?;
            Ok(job)
        }))
    }

    /// Keeps this share's jobs that are to be done, and reports what is wrong with others.
    fn choose(&mut self, args: &BatchArgs, seen: Vec<Seen>, reporter: &Reporter) -> Outcome {
        let mine = |number: &usize| args.shard.is_none_or(|shard| shard.takes(*number));
        let seen = seen.into_iter().enumerate().filter(|(n, _)| mine(n)).map(|(_, seen)| seen);
        let existing = args.output.existing();
        let (mut failed, mut complete, mut there) = (Vec::new(), Vec::new(), Vec::new());
        for (name, job) in seen {
            match job {
                Err(error) => failed.push((name, error)),
                Ok(job) if existing == Existing::Continue && job.is_complete(existing) => {
                    complete.push(job);
                }
                Ok(job) => {
                    there.extend(job.kept(existing).next().cloned());
                    self.jobs.push(job);
                }
            }
        }
        if existing == Existing::Refuse {
            refuse_existing(&there)?;
        }
        for job in &complete {
            reporter.skipped(&job.name, "its result is already there", job.about());
        }
        for job in self.jobs.iter().filter(|job| job.pages > 1) {
            reporter.say(&format!("{}: only the first of {} pictures in it", job.name, job.pages));
        }
        for (name, error) in &failed {
            report_failure(reporter, name, error);
        }
        Ok(())
    }
}

/// Checks the whole batch, whatever share of it is done here.
fn check(args: &BatchArgs, files: &[Input], seen: &[Seen]) -> Outcome {
    let jobs = || seen.iter().filter_map(|(_, job)| job.as_ref().ok());
    args.output.check_formats(&jobs().map(|j| j.format).collect::<Vec<_>>())?;
    let mut claims = Claims::protecting(files.iter().map(|f| f.path.as_path()));
    for job in jobs() {
        let mut own = job.field.iter().chain([&job.output]);
        own.try_for_each(|file| claims.claim(file, &job.name))?;
        if let Some(beside) = &job.comparison {
            claims.claim(beside, &format!("the comparison for {}", job.name))?;
        }
    }
    Ok(())
}
