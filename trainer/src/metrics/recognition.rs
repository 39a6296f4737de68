//! How often a picture's class can be told from its features.

use tch::{Kind, Tensor};

use crate::error::{Error, Result};

/// Ridge penalty as a share of the features' mean variance.
const RIDGE: f64 = 0.03;

/// Feature vectors of pictures `[n, d]` with their classes `[n]`.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    /// The vectors.
    pub vectors: &'a Tensor,
    /// The classes, from 0.
    pub classes: &'a Tensor,
}

/// Share of `pictures` whose class a linear classifier tells that was fitted to `known`: least squares
/// of one-hot classes, less their shares, by features, less their mean, with a small ridge penalty and
/// the pictures of every class weighing as much together; the highest answer counts.
///
/// # Errors
/// [`Error::Parameter`] when either side is empty.
pub fn recognised(known: Labelled<'_>, pictures: Labelled<'_>) -> Result<f64> {
    if known.vectors.size()[0] == 0 || pictures.vectors.size()[0] == 0 {
        return Err(Error::parameter("--images", "there are no pictures to recognise"));
    }
    let device = known.vectors.device();
    let [x, y] = [known, pictures].map(|l| l.vectors.to_device(device).to_kind(Kind::Double));
    let [known, classes] = [known, pictures].map(|l| l.classes.to_device(device));
    let mean = x.mean_dim(0, true, None);
    let (x, y) = (x - &mean, y - mean);
    let targets = known.one_hot(-1).to_kind(Kind::Double);
    let share = targets.mean_dim(0, true, None).clamp_min(1e-9);
    let weight = (&targets / &share).sum_dim_intlist(1, true, None);
    let products = x.tr().matmul(&(&x * &weight));
    let width = products.size()[0];
    let penalty = products.trace() * (RIDGE / width as f64);
    let damped = products + Tensor::eye(width, (Kind::Double, device)) * penalty;
    let centred = (&targets - &share) * weight;
    let solved = Tensor::f_linalg_solve(&damped, &x.tr().matmul(&centred), true)?;
    let told = y.matmul(&solved).argmax(1, false);
    Ok(told.eq_tensor(&classes).to_kind(Kind::Double).mean(None).double_value(&[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    /// `count` vectors of each of three classes around corners of a simplex, and their classes.
    fn clouds(seed: i64, count: i64, deviation: f64) -> (Tensor, Tensor) {
        tch::manual_seed(seed);
        let classes = Tensor::arange(3, (Kind::Int64, Device::Cpu)).repeat([count]);
        let corners = Tensor::eye(8, (Kind::Float, Device::Cpu)).index_select(0, &classes);
        (corners + Tensor::randn([3 * count, 8], (Kind::Float, Device::Cpu)) * deviation, classes)
    }

    fn share(known: &(Tensor, Tensor), pictures: &(Tensor, Tensor)) -> f64 {
        let labelled = |(vectors, classes)| Labelled { vectors, classes };
        let [known, pictures] = [known, pictures].map(|(v, c)| labelled((v, c)));
        recognised(known, pictures).unwrap()
    }

    #[test]
    fn separate_classes_are_told_and_wrong_labels_are_not() {
        let (known, pictures) = (clouds(1, 40, 0.1), clouds(2, 30, 0.1));
        assert_eq!(share(&known, &pictures), 1.0);
        let wrong = (pictures.0.shallow_clone(), (&pictures.1 + 1).remainder(3));
        assert_eq!(share(&known, &wrong), 0.0);
        let noise = share(&known, &clouds(3, 100, 20.0));
        assert!((noise - 1.0 / 3.0).abs() < 0.12, "{noise}");
    }

    #[test]
    fn frequent_classes_do_not_take_the_others() {
        let (vectors, classes) = clouds(4, 200, 0.5);
        let keep =
            classes.eq(0).logical_or(&Tensor::arange(600, (Kind::Int64, Device::Cpu)).lt(60));
        let keep = keep.nonzero().flatten(0, -1);
        let known = (vectors.index_select(0, &keep), classes.index_select(0, &keep));
        let (vectors, classes) = clouds(5, 200, 0.5);
        let rare = classes.eq(1).nonzero().flatten(0, -1);
        let rare = (vectors.index_select(0, &rare), classes.index_select(0, &rare));
        assert!(share(&known, &rare) > 0.7, "{}", share(&known, &rare));
    }

    #[test]
    fn no_pictures_are_an_error() {
        let (vectors, classes) = clouds(1, 2, 0.1);
        let none = (vectors.narrow(0, 0, 0), classes.narrow(0, 0, 0));
        let known = Labelled { vectors: &vectors, classes: &classes };
        let none = Labelled { vectors: &none.0, classes: &none.1 };
        assert!(recognised(known, none).is_err() && recognised(none, known).is_err());
    }
}
