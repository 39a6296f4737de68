//! A batch of pictures that become others of any size.

use std::sync::Arc;

use polyinr::model::{Strength, Upscaler};
use polyinr::ops::shared_memory;

use super::estimate;
use super::job::Job;
use super::options::Batch;
use super::plan::Plan;
use super::work::Worker;
use crate::failure::Outcome;
use crate::inputs::model;
use crate::lanes;
use crate::signals::interruptible;

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
