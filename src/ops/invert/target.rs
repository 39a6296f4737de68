//! The picture that is to be embedded, at the resolutions of the stages.

use crate::error::{Error, Result};
use crate::field::Plane;
use crate::raster::{Filter, Raster, Taps, in_range};
use crate::view::Grid;

/// Share of a reduced pixel's surroundings that must be known for it to count.
const KNOWN: f32 = 0.5;

/// A picture as floats, with what of it is known.
#[derive(Clone, Debug)]
pub(super) struct FitTarget {
    pub width: usize,
    pub height: usize,
    /// `[height, width, 3]`.
    pub rgb: Vec<f32>,
    /// `[height, width]`.
    pub known: Vec<bool>,
}

impl FitTarget {
    /// `picture`, brought into 0 to 1 where its values leave that; where it has alpha, what is more
    /// transparent than opaque is unknown, and so is what `mask` has darker than half, and samples that
    /// are no finite numbers or `nodata`.
    pub fn new(picture: &Raster, mask: Option<&Raster>, nodata: Option<f32>) -> Result<Self> {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        if let Some(mask) = mask
            && (mask.width(), mask.height()) != (picture.width(), picture.height())
        {
            let problem = format!(
                "{}x{} pixels, the picture has {width}x{height}; make them alike",
                mask.width(),
                mask.height()
            );
            return Err(Error::parameter("mask", problem));
        }
        let plane = |raster: &Raster, plane: Plane| {
            let mut out = vec![0.0; width * height * 3];
            let rows = out.chunks_exact_mut(width * 3).enumerate();
            rows.for_each(|(row, out)| plane.rgb(raster, 0, row, out));
            out
        };
        let light = |values: Vec<f32>| -> Vec<bool> {
            values.chunks_exact(3).map(|p| p.iter().sum::<f32>() >= 1.5).collect()
        };
        let mut known = light(plane(picture, Plane::Alpha));
        if let Some(mask) = mask {
            let light = light(plane(mask, Plane::Colour));
            known.iter_mut().zip(light).for_each(|(k, l)| *k &= l);
        }
        let (survey, picture) = in_range(picture, nodata)?;
        if let Some(gaps) = &survey.gaps {
            let gap = |i: usize| (0..3).any(|c| gaps.at(i % width, i / width, c).is_some());
            known.iter_mut().enumerate().for_each(|(i, known)| *known &= !gap(i));
        }
        let rgb = plane(&picture, Plane::Colour);
        Ok(Self { width, height, rgb, known })
    }

    /// Number of known pixels.
    pub fn count(&self) -> usize {
        self.known.iter().filter(|k| **k).count()
    }

    /// The picture with a longer side of `side`, if it is larger than that: every pixel an
    /// antialiased mean of known ones.
    pub fn reduced(&self, side: usize) -> Self {
        let longest = self.width.max(self.height);
        if longest <= side {
            return self.clone();
        }
        let scaled = |n: usize| ((n * side) as f64 / longest as f64).round().max(1.0) as usize;
        let (width, height) = (scaled(self.width), scaled(self.height));
        let weighted: Vec<f32> = self
            .rgb
            .chunks_exact(3)
            .zip(&self.known)
            .flat_map(|(p, k)| if *k { [p[0], p[1], p[2], 1.0] } else { [0.0; 4] })
            .collect();
        let across = resample_rows(&weighted, self.width, width, 4);
        let turned = transpose(&across, width, self.height);
        let down = resample_rows(&turned, self.height, height, 4);
        let values = transpose(&down, height, width);
        let rgb = values.chunks_exact(4).flat_map(|p| {
            let weight = p[3].max(KNOWN);
            [p[0] / weight, p[1] / weight, p[2] / weight]
        });
        Self {
            width,
            height,
            rgb: rgb.collect(),
            known: values.chunks_exact(4).map(|p| p[3] >= KNOWN).collect(),
        }
    }

    /// Field coordinates of the known pixels, in the order of rows. `whole` is the size of the
    /// picture this one was reduced from: positions are those of its pixels' centres, where its outer
    /// pixels' centres, or their edges, are 0 and 1.
    pub fn positions(&self, whole: [usize; 2], grid: Grid) -> Vec<[f32; 2]> {
        let at = |i: usize, n: usize, whole: usize| match (whole, grid) {
            (_, Grid::Edges) => (i as f64 + 0.5) / n as f64,
            (1, _) => 0.5,
            _ => ((i as f64 + 0.5) * whole as f64 / n as f64 - 0.5) / (whole as f64 - 1.0),
        };
        let pixel = |i: usize| {
            let (column, row) = (i % self.width, i / self.width);
            [at(column, self.width, whole[0]) as f32, at(row, self.height, whole[1]) as f32]
        };
        let known = self.known.iter().enumerate().filter(|(_, k)| **k);
        known.map(|(i, _)| pixel(i)).collect()
    }
}

/// Lines of `from` pixels of `channels` values become lines of `to` pixels.
fn resample_rows(values: &[f32], from: usize, to: usize, channels: usize) -> Vec<f32> {
    let taps = Taps::new(Filter::Bicubic, from as u32, to as u32, |weight| weight);
    let mut out = Vec::with_capacity(values.len() / from * to);
    for line in values.chunks_exact(from * channels) {
        for (first, weights) in taps.all() {
            for c in 0..channels {
                let terms = weights.iter().enumerate();
                let sum: f64 =
                    terms.map(|(i, w)| w * f64::from(line[(first + i) * channels + c])).sum();
                out.push(sum as f32);
            }
        }
    }
    out
}

/// `[height, width, 4]` to `[width, height, 4]`.
fn transpose(values: &[f32], width: usize, height: usize) -> Vec<f32> {
    let pixel = |i: usize| {
        let at = ((i % height) * width + i / height) * 4;
        [values[at], values[at + 1], values[at + 2], values[at + 3]]
    };
    (0..width * height).flat_map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::{Channels, Samples};

    fn ramp(width: u32, height: u32) -> Raster {
        let value = |i: u32| (i % width) as f32 / (width - 1) as f32;
        let samples = (0..width * height).flat_map(|i| [value(i), 0.5, 0.25]).collect();
        Raster::new(width, height, Channels::Rgb, Samples::F32(samples)).unwrap()
    }

    #[test]
    fn positions_of_a_reduced_ramp_give_its_values() {
        let whole = FitTarget::new(&ramp(60, 40), None, None).unwrap();
        let small = whole.reduced(15);
        assert_eq!((small.width, small.height), (15, 10));
        let positions = small.positions([60, 40], Grid::Centres);
        for (pixel, [x, y]) in small.rgb.chunks_exact(3).zip(positions) {
            assert!((0.0..=1.0).contains(&y));
            // Edges are not antialiased over what lies outside.
            let tolerance = if (0.1..0.9).contains(&x) { 1e-5 } else { 0.02 };
            assert!((pixel[0] - x).abs() < tolerance, "{pixel:?} {x}");
            assert!((pixel[1] - 0.5).abs() < 1e-6);
        }
    }

    #[test]
    fn unknown_pixels_do_not_count() {
        let picture = ramp(16, 16);
        let dark = (0..256).map(|i| if i % 16 < 8 { 0u8 } else { 255 }).collect();
        let mask = Raster::new(16, 16, Channels::Gray, Samples::U8(dark)).unwrap();
        let target = FitTarget::new(&picture, Some(&mask), None).unwrap();
        assert_eq!(target.count(), 128);
        let small = target.reduced(4);
        assert_eq!(small.count(), 8);
        assert!(small.positions([16, 16], Grid::Centres).iter().all(|[x, _]| *x > 0.5));
        let other = Raster::new(1, 1, Channels::Gray, Samples::U8(vec![0])).unwrap();
        assert!(FitTarget::new(&picture, Some(&other), None).is_err());
    }
}
