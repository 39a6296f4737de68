//! How far a field's pixels are from the picture's.

use super::target::FitTarget;

/// Octaves in which differences between neighbours are compared, from single pixels on.
const OCTAVES: usize = 4;

/// Squared differences of pixels, and of neighbours' differences at several scales: with
/// `e = field - picture`, `mean e² + weight / octaves Σ_s mean |∇ e_s|²`, where `e_s` is `e` averaged
/// over squares of 2^s pixels. Only known pixels count, and where the picture is at an end of its
/// range the field may go beyond. It is `eᵀ H e / 2` for a fixed H.
#[derive(Debug)]
pub(super) struct ImageLoss<'a> {
    target: &'a FitTarget,
    /// The picture's known pixels.
    known: Vec<f32>,
    weight: f32,
}

/// What pixels come to.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    /// The loss.
    pub value: f64,
    /// Its derivative by every value.
    pub slope: Vec<f32>,
    /// Mean squared error of the clamped pixels.
    pub squares: f64,
}

/// Whether `v` is further out than `t`, which is at an end of the range: no error.
pub(super) fn beyond(v: f32, t: f32) -> bool {
    (t >= 1.0 && v > t) || (t <= 0.0 && v < t)
}

/// An error picture at one scale.
struct Octave {
    width: usize,
    height: usize,
    error: Vec<f32>,
    known: Vec<bool>,
}

impl<'a> ImageLoss<'a> {
    /// `weight` is that of the differences between neighbours.
    pub fn new(target: &'a FitTarget, weight: f32) -> Self {
        let pixels = target.rgb.chunks_exact(3).zip(&target.known);
        let known = pixels.filter(|(_, k)| **k).flat_map(|(p, _)| p.to_vec()).collect();
        Self { target, known, weight }
    }

    /// Judges `rgb`, the known pixels in the order of rows.
    pub fn judge(&self, rgb: &[f32]) -> Judged {
        let error = rgb.iter().zip(&self.known);
        let error = error.map(|(v, t)| if beyond(*v, *t) { 0.0 } else { v - t });
        let error: Vec<f32> = error.collect();
        let mut slope = self.hessian(&error);
        let product = error.iter().zip(&slope).map(|(e, s)| f64::from(*e) * f64::from(*s));
        let value = 0.5 * product.sum::<f64>();
        let free = rgb.iter().zip(&self.known).map(|(v, t)| beyond(*v, *t));
        slope.iter_mut().zip(free).filter(|(_, free)| *free).for_each(|(s, _)| *s = 0.0);
        let unit = |v: &f32| f64::from(v.clamp(0.0, 1.0));
        let squares = rgb.iter().zip(&self.known).map(|(v, t)| (unit(v) - unit(t)).powi(2));
        let squares = squares.sum::<f64>() / rgb.len().max(1) as f64;
        Judged { value, slope, squares }
    }

    /// `H e`, for values of the known pixels in the order of rows.
    pub fn hessian(&self, e: &[f32]) -> Vec<f32> {
        let scale = 2.0 / e.len().max(1) as f32;
        let mut out: Vec<f32> = e.iter().map(|e| scale * e).collect();
        if self.weight > 0.0 {
            let back = octaves(&self.spread(e), OCTAVES);
            let weight = self.weight / OCTAVES as f32;
            let places = self.target.known.iter().enumerate().filter(|(_, k)| **k);
            for ((i, _), out) in places.zip(out.chunks_exact_mut(3)) {
                (0..3).for_each(|c| out[c] += weight * back[i * 3 + c]);
            }
        }
        out
    }

    /// Known values where they are in the picture.
    fn spread(&self, e: &[f32]) -> Octave {
        let FitTarget { width, height, known, .. } = self.target;
        let mut error = vec![0.0; width * height * 3];
        let places = known.iter().enumerate().filter(|(_, k)| **k);
        for ((i, _), e) in places.zip(e.chunks_exact(3)) {
            error[i * 3..i * 3 + 3].copy_from_slice(e);
        }
        Octave { width: *width, height: *height, error, known: known.clone() }
    }
}

/// The derivative of the neighbours' mean squared differences, of `left` octaves from this one on.
fn octaves(this: &Octave, left: usize) -> Vec<f32> {
    let mut back = neighbours(this);
    if left > 1 && this.width.min(this.height) >= 4 {
        let halved = this.halved();
        let coarse = octaves(&halved, left - 1);
        for (i, coarse) in coarse.chunks_exact(3).enumerate() {
            for at in this.square(i % halved.width, i / halved.width) {
                (0..3).for_each(|c| back[at * 3 + c] += 0.25 * coarse[c]);
            }
        }
    }
    back
}

fn neighbours(this: &Octave) -> Vec<f32> {
    let Octave { width, height, error, known } = this;
    let mut back = vec![0.0; error.len()];
    let mut pairs = 0;
    for i in 0..width * height {
        let right = (i % width + 1 < *width).then_some(i + 1);
        let below = (i / width + 1 < *height).then_some(i + width);
        for other in right.into_iter().chain(below).filter(|o| known[i] && known[*o]) {
            pairs += 1;
            for c in 0..3 {
                let difference = error[i * 3 + c] - error[other * 3 + c];
                back[i * 3 + c] += difference;
                back[other * 3 + c] -= difference;
            }
        }
    }
    let scale = 2.0 / (3 * pairs.max(1)) as f32;
    back.iter_mut().for_each(|b| *b *= scale);
    back
}

impl Octave {
    /// Pixels that a pixel of the next octave is the mean of.
    fn square(&self, column: usize, row: usize) -> [usize; 4] {
        let first = 2 * row * self.width + 2 * column;
        [first, first + 1, first + self.width, first + self.width + 1]
    }

    fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let (mut error, mut known) = (Vec::new(), Vec::new());
        for i in 0..width * height {
            let square = self.square(i % width, i / width);
            known.push(square.iter().all(|at| self.known[*at]));
            let mean =
                |c: usize| square.iter().map(|at| 0.25 * self.error[at * 3 + c]).sum::<f32>();
            error.extend((0..3).map(mean));
        }
        Self { width, height, error, known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::latent;

    fn target(width: usize, height: usize, hidden: usize) -> FitTarget {
        let known = (0..width * height).map(|i| i % hidden != 0).collect();
        let rgb = latent(1, width * height * 3).iter().map(|v| 0.5 + 0.1 * v).collect();
        FitTarget { width, height, rgb, known }
    }

    #[test]
    fn the_slope_is_the_difference() {
        for (width, height, hidden, weight) in [(1, 1, 2, 1.0), (9, 14, 7, 1.0), (16, 8, 200, 0.3)]
        {
            let target = target(width, height, hidden);
            let loss = ImageLoss::new(&target, weight);
            let rgb = latent(2, target.count() * 3);
            let direction = latent(3, rgb.len());
            let slope = loss.judge(&rgb).slope;
            let at = |by: f32| {
                let moved: Vec<f32> = rgb.iter().zip(&direction).map(|(v, d)| v + by * d).collect();
                loss.judge(&moved).value
            };
            // The loss is quadratic: a wide central difference is exact.
            let difference = (at(0.5) - at(-0.5)) as f32;
            let along: f32 = slope.iter().zip(&direction).map(|(g, d)| g * d).sum();
            assert!(
                (difference - along).abs() < 1e-3 * (1.0 + along.abs()),
                "{difference} {along}"
            );
        }
    }

    #[test]
    fn a_constant_error_has_no_differences() {
        let target = target(12, 9, 300);
        let rgb: Vec<f32> = target.rgb[3..].iter().map(|v| v + 0.5).collect();
        let [with, without] = [1.0, 0.0].map(|w| ImageLoss::new(&target, w).judge(&rgb).value);
        assert!((without - 0.25).abs() < 1e-6 && (with - without).abs() < 1e-6, "{with} {without}");
    }

    #[test]
    fn beyond_the_range_is_no_error() {
        let mut target = target(1, 1, 5);
        target.known[0] = true;
        target.rgb = vec![1.0, 0.0, 0.5];
        let loss = ImageLoss::new(&target, 1.0);
        let judged = loss.judge(&[1.7, -3.0, 0.5]);
        assert_eq!((judged.value, judged.squares), (0.0, 0.0));
        assert!(loss.judge(&[0.9, 0.1, 0.5]).value > 0.0);
    }

    #[test]
    fn equal_pixels_have_no_loss() {
        let target = target(8, 8, 3);
        let loss = ImageLoss::new(&target, 1.0);
        let judged = loss.judge(&loss.known);
        assert_eq!((judged.value, judged.squares), (0.0, 0.0));
        assert!(judged.slope.iter().all(|g| *g == 0.0));
    }
}
