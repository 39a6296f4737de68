//! Fréchet distance between normal distributions.

use tch::{Kind, Tensor};

use super::statistics::Gaussian;
use crate::error::{Error, Result};

/// Squared Fréchet (Wasserstein-2) distance of two normal distributions (Dowson and Landau, 1982),
/// which FID is on features of Inception:
/// `|m_a - m_b|² + tr(C_a + C_b - 2 (C_a C_b)^(1/2))`.
///
/// The eigenvalues of `C_a C_b` are those of the symmetric `C_a^(1/2) C_b C_a^(1/2)`, so that two
/// symmetric eigendecompositions in float64 give the trace. Eigenvalues below rounding are taken
/// as zero, so covariances of fewer images than features need no offset on the diagonal.
///
/// # Errors
/// [`Error::Parameter`] when features were not finite or of different widths; [`Error::Torch`] when
/// the decomposition does not converge.
pub fn frechet_distance(a: &Gaussian, b: &Gaussian) -> Result<f64> {
    if a.mean.size() != b.mean.size() {
        let (a, b) = (a.mean.size(), b.mean.size());
        let problem = format!("feature networks of widths {a:?} and {b:?} cannot be compared");
        return Err(Error::parameter("--metrics", problem));
    }
    let finite = |g: &Gaussian| g.covariance.isfinite().all().int64_value(&[]) == 1;
    if !finite(a) || !finite(b) {
        let problem = "the features are not finite; does the network's file hold trained weights?";
        return Err(Error::parameter("--metrics", problem));
    }
    let root = square_root(&a.covariance)?;
    let product = symmetric(&root.matmul(&b.covariance).matmul(&root));
    let overlap = above_rounding(&product.f_linalg_eigvalsh("L")?).sqrt().sum(Kind::Double);
    let means = (&a.mean - &b.mean).square().sum(Kind::Double);
    let traces = a.covariance.trace() + b.covariance.trace();
    Ok((means + traces - overlap * 2.0).double_value(&[]).max(0.0))
}

/// The symmetric square root of a covariance.
fn square_root(covariance: &Tensor) -> Result<Tensor> {
    let (values, vectors) = symmetric(covariance).f_linalg_eigh("L")?;
    Ok((&vectors * above_rounding(&values).sqrt().unsqueeze(0)).matmul(&vectors.tr()))
}

/// Half of the sum with its transpose: what rounding made lopsided is even again.
fn symmetric(matrix: &Tensor) -> Tensor {
    (matrix + matrix.tr()) * 0.5
}

/// Eigenvalues of a matrix that has no negative ones, those within its rounding set to zero: the
/// square root would make much of them.
fn above_rounding(values: &Tensor) -> Tensor {
    let floor = values.max() * (f64::EPSILON * values.numel() as f64);
    values.where_self(&values.gt_tensor(&floor), &values.zeros_like())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::golden;
    use tch::Device;

    #[test]
    fn distances_are_those_of_scipys_matrix_square_root() {
        let golden = golden::metrics();
        for case in ["full", "singular", "means", "scaled"] {
            let gaussian = |side| Gaussian {
                mean: golden[&format!("frechet.{case}.{side}.mean")].shallow_clone(),
                covariance: golden[&format!("frechet.{case}.{side}.covariance")].shallow_clone(),
            };
            let (a, b) = (gaussian("a"), gaussian("b"));
            let expected = golden[&format!("frechet.{case}.distance")].double_value(&[0]);
            for distance in [frechet_distance(&a, &b).unwrap(), frechet_distance(&b, &a).unwrap()] {
                let error = (distance - expected).abs() / expected.max(1.0);
                assert!(error < 1e-6, "{case}: {distance} instead of {expected}");
            }
            let itself = frechet_distance(&a, &a).unwrap();
            assert!(itself < 1e-6 * a.covariance.trace().double_value(&[]).max(1.0), "{itself}");
        }
    }

    #[test]
    fn features_that_cannot_be_compared_are_refused() {
        let gaussian = |width, value| Gaussian {
            mean: Tensor::zeros([width], (Kind::Double, Device::Cpu)),
            covariance: Tensor::full([width, width], value, (Kind::Double, Device::Cpu)),
        };
        let widths = frechet_distance(&gaussian(2, 0.0), &gaussian(3, 0.0)).unwrap_err();
        assert!(widths.to_string().contains("widths"));
        let nan = frechet_distance(&gaussian(2, f64::NAN), &gaussian(2, 0.0)).unwrap_err();
        assert!(nan.to_string().contains("not finite"));
    }
}
