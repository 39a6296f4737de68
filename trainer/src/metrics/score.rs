//! Inception score.

use tch::{Kind, Tensor};

use crate::error::{Error, Result};

/// Into how many parts the images are divided; the score is the mean over them.
pub const SPLITS: i64 = 10;

/// Inception score (Salimans et al., 2016) of `probabilities [n, classes]`: mean and deviation over
/// `splits` parts, in order, of `exp(mean_x KL(p(y|x) || p(y)))`.
///
/// # Errors
/// [`Error::Parameter`] when there are fewer images than parts.
pub fn inception_score(probabilities: &Tensor, splits: i64) -> Result<(f64, f64)> {
    let images = probabilities.size()[0];
    if images < splits {
        let problem = format!("the Inception score takes at least {splits}, there are {images}");
        return Err(Error::parameter("--images", problem));
    }
    let probabilities = probabilities.to_kind(Kind::Double);
    let scores: Vec<f64> = (0..splits)
        .map(|i| (i * images / splits, (i + 1) * images / splits))
        .map(|(start, end)| split_score(&probabilities.narrow(0, start, end - start)))
        .collect();
    let mean = scores.iter().sum::<f64>() / splits as f64;
    let variance = scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / splits as f64;
    Ok((mean, variance.sqrt()))
}

fn split_score(part: &Tensor) -> f64 {
    let marginal = part.mean_dim(0, true, Kind::Double);
    let divergence = part.xlogy(part) - part.xlogy(&marginal);
    let divergence = divergence.sum_dim_intlist(1, false, Kind::Double);
    divergence.mean(Kind::Double).exp().double_value(&[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::golden;
    use tch::Device;

    #[test]
    fn scores_are_numpys() {
        let golden = golden::metrics();
        let (mean, deviation) = inception_score(&golden["score.probabilities"], SPLITS).unwrap();
        let expected = Vec::<f64>::try_from(&golden["score.mean_deviation"]).unwrap();
        assert!((mean - expected[0]).abs() < 1e-10, "{mean}");
        assert!((deviation - expected[1]).abs() < 1e-10, "{deviation}");
    }

    #[test]
    fn certain_and_even_classes_score_their_number() {
        let certain = Tensor::eye(4, (Kind::Double, Device::Cpu)).repeat([5, 1]);
        let (mean, deviation) = inception_score(&certain, 5).unwrap();
        assert!((mean - 4.0).abs() < 1e-12 && deviation < 1e-12);
        assert!(inception_score(&certain, 21).unwrap_err().to_string().contains("at least 21"));
    }
}
