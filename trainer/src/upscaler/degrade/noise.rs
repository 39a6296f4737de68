//! Noise: what sensors and films add to a picture.

use serde::{Deserialize, Serialize};

use super::pixels::Pixels;
use crate::upscaler::draws::Draws;

/// Noise of a random level and pattern. Its variance is `d² (1 - s + 2 s v)` where a sample is `v`,
/// 0 to 1: a part that is the same everywhere (of reading the sensor) and one that grows with the light
/// (of counting photons), the usual model of Poisson and Gaussian noise. At middle grey it is `d²`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// Patterns, each as likely as any other.
    pub patterns: Vec<Pattern>,
    /// Smallest and largest standard deviation `d`, in levels of 255.
    pub deviation: [f64; 2],
    /// Smallest and largest share `s` of the variance that grows with the light, 0 to 1.
    pub shot: [f64; 2],
}

/// How noise lies in a picture. All have the same root mean square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Every sample has its own.
    Independent,
    /// The three samples of a pixel have the same, as grain of a film.
    Grey,
    /// Of colours only, in spots of about two pixels; luma has none.
    Chroma,
    /// Every pixel of a Bayer mosaic has its own, the two colours that it lacks are means of its
    /// neighbours': what a camera's picture has after demosaicing.
    Demosaiced,
}

impl Noise {
    /// Draws noise for `picture`, of its size.
    pub fn draw(&self, picture: &Pixels, draws: &mut Draws) -> Pixels {
        let pattern = self.patterns[draws.below(self.patterns.len() as u64) as usize];
        let deviation = draws.within(self.deviation) / 255.0;
        let shot = draws.within(self.shot);
        let [width, height] = picture.size();
        let mut samples = pattern.unit(width, height, draws);
        for (noise, value) in samples.iter_mut().zip(picture.samples()) {
            let light = f64::from(value.clamp(0.0, 1.0));
            *noise *= (deviation * (1.0 - shot + 2.0 * shot * light).sqrt()) as f32;
        }
        Pixels::new(width, height, samples)
    }
}

impl Pattern {
    /// Noise whose root mean square is about 1, three samples a pixel.
    fn unit(self, width: usize, height: usize, draws: &mut Draws) -> Vec<f32> {
        match self {
            Self::Independent => (0..width * height * 3).map(|_| draws.normal()).collect(),
            Self::Grey => (0..width * height).flat_map(|_| [draws.normal(); 3]).collect(),
            Self::Chroma => chroma(width, height, draws),
            Self::Demosaiced => demosaiced(width, height, draws),
        }
    }
}

/// Normal numbers, one for each pixel of a plane and of a border of one pixel around it.
struct Plane {
    line: usize,
    values: Vec<f32>,
}

impl Plane {
    fn new(width: usize, height: usize, draws: &mut Draws) -> Self {
        let line = width + 2;
        Self { line, values: (0..line * (height + 2)).map(|_| draws.normal()).collect() }
    }

    /// The 3x3 numbers around (x, y) of the plane, row by row.
    fn around(&self, x: usize, y: usize) -> [f32; 9] {
        std::array::from_fn(|i| self.values[(y + i / 3) * self.line + x + i % 3])
    }
}

/// The sum of `values` by `weights`.
fn dot(values: [f32; 9], weights: [f32; 9]) -> f32 {
    values.iter().zip(weights).map(|(v, w)| v * w).sum()
}

fn chroma(width: usize, height: usize, draws: &mut Draws) -> Vec<f32> {
    const SPOT: [f32; 9] = [1.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 2.0, 1.0];
    // Root of the sum of squares of the spot's weights, and the root mean square of red, green and
    // blue where both colour differences have deviation 1.
    const NORM: f32 = 6.0 * 1.3825;
    let [blue, red] = [0, 1].map(|_| Plane::new(width, height, draws));
    let pixel = |i: usize| {
        let [cb, cr] =
            [&blue, &red].map(|plane| dot(plane.around(i % width, i / width), SPOT) / NORM);
        [1.402 * cr, -0.344 * cb - 0.714 * cr, 1.772 * cb]
    };
    (0..width * height).flat_map(pixel).collect()
}

fn demosaiced(width: usize, height: usize, draws: &mut Draws) -> Vec<f32> {
    const SELF: [f32; 9] = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    const ACROSS: [f32; 9] = [0.0, 0.0, 0.0, 0.5, 0.0, 0.5, 0.0, 0.0, 0.0];
    const DOWN: [f32; 9] = [0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0];
    const CROSS: [f32; 9] = [0.0, 0.25, 0.0, 0.25, 0.0, 0.25, 0.0, 0.25, 0.0];
    const CORNERS: [f32; 9] = [0.25, 0.0, 0.25, 0.0, 0.0, 0.0, 0.25, 0.0, 0.25];
    // Red, green and blue in the mosaic's four pixels: red and green, then green and blue.
    const COLOURS: [[[f32; 9]; 3]; 4] = [
        [SELF, CROSS, CORNERS],
        [ACROSS, SELF, DOWN],
        [DOWN, SELF, ACROSS],
        [CORNERS, CROSS, SELF],
    ];
    // Mean squares: 9/16 of red and blue, 5/8 of green.
    const NORM: f32 = 0.763_763;
    let plane = Plane::new(width, height, draws);
    let pixel = |i: usize| {
        let (x, y) = (i % width, i / width);
        let around = plane.around(x, y);
        COLOURS[y % 2 * 2 + x % 2].map(|weights| dot(around, weights) / NORM)
    };
    (0..width * height).flat_map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use super::super::pixels::tests::{flat, mean};
    use super::*;

    const PATTERNS: [Pattern; 4] =
        [Pattern::Independent, Pattern::Grey, Pattern::Chroma, Pattern::Demosaiced];

    fn noise(pattern: Pattern, deviation: f64, shot: f64, grey: f32) -> Pixels {
        let noise = Noise { patterns: vec![pattern], deviation: [deviation; 2], shot: [shot; 2] };
        noise.draw(&flat(120, 90, [grey; 3]), &mut Draws::new(9, 4))
    }

    #[test]
    fn the_level_is_what_was_asked_for() {
        for pattern in PATTERNS {
            for deviation in [2.0, 15.0, 30.0] {
                let found = noise(pattern, deviation, 0.5, 0.5);
                let level = 255.0 * found.rms();
                assert!((level / deviation - 1.0).abs() < 0.05, "{pattern:?}: {level}");
                assert!(255.0 * mean(&found).abs() < 0.05 * deviation, "{pattern:?}");
            }
        }
        assert_eq!(noise(Pattern::Grey, 0.0, 0.0, 0.5).rms(), 0.0);
    }

    #[test]
    fn shot_noise_grows_with_the_light_and_read_noise_does_not() {
        let level = |shot, grey| noise(Pattern::Independent, 10.0, shot, grey).rms();
        assert!((level(0.0, 0.1) / level(0.0, 0.9) - 1.0).abs() < 1e-6);
        assert!((level(1.0, 0.1) / level(1.0, 0.9) - 1.0 / 3.0).abs() < 0.01);
        assert_eq!(level(1.0, 0.0), 0.0);
    }

    /// Correlation of a colour with another of a pixel, or with itself `shift` pixels to the right.
    fn correlation(noise: &Pixels, [a, b]: [usize; 2], shift: usize) -> f64 {
        let samples = noise.samples();
        let count = samples.len() / 3 - shift;
        let at = |i: usize, c: usize| f64::from(samples[i * 3 + c]);
        let product = |f: &dyn Fn(usize) -> f64| (0..count).map(f).sum::<f64>();
        product(&|i| at(i, a) * at(i + shift, b))
            / (product(&|i| at(i, a).powi(2)) * product(&|i| at(i, b).powi(2))).sqrt()
    }

    #[test]
    fn patterns_are_told_apart_by_their_correlations() {
        let [independent, grey, chroma, mosaic] = PATTERNS.map(|p| noise(p, 10.0, 0.0, 0.5));
        assert!(correlation(&independent, [0, 1], 0).abs() < 0.05);
        assert!(correlation(&independent, [0, 0], 1).abs() < 0.05);
        assert!(correlation(&grey, [0, 2], 0) > 0.999);
        assert!(correlation(&chroma, [0, 0], 1) > 0.5 && correlation(&mosaic, [0, 0], 1) > 0.3);
        let luma = |p: &[f32]| 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
        let largest = chroma.samples().chunks_exact(3).map(|p| luma(p).abs()).fold(0.0, f32::max);
        assert!(largest < 1e-3, "{largest}");
    }
}
