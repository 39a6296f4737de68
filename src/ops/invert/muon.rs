//! Muon (Jordan et al., 2024): steps along the orthogonalised momentum of matrices.
//!
//! The gradient of a matrix is nearly of low rank: a few directions change the picture a lot, and most
//! hardly at all. Its polar factor has the same singular vectors and singular values of one, so that a
//! step goes as far along all of them.

use crate::matrix::{Matrix, multiply};

/// Steps of the iteration that brings singular values near one.
const ITERATIONS: usize = 5;
/// Coefficients of `s -> A s + B s^3 + C s^5`, by Jordan et al.: repeated, it takes singular values
/// from a hundredth on to between 0.7 and 1.2.
const A: f32 = 3.4445;
const B: f32 = -4.775;
const C: f32 = 2.0315;

/// The momentum of a list of matrices.
#[derive(Debug)]
pub(super) struct Muon {
    momenta: Vec<Vec<f32>>,
    /// Share of the momentum that a step keeps.
    kept: f32,
}

impl Muon {
    /// Whose momentum is the mean of the gradients of about `steps` steps.
    pub fn over(steps: usize) -> Self {
        Self { momenta: Vec::new(), kept: 1.0 - 1.0 / steps as f32 }
    }

    /// Moves matrix number `index`, of rows of `columns` values, against the momentum of `gradient`,
    /// by `rate` in root mean square.
    pub fn move_matrix(
        &mut self,
        index: usize,
        values: &mut [f32],
        gradient: &[f32],
        columns: usize,
        rate: f32,
    ) {
        if self.momenta.len() <= index {
            self.momenta.resize_with(index + 1, Vec::new);
        }
        let momentum = &mut self.momenta[index];
        momentum.resize(values.len(), 0.0);
        let kept = self.kept;
        let towards = |m: f32, g: f32| kept * m + (1.0 - kept) * g;
        momentum.iter_mut().zip(gradient).for_each(|(m, g)| *m = towards(*m, *g));
        // Nesterov's: where the momentum will be.
        let ahead = momentum.iter().zip(gradient).map(|(m, g)| towards(*m, *g)).collect();
        let step = orthogonal(ahead, columns);
        let size = (step.iter().map(|s| s * s).sum::<f32>() / step.len().max(1) as f32).sqrt();
        if size > 0.0 {
            let scale = rate / size;
            values.iter_mut().zip(step).for_each(|(v, s)| *v -= scale * s);
        }
    }
}

/// About the polar factor of a matrix of rows of `columns` values: its singular values become about
/// one, or stay zero. By Newton and Schulz's iteration, in products on the shorter side.
fn orthogonal(mut x: Vec<f32>, columns: usize) -> Vec<f32> {
    let norm = x.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt() as f32;
    if norm <= f32::MIN_POSITIVE {
        return vec![0.0; x.len()];
    }
    x.iter_mut().for_each(|v| *v /= norm);
    let rows = x.len() / columns;
    let side = rows.min(columns);
    let (mut gram, mut polynomial) = (vec![0.0; side * side], vec![0.0; side * side]);
    for _ in 0..ITERATIONS {
        let before = x.clone();
        // Products see rows of `x` as columns, as they lie in memory.
        let (as_is, turned) =
            (Matrix::by_columns(&before, columns), Matrix::by_rows(&before, columns));
        match columns <= rows {
            true => multiply([side, rows, side], as_is, turned, false, &mut gram),
            false => multiply([side, columns, side], turned, as_is, false, &mut gram),
        }
        polynomial.iter_mut().zip(&gram).for_each(|(p, g)| *p = B / C * g);
        let square = Matrix::by_columns(&gram, side);
        multiply([side; 3], square, square, true, &mut polynomial);
        polynomial.iter_mut().for_each(|p| *p *= C);
        x.iter_mut().for_each(|v| *v *= A);
        let factor = Matrix::by_columns(&polynomial, side);
        match columns <= rows {
            true => multiply([columns, side, rows], factor, as_is, true, &mut x),
            false => multiply([columns, side, rows], as_is, factor, true, &mut x),
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::latent;

    /// `x xᵀ` or `xᵀ x`, the smaller one, from the definition.
    fn gram(x: &[f32], columns: usize) -> Vec<f64> {
        let rows = x.len() / columns;
        let at = |r: usize, c: usize| f64::from(x[r * columns + c]);
        let entry = |i: usize, j: usize| -> f64 {
            match columns <= rows {
                true => (0..rows).map(|r| at(r, i) * at(r, j)).sum(),
                false => (0..columns).map(|c| at(i, c) * at(j, c)).sum(),
            }
        };
        let side = rows.min(columns);
        (0..side * side).map(|k| entry(k / side, k % side)).collect()
    }

    proptest! {
        #[test]
        fn singular_values_become_about_one(seed in 0u32..500, rows in 1usize..9, columns in 1usize..9) {
            let x = orthogonal(latent(seed, rows * columns), columns);
            let gram = gram(&x, columns);
            let side = rows.min(columns);
            // The trace and the square's trace of the Gram matrix are sums of s^2 and of s^4. A random
            // matrix may have a singular value near nothing, which stays small.
            let trace: f64 = (0..side).map(|i| gram[i * side + i]).sum();
            let square: f64 = gram.iter().map(|g| g * g).sum();
            let n = side as f64;
            prop_assert!(trace <= 1.5 * n && trace >= 0.45 * n - 0.5, "{trace} of {n}");
            prop_assert!(square <= 2.1 * n, "{square} of {n}");
        }
    }

    #[test]
    fn singular_vectors_stay() {
        // Two directions, one a hundred times as steep as the other.
        let x = orthogonal(vec![3.0, 4.0, 0.04, -0.03], 2);
        for (x, y) in x.iter().zip([0.6, 0.8, 0.8, -0.6]) {
            assert!((0.6..1.3).contains(&(x / y)), "{x} {y}");
        }
        assert_eq!(orthogonal(vec![0.0; 6], 2), [0.0; 6]);
    }

    #[test]
    fn the_lowest_point_of_a_steep_valley_is_found() {
        let (mut x, mut muon) = (vec![3.0f32, -4.0, 2.0, 1.0], Muon::over(20));
        for step in 0..400 {
            let steep = [1000.0, 1000.0, 1.0, 1.0];
            let gradient: Vec<f32> = x.iter().zip(steep).map(|(x, s)| s * (x - 0.5)).collect();
            muon.move_matrix(0, &mut x, &gradient, 2, 0.1 * (1.0 - step as f32 / 400.0));
        }
        assert!(x.iter().all(|x| (x - 0.5).abs() < 0.05), "{x:?}");
    }
}
