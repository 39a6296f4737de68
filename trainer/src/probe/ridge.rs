//! Ridge regression, judged on what it has not seen.

use tch::{Kind, Tensor};

/// Strengths that are tried, as shares of the features' variance.
const STRENGTHS: [f64; 7] = [1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0];

/// How well one value is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Readout {
    /// Root of the mean squared error on pictures that were left out.
    pub error: f64,
    /// The values' own deviation: the error of always saying their mean.
    pub deviation: f64,
}

impl Readout {
    /// Share of the values' variance that is read.
    pub fn explained(&self) -> f64 {
        1.0 - (self.error / self.deviation).powi(2)
    }
}

/// Predicts `values [pictures, values]` from `features [pictures, features]`, both float64. Pictures are
/// divided into `folds` parts by their number; each is predicted from the others. The strength of the
/// pull to 0 is the one of a few with the least error over all values, relative to their deviations.
pub fn read_out(features: &Tensor, values: &Tensor, folds: i64) -> Vec<Readout> {
    let deviation = values.std_dim(0, true, false).clamp_min(f64::MIN_POSITIVE);
    let squares = |strength: f64| {
        let left = predictions(features, values, folds, strength) - values;
        (&left * &left).mean_dim(0, false, Kind::Double)
    };
    let relative = |squares: &Tensor| {
        (squares / (&deviation * &deviation)).mean(Kind::Double).double_value(&[])
    };
    let best =
        STRENGTHS.into_iter().map(squares).min_by(|a, b| relative(a).total_cmp(&relative(b)));
    let Some(best) = best else { return Vec::new() };
    let numbers = |tensor: &Tensor| Vec::<f64>::try_from(tensor.reshape([-1])).unwrap_or_default();
    let both = numbers(&best.sqrt()).into_iter().zip(numbers(&deviation));
    both.map(|(error, deviation)| Readout { error, deviation }).collect()
}

/// Every picture's values as the pictures of other folds predict them.
fn predictions(features: &Tensor, values: &Tensor, folds: i64, strength: f64) -> Tensor {
    let count = features.size()[0];
    let out = values.zeros_like();
    let number = Tensor::arange(count, (Kind::Int64, features.device())).remainder(folds);
    for fold in 0..folds {
        let own = number.eq(fold).nonzero().squeeze_dim(1);
        let others = number.ne(fold).nonzero().squeeze_dim(1);
        let (x, y) = (features.index_select(0, &others), values.index_select(0, &others));
        let (mean, level) = (x.mean_dim(0, true, Kind::Double), y.mean_dim(0, true, Kind::Double));
        let (x, y) = (x - &mean, y - &level);
        let products = x.transpose(0, 1).matmul(&x);
        let pull = products.trace() / x.size()[1] as f64 * strength + f64::MIN_POSITIVE;
        let eye = Tensor::eye(x.size()[1], (Kind::Double, x.device()));
        let (a, b) = (products + eye * pull, x.transpose(0, 1).matmul(&y));
        let weights = Tensor::linalg_solve(&a, &b, true);
        let predicted = (features.index_select(0, &own) - &mean).matmul(&weights) + &level;
        let _ = out.shallow_clone().index_copy_(0, &own, &predicted);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    #[test]
    fn what_is_linear_is_read_and_what_is_not_there_is_not() {
        tch::manual_seed(1);
        let normal = |rows, columns| Tensor::randn([rows, columns], (Kind::Double, Device::Cpu));
        let features = normal(200, 20);
        let linear = features.matmul(&normal(20, 1)) * 3.0 + 7.0;
        let values = Tensor::cat(&[&linear, &normal(200, 1)], 1);
        let found = read_out(&features, &values, 5);
        assert!(found[0].explained() > 0.95, "{found:?}");
        assert!(found[1].explained() < 0.1, "{found:?}");
        assert!(found[1].explained() > -1.0, "{found:?}");
    }
}
