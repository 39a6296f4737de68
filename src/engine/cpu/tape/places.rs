//! Features of places made of those of others.

use std::sync::Arc;

use super::{Dense, Tape, Value};
use crate::engine::cpu::simd::arch;

/// Which rows of a matrix each new row is made of: as many a row, each with a weight.
#[derive(Clone, Debug)]
pub(crate) struct Taps {
    pub(crate) per_row: usize,
    pub(crate) taps: Vec<(u32, f32)>,
}

/// Which row lines and which column lines each place is composed of.
#[derive(Clone, Debug)]
pub(crate) struct Pairs {
    /// Lines a row, and a column.
    pub(crate) rank: usize,
    pub(crate) pairs: Vec<[u32; 2]>,
}

impl Tape {
    /// Rows that are sums of rows of `x`.
    pub(crate) fn gathered(&mut self, x: &Value, taps: &Arc<Taps>) -> Value {
        let columns = x.dense.columns();
        let mut out = Dense::zeroed(taps.taps.len() / taps.per_row, columns);
        let rows = out.values_mut().chunks_exact_mut(columns);
        for (out, taps) in rows.zip(taps.taps.chunks_exact(taps.per_row)) {
            for (row, weight) in taps {
                add_scaled(out, x.dense.row(*row as usize), *weight);
            }
        }
        self.made(&[x], out, || {
            let (x, taps) = (x.clone(), taps.clone());
            Box::new(move |dy, slopes| {
                let mut dx = Dense::zeroed(x.dense.rows(), columns);
                let rows = dy.values().chunks_exact(columns);
                for (dy, taps) in rows.zip(taps.taps.chunks_exact(taps.per_row)) {
                    for (row, weight) in taps {
                        let first = *row as usize * columns;
                        add_scaled(&mut dx.values_mut()[first..first + columns], dy, *weight);
                    }
                }
                slopes.add(x.number, dx);
            })
        })
    }

    /// `x` with constant columns to the right of its own.
    pub(crate) fn beside(&mut self, x: &Value, constant: &Dense) -> Value {
        let (left, right) = (x.dense.columns(), constant.columns());
        assert_eq!(x.dense.rows(), constant.rows(), "rows side by side");
        let mut values = Vec::with_capacity(constant.rows() * (left + right));
        for row in 0..constant.rows() {
            values.extend_from_slice(x.dense.row(row));
            values.extend_from_slice(constant.row(row));
        }
        let number = x.number;
        self.made(&[x], Dense::new(left + right, values), || {
            Box::new(move |dy, slopes| {
                let rows = dy.values().chunks_exact(left + right);
                let own = rows.flat_map(|row| row[..left].iter().copied());
                slopes.add(number, Dense::new(left, own.collect()));
            })
        })
    }

    /// Rows of a constant `x [lines, C]`, each times its own column of `v [C, groups]`: `columns` are
    /// those of rows 0, 1, ..., from the first again after the last.
    pub(crate) fn lines(&mut self, x: Dense, v: &Value, columns: std::ops::Range<usize>) -> Value {
        let groups = v.dense.columns();
        let mut out = x.clone();
        let width = x.columns();
        let factor = |row: usize| columns.start + row % columns.len();
        for (row, out) in out.values_mut().chunks_exact_mut(width).enumerate() {
            let at = factor(row);
            for (c, out) in out.iter_mut().enumerate() {
                *out *= v.dense.values()[c * groups + at];
            }
        }
        let count = columns.len();
        self.made(&[v], out, || {
            let v = v.clone();
            Box::new(move |dy, slopes| {
                let mut dv = Dense::zeroed(width, groups);
                let rows = dy.values().chunks_exact(width).zip(x.values().chunks_exact(width));
                for (row, (dy, x)) in rows.enumerate() {
                    let at = columns.start + row % count;
                    for (c, (dy, x)) in dy.iter().zip(x).enumerate() {
                        dv.values_mut()[c * groups + at] += dy * x;
                    }
                }
                slopes.add(v.number, dv);
            })
        })
    }

    /// `Σ_d a[i R + d] ⊙ b[k R + d] / 2` for each pair (i, k) of a row and a column of R lines each
    /// (CREPS's composition: both are scaled by `sqrt(1/2)`).
    pub(crate) fn composed(&mut self, [a, b]: [&Value; 2], pairs: &Arc<Pairs>) -> Value {
        let out = compose(&a.dense, &b.dense, pairs);
        self.made(&[a, b], out, || {
            let ([a, b], pairs) = ([a, b].map(Clone::clone), pairs.clone());
            Box::new(move |dy, slopes| {
                let (mut da, mut db) = (zeros_like(&a.dense), zeros_like(&b.dense));
                let group = pairs.rank * a.dense.columns();
                for (dy, [i, k]) in dy.values().chunks_exact(a.dense.columns()).zip(&pairs.pairs) {
                    let (i, k) = (*i as usize * group, *k as usize * group);
                    let a = &a.dense.values()[i..i + group];
                    let b = &b.dense.values()[k..k + group];
                    add_products(&mut da.values_mut()[i..i + group], dy, b);
                    add_products(&mut db.values_mut()[k..k + group], dy, a);
                }
                slopes.add(a.number, da);
                slopes.add(b.number, db);
            })
        })
    }

    /// `[1, columns]`: the unbiased deviation of each column of `x`, and 1e-8.
    pub(crate) fn deviations(&mut self, x: &Value) -> Value {
        let (means, deviations) = deviations(&x.dense);
        let out = deviations.iter().map(|d| (d + 1e-8) as f32).collect();
        let out = Dense::new(deviations.len(), out);
        self.made(&[x], out, || {
            let x = x.clone();
            Box::new(move |dy, slopes| {
                let mut dx = Dense::clone(&x.dense);
                let count = (dx.rows().max(2) - 1) as f64;
                let columns = dx.columns();
                for row in dx.values_mut().chunks_exact_mut(columns) {
                    for (c, v) in row.iter_mut().enumerate() {
                        // d sqrt(Σ (x - m)² / (n - 1)) = (x - m) / ((n - 1) deviation)
                        let slope = (f64::from(*v) - means[c])
                            / (count * deviations[c].max(f64::MIN_POSITIVE));
                        *v = dy.values()[c] * slope as f32;
                    }
                }
                slopes.add(x.number, dx);
            })
        })
    }

    /// `x` with each column divided by its own of `d [1, columns]`.
    pub(crate) fn divided(&mut self, x: &Value, d: &Value) -> Value {
        let factors: Vec<f32> = d.dense.values().iter().map(|d| 1.0 / d).collect();
        let columns = factors.len();
        let mut out = Dense::clone(&x.dense);
        scale(&mut out, &factors);
        self.made(&[x, d], out, || {
            let [x, d] = [x, d].map(Clone::clone);
            Box::new(move |dy, slopes| {
                if d.number.is_some() {
                    let mut dd = vec![0.0f32; columns];
                    let rows = dy.values().chunks_exact(columns);
                    for (dy, x) in rows.zip(x.dense.values().chunks_exact(columns)) {
                        for (c, dd) in dd.iter_mut().enumerate() {
                            *dd -= dy[c] * x[c] * factors[c] * factors[c];
                        }
                    }
                    slopes.add(d.number, Dense::new(columns, dd));
                }
                let mut dx = dy.clone();
                scale(&mut dx, &factors);
                slopes.add(x.number, dx);
            })
        })
    }
}

fn zeros_like(dense: &Dense) -> Dense {
    Dense::zeroed(dense.rows(), dense.columns())
}

fn scale(dense: &mut Dense, factors: &[f32]) {
    for row in dense.values_mut().chunks_exact_mut(factors.len()) {
        row.iter_mut().zip(factors).for_each(|(v, f)| *v *= f);
    }
}

fn add_scaled(out: &mut [f32], x: &[f32], weight: f32) {
    out.iter_mut().zip(x).for_each(|(out, x)| *out += x * weight);
}

/// `out[d] += dy ⊙ other[d] / 2` for each line d.
fn add_products(out: &mut [f32], dy: &[f32], other: &[f32]) {
    let lines = out.chunks_exact_mut(dy.len()).zip(other.chunks_exact(dy.len()));
    for (out, other) in lines {
        for ((out, dy), other) in out.iter_mut().zip(dy).zip(other) {
            *out += 0.5 * dy * other;
        }
    }
}

fn compose(a: &Dense, b: &Dense, pairs: &Pairs) -> Dense {
    let channels = a.columns();
    let group = pairs.rank * channels;
    let mut out = Dense::zeroed(pairs.pairs.len(), channels);
    arch().dispatch(
        #[inline(always)]
        || {
            for (out, [i, k]) in out.values_mut().chunks_exact_mut(channels).zip(&pairs.pairs) {
                let a = &a.values()[*i as usize * group..][..group];
                let b = &b.values()[*k as usize * group..][..group];
                for (a, b) in a.chunks_exact(channels).zip(b.chunks_exact(channels)) {
                    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                        *out += a * b;
                    }
                }
                out.iter_mut().for_each(|v| *v *= 0.5);
            }
        },
    );
    out
}

/// Means and unbiased deviations of all columns.
fn deviations(x: &Dense) -> (Vec<f64>, Vec<f64>) {
    let (count, columns) = (x.rows() as f64, x.columns());
    let sum = |term: &dyn Fn(usize, f64) -> f64| {
        let mut sums = vec![0.0f64; columns];
        for row in x.values().chunks_exact(columns) {
            for (c, (sum, v)) in sums.iter_mut().zip(row).enumerate() {
                *sum += term(c, f64::from(*v));
            }
        }
        sums
    };
    let means: Vec<f64> = sum(&|_, v| v).into_iter().map(|sum| sum / count).collect();
    let squares = sum(&|c, v| (v - means[c]) * (v - means[c]));
    let deviations = squares.into_iter().map(|s| (s / (count - 1.0).max(1.0)).sqrt()).collect();
    (means, deviations)
}
