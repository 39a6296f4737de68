//! What pictures have been through before they are enlarged.

use image::imageops;
use polyinr::Raster;
use polyinr::metrics::{self, Chroma};

use super::picture::{image, raster};
use crate::error::Result;
use crate::upscaler::draws::Draws;

/// Where noise is drawn from.
const SEED: u64 = 22;

/// A way to spoil pictures, always the same: blur, then noise, then compression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degradation {
    /// What it is called behind a set's name.
    pub name: &'static str,
    /// Standard deviation of a Gaussian blur in pixels of the reduced picture; 0 for none.
    pub blur: f32,
    /// Standard deviation of Gaussian noise, of 255, independent in every sample; 0 for none.
    pub noise: f64,
    /// Quality of a JPEG file with colour differences at half the resolution (4:2:0).
    pub jpeg: Option<u8>,
}

/// No degradation.
const NONE: Degradation = Degradation { name: "", blur: 0.0, noise: 0.0, jpeg: None };

/// The degradations that the validation set is judged with, beside none.
pub const DEGRADATIONS: [Degradation; 6] = [
    Degradation { name: "noise5", noise: 5.0, ..NONE },
    Degradation { name: "noise15", noise: 15.0, ..NONE },
    Degradation { name: "jpeg75", jpeg: Some(75), ..NONE },
    Degradation { name: "jpeg40", jpeg: Some(40), ..NONE },
    Degradation { name: "blur", blur: 1.0, ..NONE },
    Degradation { name: "mixed", blur: 1.0, noise: 5.0, jpeg: Some(75) },
];

impl Degradation {
    /// What `picture`, RGB of 8 bits and the set's with that `number`, is afterwards. Noise depends on
    /// the number only, and is of the same shape at every strength.
    ///
    /// # Errors
    /// [`Error::Library`](crate::Error::Library) for a picture too large for JPEG.
    pub fn apply(&self, picture: &Raster, number: u64) -> Result<Raster> {
        let mut spoilt = image(picture);
        if self.blur > 0.0 {
            spoilt = imageops::blur(&spoilt, self.blur);
        }
        if self.noise > 0.0 {
            let mut draws = Draws::new(SEED, number);
            spoilt.iter_mut().for_each(|sample| *sample = noisy(*sample, self.noise, &mut draws));
        }
        let spoilt = raster(spoilt)?;
        Ok(match self.jpeg {
            Some(quality) => metrics::compress(&spoilt, quality, Chroma::Half)?,
            None => spoilt,
        })
    }
}

/// A sample with Gaussian noise (Box and Muller, 1958), rounded and clipped.
fn noisy(sample: u8, deviation: f64, draws: &mut Draws) -> u8 {
    let radius = (-2.0 * (1.0 - draws.uniform()).ln()).sqrt();
    let normal = radius * (std::f64::consts::TAU * draws.uniform()).cos();
    (f64::from(sample) + deviation * normal).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::samples::bytes;
    use image::{Rgb, RgbImage};

    fn named(name: &str) -> Degradation {
        *DEGRADATIONS.iter().find(|d| d.name == name).unwrap()
    }

    fn grey() -> Raster {
        raster(RgbImage::from_pixel(80, 60, Rgb([128; 3]))).unwrap()
    }

    /// Stripes of black and white, eight pixels each.
    fn stripes() -> Raster {
        raster(RgbImage::from_fn(80, 60, |x, _| Rgb([(x / 8 % 2 * 255) as u8; 3]))).unwrap()
    }

    fn differences(picture: &Raster, spoilt: &Raster) -> Vec<f64> {
        let pairs = bytes(picture).iter().zip(bytes(spoilt));
        pairs.map(|(a, b)| f64::from(*b) - f64::from(*a)).collect()
    }

    #[test]
    fn noise_has_its_level_and_no_mean_and_comes_again() {
        for (name, level) in [("noise5", 5.0), ("noise15", 15.0)] {
            let spoilt = named(name).apply(&grey(), 3).unwrap();
            let added = differences(&grey(), &spoilt);
            let count = added.len() as f64;
            let mean = added.iter().sum::<f64>() / count;
            let deviation = (added.iter().map(|d| d * d).sum::<f64>() / count).sqrt();
            assert!(mean.abs() < 0.04 * level, "{name}: {mean}");
            assert!((deviation / level - 1.0).abs() < 0.03, "{name}: {deviation}");
            assert_eq!(spoilt, named(name).apply(&grey(), 3).unwrap());
            assert_ne!(spoilt, named(name).apply(&grey(), 4).unwrap());
        }
    }

    #[test]
    fn channels_and_neighbours_have_noise_of_their_own() {
        let added = differences(&grey(), &named("noise15").apply(&grey(), 0).unwrap());
        let correlation = |apart: usize| {
            let pairs = added.iter().zip(&added[apart..]).map(|(a, b)| a * b);
            pairs.sum::<f64>() / added.iter().map(|d| d * d).sum::<f64>()
        };
        assert!(correlation(1).abs() < 0.03 && correlation(3).abs() < 0.03);
    }

    #[test]
    fn blur_is_gaussian_of_one_pixel() {
        let blurred = named("blur").apply(&stripes(), 0).unwrap();
        let at = |x: usize| f64::from(bytes(&blurred)[30 * 240 + x * 3]);
        // The integral of the Gaussian half a pixel from the edge.
        assert!((at(8) - 255.0 * 0.69).abs() < 5.0, "{}", at(8));
        assert!((at(7) - 255.0 * 0.31).abs() < 5.0, "{}", at(7));
        assert!(at(4) < 2.0 && at(12) > 253.0);
    }

    #[test]
    fn compression_loses_more_at_lower_quality_and_all_three_most() {
        // Squares whose borders cross the blocks of JPEG.
        let pixel = |x: u32, y: u32| Rgb([x / 5 % 2, y / 3 % 2, 1].map(|bit| bit as u8 * 190));
        let picture = raster(RgbImage::from_fn(80, 60, pixel)).unwrap();
        let loss = |name: &str| {
            let spoilt = named(name).apply(&picture, 1).unwrap();
            metrics::psnr(&picture, &spoilt).unwrap()
        };
        assert!(loss("jpeg40") < loss("jpeg75") && loss("jpeg75") < 50.0);
        assert!(loss("mixed") < loss("blur"));
        assert_eq!(NONE.apply(&stripes(), 0).unwrap(), stripes());
    }
}
