//! Pictures in floating point, as degradations work on them.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::F32x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use polyinr::{Channels, Raster, Samples};
use serde::{Deserialize, Serialize};

use crate::data::samples::bytes;

/// Red, green and blue of every pixel, row by row. Black is 0 and white 1; what lies beyond is kept
/// until a picture is rounded.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    width: usize,
    height: usize,
    samples: Vec<f32>,
}

/// Filters that pictures are resized by; all are widened to reduce without aliasing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Means of areas; enlarged pixels are squares.
    Box,
    /// Linear interpolation.
    Bilinear,
    /// Keys' cubic with a = -0.5.
    Bicubic,
    /// Sinc windowed by a sinc, three lobes.
    Lanczos,
}

impl Filter {
    fn kind(self) -> FilterType {
        match self {
            Self::Box => FilterType::Box,
            Self::Bilinear => FilterType::Bilinear,
            Self::Bicubic => FilterType::CatmullRom,
            Self::Lanczos => FilterType::Lanczos3,
        }
    }
}

impl Pixels {
    /// `width x height` pixels of `samples`, three for each.
    ///
    /// # Panics
    /// When there are more or fewer.
    pub fn new(width: usize, height: usize, samples: Vec<f32>) -> Self {
        assert_eq!(samples.len(), width * height * 3);
        Self { width, height, samples }
    }

    /// The pixels of an 8-bit RGB picture.
    pub fn from_raster(picture: &Raster) -> Self {
        let samples = bytes(picture).iter().map(|byte| f32::from(*byte) / 255.0).collect();
        Self::new(picture.width() as usize, picture.height() as usize, samples)
    }

    /// The picture at 8 bits, rounded.
    pub fn to_raster(&self) -> Raster {
        let samples = self.samples.iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8);
        let samples = Samples::U8(samples.collect());
        let [width, height] = [self.width, self.height].map(|side| side as u32);
        Raster::new(width, height, Channels::Rgb, samples).expect("a picture of pixels")
    }

    /// Width and height.
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// Three for each pixel.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// The row `y`.
    pub fn row(&self, y: usize) -> &[f32] {
        &self.samples[y * self.width * 3..][..self.width * 3]
    }

    /// Adds another picture of the same size.
    pub fn add(&mut self, other: &Self) {
        assert_eq!(self.size(), other.size());
        self.samples.iter_mut().zip(&other.samples).for_each(|(a, b)| *a += b);
    }

    /// Root of the mean square of all samples.
    pub fn rms(&self) -> f64 {
        let sum: f64 = self.samples.iter().map(|v| f64::from(*v).powi(2)).sum();
        (sum / self.samples.len() as f64).sqrt()
    }

    /// With so many pixels more on the left and right, and above and below, which repeat those at
    /// the edge.
    pub fn padded(&self, [left, right]: [usize; 2], [above, below]: [usize; 2]) -> Self {
        let width = self.width + left + right;
        let mut samples = Vec::with_capacity(width * (self.height + above + below) * 3);
        for y in 0..self.height + above + below {
            let row = self.row(y.saturating_sub(above).min(self.height - 1));
            (0..left).for_each(|_| samples.extend_from_slice(&row[..3]));
            samples.extend_from_slice(row);
            (0..right).for_each(|_| samples.extend_from_slice(&row[row.len() - 3..]));
        }
        Self::new(width, self.height + above + below, samples)
    }

    /// The part of `width x height` pixels from (x, y) on.
    pub fn part(&self, [x, y]: [usize; 2], [width, height]: [usize; 2]) -> Self {
        let rows = (y..y + height).flat_map(|y| &self.row(y)[x * 3..(x + width) * 3]);
        Self::new(width, height, rows.copied().collect())
    }

    /// The whole picture at another size.
    pub fn resized(&self, [width, height]: [usize; 2], filter: Filter) -> Self {
        if [width, height] == self.size() {
            return self.clone();
        }
        let pixels = self.samples.chunks_exact(3).map(|p| F32x3::new([p[0], p[1], p[2]]));
        let pixels: Vec<F32x3> = pixels.collect();
        let [from_width, from_height, width, height] =
            [self.width, self.height, width, height].map(|side| side as u32);
        let source = TypedImageRef::new(from_width, from_height, &pixels).expect("its own pixels");
        let mut target = TypedImage::<F32x3>::new(width, height);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter.kind()));
        let done = Resizer::new().resize_typed(&source, &mut target, &options);
        done.expect("a size that is not zero");
        let samples = target.pixels().iter().flat_map(|pixel| pixel.0).collect();
        Self::new(width as usize, height as usize, samples)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::upscaler::draws::Draws;

    /// Pixels that all have one colour.
    pub fn flat(width: usize, height: usize, colour: [f32; 3]) -> Pixels {
        Pixels::new(width, height, colour.repeat(width * height))
    }

    /// Pixels without any order, 0.2 to 0.8.
    pub fn random(width: usize, height: usize) -> Pixels {
        let mut draws = Draws::new(3, 1);
        let samples = (0..width * height * 3).map(|_| draws.within([0.2, 0.8]) as f32);
        Pixels::new(width, height, samples.collect())
    }

    /// The mean of all samples.
    pub fn mean(pixels: &Pixels) -> f64 {
        let sum: f64 = pixels.samples().iter().map(|v| f64::from(*v)).sum();
        sum / pixels.samples().len() as f64
    }

    #[test]
    fn rasters_become_pixels_and_the_same_rasters() {
        let raster = random(5, 4).to_raster();
        assert_eq!(Pixels::from_raster(&raster).to_raster(), raster);
        let beyond = flat(1, 1, [-0.5, 0.5, 1.5]).to_raster();
        assert_eq!(bytes(&beyond), [0, 128, 255]);
    }

    #[test]
    fn padding_repeats_edges_and_is_cut_off_again() {
        let picture = random(5, 4);
        let padded = picture.padded([2, 1], [3, 2]);
        assert_eq!(padded.size(), [8, 9]);
        assert_eq!(padded.part([2, 3], [5, 4]), picture);
        assert_eq!(padded.row(0), padded.row(3));
        assert_eq!(padded.row(8)[21..], picture.row(3)[12..]);
    }

    #[test]
    fn resizing_keeps_flat_areas_and_places() {
        for filter in [Filter::Box, Filter::Bilinear, Filter::Bicubic, Filter::Lanczos] {
            let grey = flat(7, 9, [0.25; 3]).resized([11, 4], filter);
            assert!(grey.samples().iter().all(|v| (v - 0.25).abs() < 1e-5), "{filter:?}");
            // A slope stays where it was, to the middle of the picture's pixels.
            let slope = (0..30 * 6).flat_map(|i| [(i % 30) as f32 / 30.0; 3]).collect();
            let back = Pixels::new(30, 6, slope).resized([45, 9], filter).resized([30, 6], filter);
            assert!((f64::from(back.row(3)[45]) - 0.5).abs() < 0.02, "{filter:?}");
        }
        let picture = random(6, 6);
        assert_eq!(picture.resized([6, 6], Filter::Lanczos), picture);
    }
}
