//! Differences that are artefacts more likely than texture.

use tch::{Kind, Tensor, no_grad};

/// Side of the window over which differences vary, in pixels.
const WINDOW: i64 = 7;
/// Exponent of a square's own deviation.
const EXPONENT: f64 = 0.2;

/// The mean difference of `results` and `originals [B, 3, P, P]`, each pixel weighted by how much
/// differences vary around it, and left out where the average network is further off than the one in
/// training (Liang et al., Details or Artifacts, CVPR 2022, equations 2 to 6).
pub fn artefacts(results: &Tensor, averages: &Tensor, originals: &Tensor) -> Tensor {
    let weights = no_grad(|| {
        let differences = sums(&(originals - results));
        let stable = sums(&(originals - averages));
        let spread = differences.var_dim(&[1i64, 2, 3][..], true, true).pow_tensor_scalar(EXPONENT);
        let nearer = differences.ge_tensor(&stable).to_kind(Kind::Float);
        variance(&differences) * spread * nearer
    });
    (weights * (originals - results).abs()).mean(Kind::Float)
}

/// Absolute differences, summed over colours: `[B, 1, P, P]`.
fn sums(differences: &Tensor) -> Tensor {
    differences.abs().sum_dim_intlist(1i64, true, Kind::Float)
}

/// Variances over windows around each pixel, edges reflected.
fn variance(values: &Tensor) -> Tensor {
    let padded = values.reflection_pad2d([WINDOW / 2; 4]);
    let mean = |t: &Tensor| t.avg_pool2d([WINDOW; 2], [1; 2], [0; 2], false, true, None);
    (mean(&padded.square()) - mean(&padded).square()).clamp_min(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    fn flat(value: f64) -> Tensor {
        Tensor::full([1, 3, 20, 20], value, (Kind::Float, Device::Cpu))
    }

    /// A square with one wrong pixel.
    fn spotted() -> Tensor {
        let square = flat(0.5);
        let _ = square.narrow(2, 10, 1).narrow(3, 10, 1).fill_(0.9);
        square
    }

    #[test]
    fn a_spot_counts_and_an_even_difference_does_not() {
        let of = |results: &Tensor, averages: &Tensor| {
            artefacts(results, averages, &flat(0.5)).double_value(&[])
        };
        assert!(of(&spotted(), &flat(0.5)) > 1e-6);
        assert!(of(&flat(0.7), &flat(0.5)) < 1e-9);
        // The average is further off: what training does there is right.
        assert_eq!(of(&spotted(), &flat(0.0)), 0.0);
    }

    #[test]
    fn variances_are_those_of_windows() {
        let square = Tensor::zeros([1, 1, 9, 9], (Kind::Float, Device::Cpu));
        let _ = square.narrow(2, 4, 1).narrow(3, 4, 1).fill_(1.0);
        let found = variance(&square).double_value(&[0, 0, 4, 4]);
        let mean = 1.0 / 49.0;
        assert!((found - (mean - mean * mean)).abs() < 1e-6, "{found}");
    }
}
