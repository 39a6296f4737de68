//! Blur: what lenses, focus and hands do to a picture.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::pixels::Pixels;
use crate::upscaler::draws::Draws;

/// Points along each side of a pixel at which a disc is asked whether it is there.
const POINTS: i32 = 5;
/// Points on a line of motion.
const STEPS: i32 = 64;
/// Least ratio of the axes of an ellipse.
const FLATTEST: f64 = 0.3;
/// Gaussians end at so many deviations.
const REACH: f64 = 3.0;

/// Blur of a random shape and size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blur {
    /// Shapes, each as likely as any other.
    pub shapes: Vec<Shape>,
    /// Smallest and largest radius: the standard deviation along the shape's longest axis, in pixels.
    pub radius: [f64; 2],
}

/// What a point becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A round Gaussian.
    Gaussian,
    /// A Gaussian whose other axis is 0.3 to 1 of the longer one, turned at random.
    Ellipse,
    /// A disc, as out of focus: its rim is at twice the radius.
    Disc,
    /// A line, as by a hand that moved: its length is the square root of 12 times the radius.
    Motion,
}

/// The weights of a pixel's surroundings, `side x side` with an odd side; they sum to one.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    side: usize,
    weights: Vec<f32>,
}

impl Blur {
    /// Draws a kernel; `scale` is what a pixel of the crop is in pixels of the picture that is
    /// blurred. Returns it with its radius in pixels of the crop.
    pub fn draw(&self, scale: f64, draws: &mut Draws) -> (Kernel, f64) {
        let shape = self.shapes[draws.below(self.shapes.len() as u64) as usize];
        let radius = draws.within(self.radius);
        let angle = draws.within([0.0, PI]);
        let ratio = draws.within([FLATTEST, 1.0]);
        (Kernel::new(shape, radius * scale, angle, ratio), radius)
    }
}

impl Kernel {
    /// A shape of that radius in pixels. Ellipses and motion lie along `angle`, in radians from the
    /// x axis; `ratio` is that of an ellipse's axes.
    pub fn new(shape: Shape, radius: f64, angle: f64, ratio: f64) -> Self {
        let radius = radius.max(1e-3);
        match shape {
            Shape::Gaussian => Self::gaussian(radius, angle, 1.0),
            Shape::Ellipse => Self::gaussian(radius, angle, ratio),
            Shape::Disc => Self::disc(2.0 * radius),
            Shape::Motion => Self::line(12f64.sqrt() * radius, angle),
        }
    }

    fn gaussian(radius: f64, angle: f64, ratio: f64) -> Self {
        let (sin, cos) = angle.sin_cos();
        Self::of((REACH * radius).ceil() as i32, |x, y| {
            let along = (x * cos + y * sin) / radius;
            let across = (y * cos - x * sin) / (radius * ratio);
            (-0.5 * (along * along + across * across)).exp()
        })
    }

    /// What of every pixel lies within `rim`.
    fn disc(rim: f64) -> Self {
        Self::of((rim + 0.5).floor() as i32, |x, y| {
            let place = |i: i32| (f64::from(i) + 0.5) / f64::from(POINTS) - 0.5;
            let inside = |i: i32| (x + place(i % POINTS)).hypot(y + place(i / POINTS)) <= rim;
            // At least the middle.
            let middle = if x == 0.0 && y == 0.0 { 1e-3 } else { 0.0 };
            middle + (0..POINTS * POINTS).filter(|i| inside(*i)).count() as f64
        })
    }

    /// Points on the line, each shared among the four pixels around it.
    fn line(length: f64, angle: f64) -> Self {
        let (sin, cos) = angle.sin_cos();
        let tent = |d: f64| (1.0 - d.abs()).max(0.0);
        Self::of((length / 2.0).ceil() as i32, |x, y| {
            let point = |i: i32| ((f64::from(i) + 0.5) / f64::from(STEPS) - 0.5) * length;
            (0..STEPS).map(point).map(|p| tent(x - p * cos) * tent(y - p * sin)).sum()
        })
    }

    /// The weights that `density` has at pixels up to `half` away.
    fn of(half: i32, density: impl Fn(f64, f64) -> f64) -> Self {
        let places = -half..=half;
        let row = |y: i32| places.clone().map(move |x| (f64::from(x), f64::from(y)));
        let all: Vec<f64> = places.clone().flat_map(row).map(|(x, y)| density(x, y)).collect();
        let sum: f64 = all.iter().sum();
        let weights = all.iter().map(|weight| (weight / sum) as f32).collect();
        Self { side: 2 * half.unsigned_abs() as usize + 1, weights }
    }

    /// The blurred picture; pixels at the edge are repeated beyond it.
    pub fn blurred(&self, picture: &Pixels) -> Pixels {
        let half = self.side / 2;
        let padded = picture.padded([half; 2], [half; 2]);
        let [width, height] = picture.size();
        let mut samples = vec![0f32; width * height * 3];
        for (y, out) in samples.chunks_exact_mut(width * 3).enumerate() {
            for (i, weight) in self.weights.iter().enumerate().filter(|(_, w)| **w > 1e-6) {
                let (x, y) = (i % self.side, y + i / self.side);
                let row = &padded.row(y)[x * 3..][..width * 3];
                out.iter_mut().zip(row).for_each(|(out, v)| *out += weight * v);
            }
        }
        Pixels::new(width, height, samples)
    }
}

/// The radius of a Gaussian that takes about as much detail as a reduction to `factor` of the size
/// and back, in pixels; none for an enlargement.
pub fn radius_of_reduction(factor: f64) -> f64 {
    0.5 * (1.0 / (factor * factor) - 1.0).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::pixels::tests::{flat, mean, random};
    use super::*;

    const SHAPES: [Shape; 4] = [Shape::Gaussian, Shape::Ellipse, Shape::Disc, Shape::Motion];

    /// Deviation of a kernel's weights along `angle`.
    fn deviation(kernel: &Kernel, angle: f64) -> f64 {
        let half = (kernel.side / 2) as f64;
        let places = kernel.weights.iter().enumerate().map(|(i, weight)| {
            let (x, y) = ((i % kernel.side) as f64 - half, (i / kernel.side) as f64 - half);
            f64::from(*weight) * (x * angle.cos() + y * angle.sin()).powi(2)
        });
        places.sum::<f64>().sqrt()
    }

    #[test]
    fn kernels_are_as_wide_as_asked() {
        for shape in SHAPES {
            for radius in [0.6, 1.0, 2.0] {
                let kernel = Kernel::new(shape, radius, 0.4, 0.5);
                let sum: f32 = kernel.weights.iter().sum();
                assert!((sum - 1.0).abs() < 1e-5, "{shape:?}");
                // A line's points are shared among pixels, which makes it a little wider.
                let found = deviation(&kernel, 0.4);
                assert!((found / radius - 1.0).abs() < 0.25, "{shape:?} {radius}: {found}");
            }
        }
        let line = Kernel::new(Shape::Motion, 2.0, 0.4, 1.0);
        assert!(deviation(&line, 0.4 + PI / 2.0) < 0.6);
        let turned = Kernel::new(Shape::Motion, 2.0, 0.4 + PI, 1.0);
        assert!((deviation(&turned, 0.4) - deviation(&line, 0.4)).abs() < 1e-6);
        let ellipse = Kernel::new(Shape::Ellipse, 2.0, 0.4, 0.5);
        assert!((deviation(&ellipse, 0.4 + PI / 2.0) - 1.0).abs() < 0.1);
    }

    #[test]
    fn flat_areas_and_the_mean_are_kept_and_detail_is_not() {
        let (grey, picture) = (flat(12, 9, [0.3, 0.5, 0.7]), random(40, 40));
        for shape in SHAPES {
            let kernel = Kernel::new(shape, 1.2, 1.0, 0.6);
            let difference = |(a, b): (&f32, &f32)| f64::from((a - b).abs());
            let blurred = kernel.blurred(&grey);
            let changed = grey.samples().iter().zip(blurred.samples()).map(difference);
            assert!(changed.fold(0.0, f64::max) < 1e-5, "{shape:?}");
            let blurred = kernel.blurred(&picture);
            assert!((mean(&blurred) - mean(&picture)).abs() < 0.01, "{shape:?}");
            let variance = |p: &Pixels| p.rms().powi(2) - mean(p).powi(2);
            assert!(variance(&blurred) < 0.4 * variance(&picture), "{shape:?}");
        }
    }

    #[test]
    fn the_least_radius_changes_nothing() {
        let picture = random(8, 8);
        for shape in SHAPES {
            let kernel = Kernel::new(shape, 0.0, 0.3, 0.5);
            let changed = kernel.blurred(&picture).samples().to_vec();
            let changed = changed.iter().zip(picture.samples()).map(|(a, b)| (a - b).abs());
            assert!(changed.fold(0.0, f32::max) < 0.01, "{shape:?}");
        }
    }

    #[test]
    fn radii_are_drawn_from_their_range_and_scaled() {
        let blur = Blur { shapes: SHAPES.to_vec(), radius: [0.5, 1.5] };
        for step in 0..50 {
            let (kernel, radius) = blur.draw(2.0, &mut Draws::new(1, step));
            assert!((0.5..=1.5).contains(&radius));
            let widest = (0..16).map(|i| deviation(&kernel, f64::from(i) * PI / 16.0));
            let widest = widest.fold(0.0, f64::max);
            assert!((widest / (2.0 * radius) - 1.0).abs() < 0.25, "{radius}: {widest}");
        }
    }

    #[test]
    fn smaller_reductions_blur_more() {
        assert_eq!((radius_of_reduction(1.5), radius_of_reduction(1.0)), (0.0, 0.0));
        assert!(radius_of_reduction(0.5) > radius_of_reduction(0.8));
    }
}
