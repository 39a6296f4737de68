//! How far feature maps are from each other.

use tch::{Kind, Tensor};

/// Least length of a feature vector that is divided by.
const LEAST: f64 = 1e-10;
/// Least rows and columns of maps that count: in smaller ones the zeros around an image weigh more
/// than the image.
const SIDE: i64 = 4;

/// The distance between the maps of two images, or of two batches, as LPIPS without learned weights
/// (Zhang et al., 2018): the mean over maps of `mean_p |a(p) / |a(p)| - b(p) / |b(p)||²`, in `[0, 4]`
/// and, where features are never negative, in `[0, 2]`. Maps `[B, channels, rows, columns]` of fewer
/// than 4 rows or columns do not count, as in the library's perceptual loss. One number, float32; the
/// gradient flows.
pub fn feature_distance(a: &[Tensor], b: &[Tensor]) -> Tensor {
    let each = distances(a, b);
    let count = each.len().max(1) as f64;
    each.into_iter().sum::<Tensor>() / count
}

/// What the maps come to one by one; see [`feature_distance`].
pub fn feature_distances(a: &[Tensor], b: &[Tensor]) -> Vec<f32> {
    distances(a, b).iter().map(|distance| distance.double_value(&[]) as f32).collect()
}

fn distances(a: &[Tensor], b: &[Tensor]) -> Vec<Tensor> {
    let large = |map: &Tensor| map.size()[2..].iter().all(|side| *side >= SIDE);
    let pairs = a.iter().zip(b).filter(|(a, _)| large(a));
    pairs.map(|(a, b)| apart(&directions(a), &directions(b))).collect()
}

fn apart(a: &Tensor, b: &Tensor) -> Tensor {
    let squares = (a - b).square().sum_dim_intlist(1i64, false, None);
    squares.mean(Kind::Float)
}

/// Every feature vector divided by its length.
fn directions(map: &Tensor) -> Tensor {
    let map = map.to_kind(Kind::Float);
    let length = map.norm_scalaropt_dim(2.0, 1i64, true).clamp_min(LEAST);
    map / length
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    fn map(value: [f32; 2]) -> Tensor {
        Tensor::from_slice(&value).view([1, 2, 1, 1]).expand([1, 2, 5, 6], false)
    }

    #[test]
    fn directions_count_and_lengths_do_not() {
        let [a, b, c] = [[1.0, 0.0], [0.0, 3.0], [-2.0, 0.0]].map(map);
        let distance = |a: &Tensor, b: &Tensor| {
            feature_distance(&[a.shallow_clone()], &[b.shallow_clone()]).double_value(&[])
        };
        assert_eq!(distance(&a, &(&a * 7.0)), 0.0);
        assert!((distance(&a, &b) - 2.0).abs() < 1e-6);
        assert!((distance(&a, &c) - 4.0).abs() < 1e-6);
        let zero = a.zeros_like();
        assert!((distance(&a, &zero) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn features_that_are_all_zero_have_a_gradient() {
        let image = Tensor::full([1, 2, 4, 4], -1.0, (Kind::Float, Device::Cpu));
        let image = image.set_requires_grad(true);
        feature_distance(&[image.relu()], &[image.ones_like()]).backward();
        assert_eq!(image.grad().abs().max().double_value(&[]), 0.0);
    }

    #[test]
    fn maps_count_alike_and_small_ones_not_at_all() {
        let [a, b] = [[1.0, 0.0], [0.0, 1.0]].map(map);
        let small = |value| map(value).narrow(2, 0, 3);
        let both = [a.shallow_clone(), a.shallow_clone(), small([1.0, 0.0])];
        let other = [a, b, small([0.0, 1.0])];
        assert!((feature_distance(&both, &other).double_value(&[]) - 1.0).abs() < 1e-6);
        assert_eq!(feature_distances(&both, &other).len(), 2);
        let none = Tensor::zeros([1, 2, 2, 2], (Kind::Float, Device::Cpu));
        assert!(feature_distances(&[none.shallow_clone()], &[none]).is_empty());
    }
}
