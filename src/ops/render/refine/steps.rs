//! The steps, row by row: each goes down the picture a few rows behind the one before.

use std::ops::Range;

use rayon::prelude::*;

use super::axis::Axis;
use super::kept::{Pixel, Rows};
use super::target::RefineTarget;
use crate::error::Result;

/// How much of what is missing a step adds. A correction loses detail as it is enlarged and
/// reduced again, hence more than one; from 2 on, steps would not converge.
const RATE: f32 = 1.5;

/// Rows that a thread takes at least.
const SHARE: usize = 4;

/// One step.
#[derive(Debug)]
struct Step {
    /// The result with the correction of the step before, reduced across.
    reduced: Rows<Pixel>,
    /// The correction after this step, at the picture's size.
    correction: Rows<Pixel>,
}

/// What does not change.
#[derive(Debug)]
struct Frame {
    across: Axis,
    down: Axis,
    /// Whether the result is kept within `[0, 1]`.
    bounded: bool,
}

impl Frame {
    /// A row of the result: `rgb` and what `correction` adds there, into `scratch.large`.
    fn corrected(
        &self,
        row: usize,
        rgb: &[f32],
        correction: Option<&Rows<Pixel>>,
        scratch: &mut Scratch,
    ) {
        let Scratch { small, large } = scratch;
        large.resize(self.across.enlarge.len(), [0.0; 4]);
        if let Some(correction) = correction {
            self.down.enlarge.down(row, correction, small);
            self.across.enlarge.across(small, large);
        } else {
            large.fill([0.0; 4]);
        }
        for (sum, rgb) in large.iter_mut().zip(rgb.chunks_exact(3)) {
            let [r, g, b] = [sum[0] + rgb[0], sum[1] + rgb[1], sum[2] + rgb[2]];
            *sum = [r, g, b, 0.0];
            if self.bounded {
                *sum = sum.map(|v| v.clamp(0.0, 1.0));
            }
        }
    }

    /// Such a row, reduced across.
    fn reduced(
        &self,
        row: usize,
        rgb: &[f32],
        correction: Option<&Rows<Pixel>>,
        scratch: &mut Scratch,
    ) -> Vec<Pixel> {
        self.corrected(row, rgb, correction, scratch);
        let mut out = vec![[0.0; 4]; self.across.reduce.len()];
        self.across.reduce.across(&scratch.large, &mut out);
        out
    }

    /// A row of the correction after `step`, whose correction `before` was the last.
    fn stepped(
        &self,
        row: usize,
        step: &Step,
        before: Option<&Rows<Pixel>>,
        target: &[Pixel],
    ) -> Vec<Pixel> {
        let mut out = Vec::new();
        self.down.reduce.down(row, &step.reduced, &mut out);
        if self.bounded {
            out.iter_mut().for_each(|p| *p = p.map(|v| v.clamp(0.0, 1.0)));
        }
        for (column, (value, target)) in out.iter_mut().zip(target).enumerate() {
            let before = before.map_or([0.0; 4], |rows| rows.row(row)[column]);
            for (value, (target, before)) in value.iter_mut().zip(target.iter().zip(before)) {
                *value = before + RATE * (target - *value);
            }
        }
        out
    }
}

/// Working memory of one thread.
#[derive(Default)]
struct Scratch {
    small: Vec<Pixel>,
    large: Vec<Pixel>,
}

/// Refines rows from the top.
#[derive(Debug)]
pub(super) struct Steps {
    frame: Frame,
    target: RefineTarget,
    /// The network's rows.
    plain: Rows<f32>,
    steps: Vec<Step>,
    /// Number of the next row of the result.
    next: usize,
}

impl Steps {
    /// `count` steps towards `target` for a result of `width x height` pixels.
    pub fn new(target: RefineTarget, [width, height]: [u32; 2], count: u32) -> Self {
        let [small_width, small_height] = target.size();
        let (across, down) = (Axis::new(small_width, width), Axis::new(small_height, height));
        let step = |_| Step { reduced: Rows::new(), correction: Rows::new() };
        Self {
            frame: Frame { across, down, bounded: false },
            target,
            plain: Rows::new(),
            steps: (0..count).map(step).collect(),
            next: 0,
        }
    }

    /// Takes the network's next rows and puts those of the result that are then known into `out`.
    pub fn push(&mut self, rgb: &[f32], out: &mut Vec<f32>) -> Result<()> {
        self.frame.bounded = self.target.bounded()?;
        let row = self.frame.across.enlarge.len() * 3;
        self.plain.extend(rgb.chunks_exact(row).map(<[f32]>::to_vec));
        for number in 0..self.steps.len() {
            self.step(number)?;
        }
        self.finish(out);
        self.forget();
        Ok(())
    }

    /// Takes step `number` as far down as the one before went.
    fn step(&mut self, number: usize) -> Result<()> {
        let Self { frame, target, plain, steps, .. } = self;
        let (before, rest) = steps.split_at_mut(number);
        let (before, step) = (before.last().map(|s| &s.correction), &mut rest[0]);
        let (first, end) = (step.reduced.end(), plain.end());
        let end = before.map_or(end, |b| frame.down.enlarge.ready(first, end, b.end()));
        step.reduced.extend(each(first..end, |row, scratch| {
            frame.reduced(row, plain.row(row), before, scratch)
        }));
        let (first, all) = (step.correction.end(), frame.down.reduce.len());
        let mut end = frame.down.reduce.ready(first, all, step.reduced.end());
        if let Some(before) = before {
            end = end.min(before.end());
        }
        target.fetch(end)?;
        let rows = each(first..end, |row, _| frame.stepped(row, step, before, target.row(row)));
        step.correction.extend(rows);
        Ok(())
    }

    /// Puts the rows that the last correction reaches into `out`.
    fn finish(&mut self, out: &mut Vec<f32>) {
        let Self { frame, plain, steps, next, .. } = self;
        let last = steps.last().map(|s| &s.correction);
        let there = last.map_or(usize::MAX, Rows::end);
        let end = frame.down.enlarge.ready(*next, plain.end(), there);
        let row = frame.across.enlarge.len() * 3;
        out.clear();
        out.resize((end - *next) * row, 0.0);
        let rows = out.par_chunks_exact_mut(row).enumerate().with_min_len(SHARE);
        rows.for_each_init(Scratch::default, |scratch, (i, out)| {
            let row = *next + i;
            frame.corrected(row, plain.row(row), last, scratch);
            for (out, pixel) in out.chunks_exact_mut(3).zip(&scratch.large) {
                out.copy_from_slice(&pixel[..3]);
            }
        });
        *next = end;
    }

    /// Forgets rows that nothing will need.
    fn forget(&mut self) {
        let Self { frame, target, plain, steps, next } = self;
        // What is needed of the correction that a step makes: the next step's, or the result's.
        let (mut row, mut own) = (*next, usize::MAX);
        for step in steps.iter_mut().rev() {
            step.correction.forget(frame.down.enlarge.first(row).min(own));
            (row, own) = (step.reduced.end(), step.correction.end());
            step.reduced.forget(frame.down.reduce.first(own));
        }
        target.forget(steps.last().map_or(usize::MAX, |s| s.correction.end()));
        plain.forget(*next);
    }

    /// Rows of the network's that are kept.
    #[cfg(test)]
    pub fn kept(&self) -> usize {
        self.plain.kept()
    }
}

/// `make` of every row, on all threads of the pool that this is called in.
fn each(
    rows: Range<usize>,
    make: impl Fn(usize, &mut Scratch) -> Vec<Pixel> + Sync + Send,
) -> Vec<Vec<Pixel>> {
    let rows = rows.into_par_iter().with_min_len(SHARE);
    rows.map_init(Scratch::default, |scratch, row| make(row, scratch)).collect()
}
