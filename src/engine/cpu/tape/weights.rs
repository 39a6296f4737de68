//! Weights of layers as an image's code modulates them.

use super::layers::products;
use super::{Dense, Tape, Value};

/// Added to squared lengths, and to lengths, so that they are not zero.
const EPSILON: f32 = 1e-8;

/// By what rows of weights are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Norm {
    /// `sqrt(Σ w² + 1e-8)` (StyleGAN2's demodulation).
    OfSum,
    /// `sqrt(Σ w²) + 1e-8` (INR-GAN).
    OfLength,
}

impl Norm {
    /// Of a row, and the part of its derivative that is the length's.
    fn of(self, row: &[f32]) -> [f32; 2] {
        let squares: f64 = row.iter().map(|v| f64::from(*v) * f64::from(*v)).sum();
        let (length, norm) = match self {
            Self::OfSum => {
                let norm = (squares + f64::from(EPSILON)).sqrt();
                (norm, norm)
            }
            Self::OfLength => (squares.sqrt(), squares.sqrt() + f64::from(EPSILON)),
        };
        [norm as f32, length.max(f64::MIN_POSITIVE) as f32]
    }
}

impl Tape {
    /// `w [out, in]` with each column times its own of `s [1, in]` and `scale`.
    pub(crate) fn modulated(&mut self, w: &Value, s: &Value, scale: f32) -> Value {
        let factors: Vec<f32> = s.dense.values().iter().map(|s| s * scale).collect();
        let mut out = Dense::clone(&w.dense);
        scale_columns(&mut out, &factors);
        self.made(&[w, s], out, || {
            let [w, s] = [w, s].map(Clone::clone);
            Box::new(move |dy, slopes| {
                if w.number.is_some() {
                    let mut dw = dy.clone();
                    scale_columns(&mut dw, &factors);
                    slopes.add(w.number, dw);
                }
                if s.number.is_some() {
                    let mut ds = vec![0.0; factors.len()];
                    for (dy, w) in rows(dy).zip(rows(&w.dense)) {
                        for ((ds, dy), w) in ds.iter_mut().zip(dy).zip(w) {
                            *ds += dy * w * scale;
                        }
                    }
                    slopes.add(s.number, Dense::new(ds.len(), ds));
                }
            })
        })
    }

    /// `w` with each row divided by its norm.
    pub(crate) fn normalised(&mut self, w: &Value, norm: Norm) -> Value {
        let norms: Vec<[f32; 2]> = rows(&w.dense).map(|row| norm.of(row)).collect();
        let mut out = Dense::clone(&w.dense);
        let columns = out.columns();
        for (row, [norm, _]) in out.values_mut().chunks_exact_mut(columns).zip(&norms) {
            row.iter_mut().for_each(|v| *v /= norm);
        }
        self.made(&[w], out, || {
            let w = w.clone();
            Box::new(move |dy, slopes| {
                let mut dw = dy.clone();
                let pairs = dw.values_mut().chunks_exact_mut(columns).zip(rows(&w.dense));
                for ((dw, w), [norm, length]) in pairs.zip(&norms) {
                    // d(w / n) = dw / n - w (w · dw) / (n² |w|), with |w| as the norm has it.
                    let along: f32 = dw.iter().zip(w).map(|(d, w)| d * w).sum();
                    let part = along / (norm * norm * length);
                    dw.iter_mut().zip(w).for_each(|(d, w)| *d = *d / norm - part * w);
                }
                slopes.add(w.number, dw);
            })
        })
    }

    /// `w ⊙ (l r scale + 1)` of `w [out, in]`, `l [out, rank]` and `r [rank, in]`.
    pub(crate) fn factored(&mut self, w: &Value, [l, r]: [&Value; 2], scale: f32) -> Value {
        let mut factor = products(&l.dense, &transposed(&r.dense));
        factor.values_mut().iter_mut().for_each(|v| *v = *v * scale + 1.0);
        let out = multiplied(&w.dense, &factor);
        self.made(&[w, l, r], out, || {
            let [w, l, r] = [w, l, r].map(Clone::clone);
            Box::new(move |dy, slopes| {
                slopes.add(w.number, multiplied(dy, &factor));
                let mut dm = multiplied(dy, &w.dense);
                dm.values_mut().iter_mut().for_each(|v| *v *= scale);
                if l.number.is_some() {
                    slopes.add(l.number, products(&dm, &r.dense));
                }
                if r.number.is_some() {
                    slopes.add(r.number, products(&transposed(&l.dense), &transposed(&dm)));
                }
            })
        })
    }

    /// `a ⊙ b scale`.
    pub(crate) fn multiplied(&mut self, a: &Value, b: &Value, scale: f32) -> Value {
        let scaled = move |mut product: Dense| {
            product.values_mut().iter_mut().for_each(|v| *v *= scale);
            product
        };
        let out = scaled(multiplied(&a.dense, &b.dense));
        self.made(&[a, b], out, || {
            let [a, b] = [a, b].map(Clone::clone);
            Box::new(move |dy, slopes| {
                for (own, other) in [(&a, &b), (&b, &a)] {
                    if own.number.is_some() {
                        slopes.add(own.number, scaled(multiplied(dy, &other.dense)));
                    }
                }
            })
        })
    }
}

fn rows(dense: &Dense) -> std::slice::ChunksExact<'_, f32> {
    dense.values().chunks_exact(dense.columns())
}

fn scale_columns(dense: &mut Dense, factors: &[f32]) {
    for row in dense.values_mut().chunks_exact_mut(factors.len()) {
        row.iter_mut().zip(factors).for_each(|(v, f)| *v *= f);
    }
}

fn multiplied(a: &Dense, b: &Dense) -> Dense {
    assert_eq!((a.rows(), a.columns()), (b.rows(), b.columns()), "shapes of a product");
    let values = a.values().iter().zip(b.values()).map(|(a, b)| a * b);
    Dense::new(a.columns(), values.collect())
}

fn transposed(dense: &Dense) -> Dense {
    Dense::new(dense.rows(), dense.turned().to_vec())
}
