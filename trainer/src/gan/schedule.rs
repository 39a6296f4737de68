//! Progressive training: which resolution, how many levels and what batch a step has.

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How resolution, levels and batches change as a run goes on. Of every list, one value stands for
/// all stages.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Schedule (lists have a value for each stage, or one for all)")]
pub struct ScheduleArgs {
    /// Side of the pictures in pixels; all parameters are trained at every stage
    #[arg(long, value_name = "PIXELS", value_delimiter = ',', default_value = "32")]
    pub resolution: Vec<u32>,
    /// Length of a stage in thousands of real pictures shown
    #[arg(long, value_name = "KIMG", value_delimiter = ',', default_value = "200")]
    pub kimg: Vec<f64>,
    /// poly-inr: levels of the polynomial, 2 to 14; a later stage's further ones are inserted as it
    /// begins
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "10")]
    pub levels: Vec<usize>,
    /// Pictures a step
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "32")]
    pub batch: Vec<usize>,
}

/// A stretch of training in which nothing changes its size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Side of the pictures in pixels.
    pub resolution: u32,
    /// Levels of a polynomial.
    pub levels: usize,
    /// Pictures a step.
    pub batch: usize,
    /// Number of its first step, counted from the beginning of the run.
    pub first_step: u64,
    /// Steps it takes.
    pub steps: u64,
    /// Real pictures that were shown before it.
    pub first_image: u64,
}

impl Stage {
    /// The step after its last.
    pub fn end(&self) -> u64 {
        self.first_step + self.steps
    }

    /// Real pictures that have been shown when `step` begins.
    pub fn images(&self, step: u64) -> u64 {
        self.first_image + (step - self.first_step) * self.batch as u64
    }
}

/// The stages of a run, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule(Vec<Stage>);

impl Schedule {
    /// The stages that the options mean. A stage lasts for whole steps, so it may show a few
    /// pictures more than was asked for.
    ///
    /// # Errors
    /// [`Error::Parameter`] for lists of different lengths, resolutions or levels that shrink, and
    /// numbers out of range.
    pub fn new(args: &ScheduleArgs) -> Result<Self> {
        let lists = [
            ("--resolution", args.resolution.len()),
            ("--kimg", args.kimg.len()),
            ("--levels", args.levels.len()),
            ("--batch", args.batch.len()),
        ];
        let count = lists.iter().map(|(_, length)| *length).max().unwrap_or(0);
        if let Some((name, length)) = lists.into_iter().find(|(_, n)| *n != 1 && *n != count) {
            let problem = format!("has {length} values, one or {count} (a stage each) are needed");
            return Err(Error::parameter(name, problem));
        }
        check(args)?;
        let mut stages: Vec<Stage> = Vec::with_capacity(count);
        for index in 0..count {
            let stage = match stages.last() {
                None => stage(args, index, 0, 0),
                Some(last) => stage(args, index, last.end(), last.images(last.end())),
            };
            stages.push(stage);
        }
        Ok(Self(stages))
    }

    /// All stages.
    pub fn stages(&self) -> &[Stage] {
        &self.0
    }

    /// The number of the stage that `step` is part of; the last one's when training is over.
    pub fn stage_of(&self, step: u64) -> usize {
        self.0.iter().position(|s| step < s.end()).unwrap_or(self.0.len() - 1)
    }

    /// The step at which training is over.
    pub fn end(&self) -> u64 {
        self.0.last().map_or(0, Stage::end)
    }

    /// Real pictures that have been shown when `step` begins.
    pub fn images(&self, step: u64) -> u64 {
        self.0[self.stage_of(step)].images(step)
    }

    /// Whether a run that was trained up to `step` by `other` can go on by this schedule: everything
    /// before that step is the same.
    pub fn continues(&self, other: &Self, step: u64) -> bool {
        let begun = |schedule: &Self| -> Vec<Stage> {
            let mut stages: Vec<Stage> =
                schedule.0.iter().filter(|s| s.first_step < step).cloned().collect();
            if let Some(last) = stages.last_mut() {
                last.steps = last.steps.min(step - last.first_step);
            }
            stages
        };
        begun(self) == begun(other)
    }
}

fn of<T: Copy>(list: &[T], index: usize) -> T {
    list[index.min(list.len() - 1)]
}

fn stage(args: &ScheduleArgs, index: usize, first_step: u64, first_image: u64) -> Stage {
    let batch = of(&args.batch, index);
    let images = of(&args.kimg, index) * 1000.0;
    Stage {
        resolution: of(&args.resolution, index),
        levels: of(&args.levels, index),
        batch,
        first_step,
        steps: (images / batch as f64).ceil() as u64,
        first_image,
    }
}

fn check(args: &ScheduleArgs) -> Result<()> {
    let kimg = |k: &f64| *k > 0.0 && *k <= 1e9;
    let rules = [
        (
            "--resolution",
            args.resolution.iter().all(|r| r.is_power_of_two() && (8..=1024).contains(r)),
            "must be powers of two, 8 to 1024",
        ),
        ("--resolution", args.resolution.is_sorted(), "must not shrink from stage to stage"),
        ("--levels", args.levels.iter().all(|l| (2..=14).contains(l)), "must be 2 to 14"),
        ("--levels", args.levels.is_sorted(), "must not become fewer from stage to stage"),
        ("--kimg", args.kimg.iter().all(kimg), "must be positive numbers"),
        ("--batch", args.batch.iter().all(|b| (2..=65_536).contains(b)), "must be 2 to 65536"),
    ];
    match rules.into_iter().find(|(_, holds, _)| !holds) {
        Some((name, _, problem)) => Err(Error::parameter(name, problem)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(resolution: &[u32], kimg: &[f64], levels: &[usize]) -> ScheduleArgs {
        ScheduleArgs {
            resolution: resolution.to_vec(),
            kimg: kimg.to_vec(),
            levels: levels.to_vec(),
            batch: vec![32],
        }
    }

    #[test]
    fn stages_follow_each_other_in_whole_steps() {
        let schedule = Schedule::new(&args(&[32, 64], &[1.0, 0.5], &[10])).unwrap();
        let [first, second] = schedule.stages() else { panic!("two stages") };
        assert_eq!((first.first_step, first.steps, first.resolution), (0, 32, 32));
        assert_eq!((second.first_step, second.steps, second.resolution), (32, 16, 64));
        assert_eq!(schedule.images(32), 1024);
        assert_eq!(
            (schedule.stage_of(31), schedule.stage_of(32), schedule.stage_of(99)),
            (0, 1, 1)
        );
        assert_eq!(schedule.end(), 48);
    }

    #[test]
    fn one_value_stands_for_all_stages() {
        let schedule = Schedule::new(&args(&[32], &[1.0], &[10, 12, 14])).unwrap();
        let levels: Vec<_> = schedule.stages().iter().map(|s| (s.levels, s.resolution)).collect();
        assert_eq!(levels, [(10, 32), (12, 32), (14, 32)]);
    }

    #[test]
    fn what_cannot_be_trained_is_refused_by_name() {
        for (bad, name) in [
            (args(&[32, 64], &[1.0, 1.0, 1.0], &[10]), "--resolution"),
            (args(&[64, 32], &[1.0], &[10]), "--resolution"),
            (args(&[48], &[1.0], &[10]), "--resolution"),
            (args(&[32], &[0.0], &[10]), "--kimg"),
            (args(&[32], &[f64::NAN], &[10]), "--kimg"),
            (args(&[32], &[1.0], &[14, 10]), "--levels"),
            (args(&[32], &[1.0], &[15]), "--levels"),
        ] {
            let error = Schedule::new(&bad).unwrap_err().to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn a_run_may_be_prolonged_but_not_rewritten() {
        let schedule = |r: &[u32], k: &[f64]| Schedule::new(&args(r, k, &[10])).unwrap();
        let old = schedule(&[32], &[1.0]);
        assert!(schedule(&[32], &[2.0]).continues(&old, 32));
        assert!(schedule(&[32, 64], &[1.0]).continues(&old, 32));
        assert!(!schedule(&[32, 64], &[0.5]).continues(&old, 32));
        assert!(!schedule(&[64], &[2.0]).continues(&old, 20));
    }
}
