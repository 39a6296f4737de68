//! A picture on its way through a chain, and what was done to it.

use super::pixels::{Filter, Pixels};

/// Root mean square of noise that counts as 1, in levels of 255.
const NOISE: f64 = 30.0;
/// Quality of JPEG or WebP that counts as 1; 100 counts as 0.
const QUALITY: f64 = 30.0;
/// Radius of blur that counts as 1, in pixels.
const RADIUS: f64 = 2.0;

/// How much there is to clean in a crop.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Damage {
    /// Noise and compression, 0 to 1: `1 - (1 - n) (1 - c)`. `n` is the root mean square of all
    /// noise that was added and is left after later blur and changes of size, where 1 is a deviation
    /// of 30 levels of 255; what compression took of it still counts. `c` is 0 at quality 100 and 1
    /// at 30, of the lowest quality. Both end at 1.
    pub noise: f32,
    /// Blur, 0 to 1: the largest radius over 2 pixels, at most 1.
    pub blur: f32,
}

/// A picture in work.
#[derive(Debug)]
pub struct Work {
    picture: Pixels,
    /// What of it is noise, as far as noise was added.
    noise: Option<Pixels>,
    size: [usize; 2],
    lowest_quality: u8,
    largest_radius: f64,
}

impl Work {
    /// Begins with a picture that is clean.
    pub fn new(picture: Pixels) -> Self {
        let size = picture.size();
        Self { picture, noise: None, size, lowest_quality: 100, largest_radius: 0.0 }
    }

    /// The picture as it is now.
    pub fn picture(&self) -> &Pixels {
        &self.picture
    }

    /// Pixels of the picture as it is now for one of the picture as it was.
    pub fn scale(&self) -> f64 {
        self.picture.size()[0] as f64 / self.size[0] as f64
    }

    /// Changes picture and noise by the same linear operation.
    pub fn change(&mut self, operation: impl Fn(&Pixels) -> Pixels) {
        self.picture = operation(&self.picture);
        self.noise = self.noise.as_ref().map(operation);
    }

    /// Resizes to `factor` times the first size.
    pub fn resize(&mut self, factor: f64, filter: Filter) {
        let size = self.size.map(|side| ((side as f64 * factor).round() as usize).max(1));
        self.change(|picture| picture.resized(size, filter));
    }

    /// Adds noise of the picture's size.
    pub fn add_noise(&mut self, noise: Pixels) {
        self.picture.add(&noise);
        match &mut self.noise {
            Some(all) => all.add(&noise),
            None => self.noise = Some(noise),
        }
    }

    /// Takes note of a blur, its radius in pixels of the first size.
    pub fn blurred(&mut self, radius: f64) {
        self.largest_radius = self.largest_radius.max(radius);
    }

    /// Takes what a codec made of the picture at a quality.
    pub fn compressed(&mut self, (picture, quality): (Pixels, u8)) {
        self.picture = picture;
        self.lowest_quality = self.lowest_quality.min(quality);
    }

    /// The picture at its first size, and how much there is to clean.
    pub fn finish(mut self) -> (Pixels, Damage) {
        self.resize(1.0, Filter::Bicubic);
        let noise = self.noise.as_ref().map_or(0.0, Pixels::rms) * 255.0 / NOISE;
        let blur = (self.largest_radius / RADIUS).min(1.0);
        let compression = (100.0 - f64::from(self.lowest_quality)) / (100.0 - QUALITY);
        let both = 1.0 - (1.0 - noise.min(1.0)) * (1.0 - compression.min(1.0));
        (self.picture, Damage { noise: both as f32, blur: blur as f32 })
    }
}

#[cfg(test)]
mod tests {
    use super::super::pixels::tests::{flat, random};
    use super::*;

    fn strength(of: impl Fn(&mut Work)) -> Damage {
        let mut work = Work::new(random(20, 20));
        of(&mut work);
        work.finish().1
    }

    #[test]
    fn what_was_not_touched_is_clean() {
        let picture = random(7, 5);
        let (same, strength) = Work::new(picture.clone()).finish();
        assert_eq!((same, strength), (picture, Damage::default()));
    }

    #[test]
    fn noise_is_measured_where_it_ends() {
        let noise = |level: f32| flat(20, 20, [level / 255.0; 3]);
        let one = strength(|work| work.add_noise(noise(15.0)));
        assert!((one.noise - 0.5).abs() < 1e-5 && one.blur == 0.0);
        let two = strength(|work| [6.0, 9.0].into_iter().for_each(|n| work.add_noise(noise(n))));
        assert!((two.noise - 0.5).abs() < 1e-5);
        assert_eq!(strength(|work| work.add_noise(noise(90.0))).noise, 1.0);
        let smaller = strength(|work| {
            let mut grain = random(20, 20);
            grain.add(&flat(20, 20, [-0.5; 3]));
            work.add_noise(grain);
            work.resize(0.5, Filter::Box);
        });
        let whole = 0.6 / 12f64.sqrt() * 255.0 / NOISE;
        assert!(f64::from(smaller.noise) < 0.7 * whole.min(1.0) && smaller.noise > 0.1);
    }

    #[test]
    fn noise_and_compression_add_up_and_never_fall() {
        let of = |level: f32, quality| {
            strength(|work| {
                work.add_noise(flat(20, 20, [level / 255.0; 3]));
                work.compressed((work.picture().clone(), quality));
            })
            .noise
        };
        assert_eq!((of(0.0, 100), of(0.0, 30), of(9.0, 1)), (0.0, 1.0, 1.0));
        assert!((of(15.0, 65) - 0.75).abs() < 1e-5);
        for (level, quality) in [(0.0, 90), (5.0, 80), (10.0, 60)] {
            assert!(of(level + 1.0, quality) > of(level, quality));
            assert!(of(level, quality - 1) > of(level, quality));
        }
        let twice = strength(|work| {
            for quality in [65, 90] {
                work.compressed((work.picture().clone(), quality));
            }
        });
        assert_eq!((twice.noise, twice.blur), (of(0.0, 65), 0.0));
    }

    #[test]
    fn blur_is_the_largest_radius() {
        let of = |radii: &[f64]| strength(|work| radii.iter().for_each(|&r| work.blurred(r)));
        let blurs = [of(&[]).blur, of(&[1.0, 0.5]).blur, of(&[2.0]).blur, of(&[9.0]).blur];
        assert_eq!(blurs, [0.0, 0.5, 1.0, 1.0]);
        assert_eq!(of(&[1.0]).noise, 0.0);
    }

    #[test]
    fn sizes_are_factors_of_the_first_one() {
        let mut work = Work::new(random(20, 10));
        work.resize(0.5, Filter::Bilinear);
        work.resize(1.5, Filter::Bilinear);
        assert_eq!((work.picture().size(), work.scale()), ([30, 15], 1.5));
        assert_eq!(work.finish().0.size(), [20, 10]);
    }
}
