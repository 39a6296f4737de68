//! Gaussian blur that fades while training begins, as StyleGAN2-ADA and StyleGAN-XL do.

use tch::{Kind, Tensor};

/// How the blur of a discriminator's input falls, linearly, to none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlurFade {
    /// Sigma at the start, pixels.
    pub sigma: f64,
    /// Thousands of images after which there is no blur.
    pub kimg: f64,
}

impl BlurFade {
    /// Sigma after `images` images.
    pub fn at(&self, images: u64) -> f64 {
        let passed = images as f64 / (self.kimg * 1e3).max(1.0);
        self.sigma * (1.0 - passed).max(0.0)
    }
}

/// Blurs `images [B, C, H, W]` with weights `2^(-(d/sigma)²)` at distance `d`, those networks' form of
/// the Gaussian, cut off beyond `floor(3 sigma)` pixels and made to sum to one. Zeros surround the
/// picture. Below a third of a pixel nothing is left of it and the images stay as they are.
pub fn blur(images: &Tensor, sigma: f64) -> Tensor {
    let radius = (3.0 * sigma).floor() as i64;
    if radius < 1 {
        return images.shallow_clone();
    }
    let distances = Tensor::arange_start(-radius, radius + 1, (Kind::Double, images.device()));
    let weights = (-(distances / sigma).square()).exp2();
    let weights = (&weights / weights.sum(Kind::Double)).to_kind(images.kind());
    let (batch, channels, height, width) = images.size4().expect("images have four dimensions");
    let filter = |x: &Tensor, shape: [i64; 4], padding: [i64; 2]| {
        x.conv2d(&weights.view(shape), None::<Tensor>, [1, 1], padding, [1, 1], 1)
    };
    let planes = images.reshape([batch * channels, 1, height, width]);
    let rows = filter(&planes, [1, 1, 1, -1], [0, radius]);
    filter(&rows, [1, 1, -1, 1], [radius, 0]).view([batch, channels, height, width])
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    /// The two-dimensional sum, written out in float64.
    fn by_definition(image: &[f64], side: i64, sigma: f64) -> Vec<f64> {
        let radius = (3.0 * sigma).floor() as i64;
        let weight = |d: i64| (-(d as f64 / sigma).powi(2)).exp2();
        let total = (-radius..=radius).map(weight).sum::<f64>().powi(2);
        let pixel = |x: i64, y: i64| match (0..side).contains(&x) && (0..side).contains(&y) {
            true => image[(y * side + x) as usize],
            false => 0.0,
        };
        let blurred = |x: i64, y: i64| {
            let row = |dy: i64| {
                (-radius..=radius).map(|dx| weight(dx) * pixel(x + dx, y + dy)).sum::<f64>()
            };
            (-radius..=radius).map(|dy| weight(dy) * row(dy)).sum::<f64>() / total
        };
        (0..side * side).map(|i| blurred(i % side, i / side)).collect()
    }

    #[test]
    fn it_is_the_two_dimensional_convolution() {
        tch::manual_seed(1);
        let images = Tensor::randn([2, 3, 12, 12], (Kind::Float, Device::Cpu));
        for sigma in [0.4, 1.0, 2.0, 5.0] {
            let blurred = blur(&images, sigma);
            let plane = |t: &Tensor| {
                Vec::<f64>::try_from(t.get(1).get(2).flatten(0, -1).to_kind(Kind::Double)).unwrap()
            };
            for (is, should) in
                plane(&blurred).iter().zip(by_definition(&plane(&images), 12, sigma))
            {
                assert!((is - should).abs() < 1e-6, "sigma {sigma}: {is} {should}");
            }
        }
    }

    #[test]
    fn weights_sum_to_one() {
        let mut impulse = Tensor::zeros([1, 1, 33, 33], (Kind::Float, Device::Cpu));
        let _ = impulse.get(0).get(0).get(16).get(16).fill_(1.0);
        let sum = blur(&impulse, 2.0).sum(Kind::Double).double_value(&[]);
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        impulse = impulse.set_requires_grad(true);
        blur(&impulse, 2.0).sum(Kind::Float).backward();
        let centre = impulse.grad().double_value(&[0, 0, 16, 16]);
        assert!((centre - 1.0).abs() < 1e-6, "{centre}");
    }

    #[test]
    fn the_blur_fades_to_none() {
        let fade = BlurFade { sigma: 2.0, kimg: 300.0 };
        assert_eq!([0, 150_000, 300_000, 900_000].map(|n| fade.at(n)), [2.0, 1.0, 0.0, 0.0]);
        let image = Tensor::rand([1, 3, 8, 8], (Kind::Float, Device::Cpu));
        assert_eq!(blur(&image, 0.0), image);
    }
}
