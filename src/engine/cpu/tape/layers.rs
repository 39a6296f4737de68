//! Layers of features.

use std::sync::Arc;

use rayon::prelude::*;

use super::{Dense, Tape, Value};
use crate::engine::cpu::simd::arch;
use crate::matrix::{Matrix, multiply};
use crate::network::{LRELU_SLOPE, dot};

/// Counts of [`fill`] that are multiplied at once, at most: whole pictures are divided among threads.
const TOGETHER: usize = 64;

/// What the products of a layer pass through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Activation {
    /// Slope below zero.
    below: f32,
    gain: f32,
    clamp: f32,
}

impl Activation {
    /// Nothing.
    pub(crate) const NONE: Self = Self { below: 1.0, gain: 1.0, clamp: f32::INFINITY };
    /// Leaky ReLU.
    pub(crate) const LRELU: Self = Self { below: LRELU_SLOPE, ..Self::NONE };

    /// The same times `gain`.
    pub(crate) const fn times(self, gain: f32) -> Self {
        Self { gain, ..self }
    }

    /// The same within ± `limit`.
    pub(crate) const fn within(self, limit: f32) -> Self {
        Self { clamp: limit, ..self }
    }

    #[inline(always)]
    fn of(self, x: f32) -> f32 {
        let active = x.max(x * self.below) * self.gain;
        active.min(self.clamp).max(-self.clamp)
    }

    /// The slope where it gave `y`, whose sign is that of what it was given.
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        let slope = if y > 0.0 { self.gain } else { self.gain * self.below };
        if y.abs() < self.clamp { slope } else { 0.0 }
    }
}

impl Tape {
    /// `activation(x wᵀ + b)` of `x [places, in]`, `w [out, in]` and `b [1, out]`.
    pub(crate) fn layer(
        &mut self,
        x: &Value,
        [w, b]: [&Value; 2],
        activation: Activation,
    ) -> Value {
        let mut out = products(&x.dense, &w.dense);
        activate(&b.dense, activation, &mut out);
        let out = Arc::new(out);
        let kept = out.clone();
        self.made(&[x, w, b], out, || {
            let [x, w, b] = [x, w, b].map(Clone::clone);
            Box::new(move |dy, slopes| {
                let mut du = dy.clone();
                activate_back(activation, &kept, &mut du);
                if x.number.is_some() {
                    slopes.add(x.number, products_back(&du, &w.dense));
                }
                if w.number.is_some() {
                    slopes.add(w.number, outer(&du, &x.dense));
                }
                if b.number.is_some() {
                    slopes.add(b.number, column_sums(&du));
                }
            })
        })
    }

    /// `a + b`.
    pub(crate) fn sum(&mut self, a: &Value, b: &Value) -> Value {
        let mut out = Dense::clone(&a.dense);
        out.add(&b.dense);
        self.made(&[a, b], out, || {
            let numbers = [a.number, b.number];
            Box::new(move |dy, slopes| numbers.iter().for_each(|n| slopes.add(*n, dy.clone())))
        })
    }

    /// `(x + 1) / 2`: from the nominal range `[-1, 1]` to `[0, 1]`.
    pub(crate) fn unit_range(&mut self, x: &Value) -> Value {
        let mut out = Dense::clone(&x.dense);
        out.values_mut().iter_mut().for_each(|v| *v = (*v + 1.0) * 0.5);
        let number = x.number;
        self.made(&[x], out, || {
            Box::new(move |dy, slopes| {
                let mut dx = dy.clone();
                dx.values_mut().iter_mut().for_each(|v| *v *= 0.5);
                slopes.add(number, dx);
            })
        })
    }
}

/// `x wᵀ`. No place's products depend on how many others there are: with `gemm` that holds as long as it
/// goes the same way for all of them, so that places are filled up to whole counts of [`fill`], and what
/// it treats apart is computed here.
pub(super) fn products(x: &Dense, w: &Dense) -> Dense {
    let (inputs, outputs, places) = (x.columns(), w.rows(), x.rows());
    assert_eq!(w.columns(), inputs, "inputs of a layer");
    let mut out = Dense::zeroed(places, outputs);
    if inputs <= 2 || outputs == 1 {
        for (x, out) in
            x.values().chunks_exact(inputs).zip(out.values_mut().chunks_exact_mut(outputs))
        {
            let rows = w.values().chunks_exact(inputs).zip(out);
            rows.for_each(|(w, out)| *out = dot(w, x));
        }
        return out;
    }
    let fill = fill(inputs);
    let whole = places - places % fill;
    let (x, rest) = x.values().split_at(whole * inputs);
    let (filled, last) = out.values_mut().split_at_mut(whole * outputs);
    let turned = w.turned();
    let multiplied = |x: &[f32], out: &mut [f32]| {
        let (w, places) = (Matrix::by_columns(turned, outputs), x.len() / inputs);
        multiply([outputs, inputs, places], w, Matrix::by_columns(x, inputs), false, out);
    };
    let together = TOGETHER * fill;
    let chunks = x.par_chunks(together * inputs).zip(filled.par_chunks_mut(together * outputs));
    chunks.for_each(|(x, out)| multiplied(x, out));
    if !rest.is_empty() {
        let (mut x, mut out) = (vec![0.0; fill * inputs], vec![0.0; fill * outputs]);
        x[..rest.len()].copy_from_slice(rest);
        multiplied(&x, &mut out);
        last.copy_from_slice(&out[..last.len()]);
    }
    out
}

/// Places are multiplied in whole counts of this. Sums of more than 512 terms are divided, in other parts
/// where there are up to 64 places.
fn fill(inputs: usize) -> usize {
    if inputs > 512 { 96 } else { 32 }
}

/// `du w`.
fn products_back(du: &Dense, w: &Dense) -> Dense {
    let mut out = Dense::zeroed(du.rows(), w.columns());
    if du.rows() > 0 {
        multiply(
            [w.columns(), w.rows(), du.rows()],
            Matrix::by_columns(w.values(), w.columns()),
            Matrix::by_columns(du.values(), w.rows()),
            false,
            out.values_mut(),
        );
    }
    out
}

/// `duᵀ x`.
fn outer(du: &Dense, x: &Dense) -> Dense {
    let mut out = Dense::zeroed(du.columns(), x.columns());
    if du.rows() > 0 {
        multiply(
            [x.columns(), du.rows(), du.columns()],
            Matrix::by_columns(x.values(), x.columns()),
            Matrix::by_rows(du.values(), du.columns()),
            false,
            out.values_mut(),
        );
    }
    out
}

fn column_sums(du: &Dense) -> Dense {
    let mut out = Dense::zeroed(1, du.columns());
    let sums = out.values_mut();
    for row in du.values().chunks_exact(du.columns()) {
        sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
    }
    out
}

fn activate(b: &Dense, activation: Activation, out: &mut Dense) {
    let (bias, columns) = (b.values(), out.columns());
    assert_eq!(bias.len(), columns, "a bias for every output");
    arch().dispatch(
        #[inline(always)]
        || {
            for row in out.values_mut().chunks_exact_mut(columns) {
                row.iter_mut().zip(bias).for_each(|(v, b)| *v = activation.of(*v + b));
            }
        },
    );
}

fn activate_back(activation: Activation, y: &Dense, du: &mut Dense) {
    arch().dispatch(
        #[inline(always)]
        || {
            let pairs = du.values_mut().iter_mut().zip(y.values());
            pairs.for_each(|(du, y)| *du *= activation.slope(*y));
        },
    );
}
