//! How far the structure of results is from that of originals.

use tch::{Kind, Tensor};

/// Side of the Gaussian window, and its deviation, in pixels.
const WINDOW: (i64, f64) = (11, 1.5);
/// What keeps quotients of small numbers steady, for values from 0 to 1.
const STEADY: [f64; 2] = [0.01 * 0.01, 0.03 * 0.03];
/// What the scales count, the finest first.
const SCALES: [f64; 5] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/// 1 minus the multi-scale structural similarity of `results` and `originals [B, 3, P, P]`, 0 to 1, mean
/// over colours and pictures (Wang, Simoncelli and Bovik, 2003, equation 7): as many of its five scales
/// as the side has pixels for, their weights made to sum to one.
///
/// # Panics
/// When squares are smaller than the window of 11 pixels.
pub fn structure(results: &Tensor, originals: &Tensor) -> Tensor {
    let side = results.size()[3];
    let scales = (1..SCALES.len()).take_while(|scale| side >> scale >= WINDOW.0).count() + 1;
    let whole: f64 = SCALES[..scales].iter().sum();
    let (mut a, mut b) = (results.shallow_clone(), originals.shallow_clone());
    let mut factors = Vec::with_capacity(scales);
    for (scale, weight) in SCALES[..scales].iter().enumerate() {
        let [light, contrast] = similarity(&a, &b);
        let similar = if scale + 1 == scales { light * contrast } else { contrast };
        // Where structures are opposite the power would not be a number.
        let similar = similar.mean_dim(&[2i64, 3][..], false, Kind::Float).clamp_min(1e-6);
        factors.push(similar.pow_tensor_scalar(weight / whole));
        [a, b] = [a, b].map(|t| t.avg_pool2d([2, 2], [2, 2], [0, 0], false, true, None));
    }
    let product = factors.into_iter().reduce(|a, b| a * b);
    1.0 - product.expect("a scale").mean(Kind::Float)
}

/// Similarity of light, and of contrast with structure, at every place of the window.
fn similarity(a: &Tensor, b: &Tensor) -> [Tensor; 2] {
    let window = window(a);
    let mean = |t: &Tensor| t.conv2d(&window, None::<&Tensor>, 1, 0, 1, 3);
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (square_a, square_b, both) = (mean_a.square(), mean_b.square(), &mean_a * &mean_b);
    let spread_a = mean(&a.square()) - &square_a;
    let spread_b = mean(&b.square()) - &square_b;
    let shared = mean(&(a * b)) - &both;
    let [c1, c2] = STEADY;
    let light = (both * 2.0 + c1) / (square_a + square_b + c1);
    let contrast = (shared * 2.0 + c2) / (spread_a + spread_b + c2);
    [light, contrast]
}

/// The Gaussian window `[3, 1, 11, 11]`, which sums to one for each colour.
fn window(like: &Tensor) -> Tensor {
    let (side, deviation) = WINDOW;
    let at = Tensor::arange(side, (Kind::Float, like.device())) - (side / 2) as f64;
    let line = (at.square() / (-2.0 * deviation * deviation)).exp();
    let line = &line / line.sum(Kind::Float);
    line.outer(&line).view([1, 1, side, side]).repeat([3, 1, 1, 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    fn noise(seed: i64, side: i64) -> Tensor {
        tch::manual_seed(seed);
        Tensor::rand([2, 3, side, side], (Kind::Float, Device::Cpu))
    }

    #[test]
    fn the_same_is_not_apart_and_the_opposite_is() {
        for side in [11, 16, 40, 200] {
            let picture = noise(1, side);
            let apart = |other: &Tensor| structure(&picture, other).double_value(&[]);
            assert!(apart(&picture).abs() < 1e-5, "{side}");
            let nearly = &picture * 0.9 + noise(2, side) * 0.1;
            assert!(apart(&nearly) < apart(&noise(2, side)), "{side}");
            assert!(apart(&(1.0 - &picture)) > 0.9, "{side}");
        }
    }

    /// At one scale it is the structural similarity of the library's metrics, there on luma of 8 bits.
    #[test]
    fn one_scale_is_ssim() {
        use polyinr::{Channels, Raster, Samples, metrics};
        let grey = |seed: i64| (noise(seed, 16).narrow(1, 0, 1) * 255.0).round();
        let (a, b) = (grey(1), grey(1) * 0.7 + grey(2) * 0.3);
        let b = b.round();
        let raster = |t: &Tensor| {
            let values: Vec<f32> = t
                .get(0)
                .expand([3, 16, 16], false)
                .permute([1, 2, 0])
                .reshape([-1])
                .try_into()
                .unwrap();
            let bytes = values.into_iter().map(|v| v as u8).collect();
            Raster::new(16, 16, Channels::Rgb, Samples::U8(bytes)).unwrap()
        };
        let wanted = metrics::compare(&raster(&a), &raster(&b), 0).unwrap().ssim;
        let colours = |t: &Tensor| (t.narrow(0, 0, 1) / 255.0).expand([1, 3, 16, 16], false);
        let found = 1.0 - structure(&colours(&a), &colours(&b)).double_value(&[]);
        assert!((found - wanted).abs() < 2e-2, "{found} {wanted}");
    }

    #[test]
    fn it_has_a_gradient_everywhere() {
        let picture = noise(3, 24).set_requires_grad(true);
        structure(&picture, &(1.0 - picture.detach())).backward();
        assert_eq!(picture.grad().isfinite().logical_not().any().int64_value(&[]), 0);
    }
}
