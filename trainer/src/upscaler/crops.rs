//! Crops of photographs: what the network is shown, and which colours it shall give where.

use std::ops::RangeInclusive;

use polyinr::Raster;
use polyinr::metrics::{self, Chroma, Filter};
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use super::draws::Draws;
use super::photos::{Photos, bytes};
use crate::error::{Error, Result};

/// Side of the blocks of JPEG, in pixels.
const BLOCK: u32 = 8;

/// Pixels at the border of a reduced picture that the filter computes from a part of its support:
/// whole pictures have few of them, crops would have many.
const MARGIN: u32 = 2;

/// What batches are made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CropOptions {
    /// Crops a batch.
    pub batch: usize,
    /// Side of a crop as the network is shown it, in pixels.
    pub side: u32,
    /// Positions at which a crop's colours are asked for.
    pub positions: usize,
    /// Smallest and largest factor.
    pub scale: [f64; 2],
    /// JPEG qualities that crops are compressed at after their reduction, half of them with colour
    /// differences at half the resolution; none for clean ones.
    pub jpeg: Option<RangeInclusive<u8>>,
    /// Share of crops that are compressed at all where `jpeg` is given, 0 to 1.
    pub jpeg_share: f64,
    /// Where the draws come from.
    pub seed: u64,
}

/// Crops that are all reduced by the same factor.
#[derive(Debug)]
pub struct Batch {
    /// Reduced crops `[B, 3, n, n]`, 0 to 1.
    pub pictures: Tensor,
    /// Positions `[B, P, 2]`, x and y in pixels of the reduced crops from their upper left corner.
    pub at: Tensor,
    /// Colours there in the photographs, `[B, P, 3]`, 0 to 1.
    pub colours: Tensor,
    /// 1/s, pixels of the reduced crop a pixel of the photograph.
    pub inverse_scale: f64,
}

impl CropOptions {
    /// Checks what the command line cannot.
    ///
    /// # Errors
    /// [`Error::Parameter`] with what is possible.
    pub fn check(&self) -> Result<()> {
        let [from, to] = self.scale;
        if !(1.0 < from && from <= to && to <= 16.0) {
            let problem = format!("{from} to {to} is no range of factors within 1 to 16");
            return Err(Error::parameter("--scale", problem));
        }
        if !(4..=1024).contains(&self.side) || self.batch == 0 {
            return Err(Error::parameter(
                "--crop",
                "crops of 4 to 1024 pixels a side are possible",
            ));
        }
        let most = (f64::from(self.side) * from - 1.0).floor().powi(2) as usize;
        if !(1..=most).contains(&self.positions) {
            let problem = format!("a crop enlarged {from} times has 1 to {most} positions");
            return Err(Error::parameter("--positions", problem));
        }
        Ok(())
    }

    /// Side of the reduced picture that a crop is cut from: [`MARGIN`] more on each side, and so much
    /// more that blocks of JPEG begin anywhere in a crop.
    fn reduced(&self) -> u32 {
        self.side + 2 * MARGIN + if self.jpeg.is_some() { BLOCK - 1 } else { 0 }
    }

    /// Side that a photograph must have for every factor, in pixels.
    pub fn least_side(&self) -> u32 {
        (f64::from(self.reduced()) * self.scale[1]).round() as u32
    }

    /// The batch of `step`, the same always.
    ///
    /// # Errors
    /// [`Error::Library`] when the library refuses a crop, which it does not for photographs of
    /// [`least_side`](Self::least_side).
    pub fn batch(&self, photos: &Photos, step: u64) -> Result<Batch> {
        let mut draws = Draws::new(self.seed, step);
        let [from, to] = self.scale;
        let scale = from + (to - from) * draws.uniform();
        let reduced = self.reduced();
        let large = (f64::from(reduced) * scale).round() as u32;
        let side = i64::from(self.side);
        let mut all = Crop::default();
        for _ in 0..self.batch {
            self.crop(photos, large, &mut draws, &mut all)?;
        }
        let batch = self.batch.cast_signed() as i64;
        let pictures = Tensor::from_slice(&all.picture).view([batch, side, side, 3]);
        let floats = |t: Tensor| t.to_kind(Kind::Float) / 255.0;
        Ok(Batch {
            pictures: floats(pictures.permute([0, 3, 1, 2]).contiguous()),
            at: Tensor::from_slice(&all.at).view([batch, -1, 2]),
            colours: floats(Tensor::from_slice(&all.colours).view([batch, -1, 3])),
            inverse_scale: f64::from(reduced) / f64::from(large),
        })
    }

    /// Appends a crop that is `large` pixels a side in its photograph.
    fn crop(&self, photos: &Photos, large: u32, draws: &mut Draws, all: &mut Crop) -> Result<()> {
        let picture = photos.cut(large, draws);
        let reduced = self.reduced();
        let mut small = metrics::resize(&picture, reduced, reduced, Filter::Bicubic)?;
        if let Some(qualities) = &self.jpeg {
            let span = u64::from(qualities.end() - qualities.start()) + 1;
            let quality = qualities.start() + draws.below(span) as u8;
            let chroma = if draws.below(2) == 0 { Chroma::Full } else { Chroma::Half };
            if draws.uniform() < self.jpeg_share {
                small = metrics::compress(&small, quality, chroma)?;
            }
        }
        let places = u64::from(reduced - self.side - 2 * MARGIN) + 1;
        let origin = [0, 1].map(|_| MARGIN + draws.below(places) as u32);
        all.picture(&small, origin, self.side);
        all.positions(&picture, origin, [self.side, reduced], self.positions, draws);
        Ok(())
    }
}

impl Batch {
    /// The batch on another device.
    pub fn to_device(&self, device: Device) -> Self {
        Self {
            pictures: self.pictures.to_device(device),
            at: self.at.to_device(device),
            colours: self.colours.to_device(device),
            inverse_scale: self.inverse_scale,
        }
    }
}

/// The numbers of one or several crops.
#[derive(Default)]
struct Crop {
    picture: Vec<u8>,
    at: Vec<f32>,
    colours: Vec<u8>,
}

impl Crop {
    fn picture(&mut self, reduced: &Raster, [x, y]: [u32; 2], side: u32) {
        let (samples, line) = (bytes(reduced), reduced.row_len());
        for row in y..y + side {
            let start = row as usize * line + x as usize * 3;
            self.picture.extend_from_slice(&samples[start..start + side as usize * 3]);
        }
    }

    /// Chooses `count` pixels of `picture` whose centres lie in the crop of `side` pixels at `origin`
    /// of the `reduced` picture.
    fn positions(
        &mut self,
        picture: &Raster,
        origin: [u32; 2],
        [side, reduced]: [u32; 2],
        count: usize,
        draws: &mut Draws,
    ) {
        let large = picture.width();
        let ratio = f64::from(reduced) / f64::from(large);
        let place = |pixel: u32| (f64::from(pixel) + 0.5) * ratio;
        let inside = |origin: u32| -> Vec<u32> {
            let crop = f64::from(origin)..f64::from(origin + side);
            (0..large).filter(|pixel| crop.contains(&place(*pixel))).collect()
        };
        let [columns, rows] = origin.map(inside);
        let samples = bytes(picture);
        let pixels = columns.len() as u32;
        for chosen in draws.choose(count, pixels * rows.len() as u32) {
            let (x, y) = (columns[(chosen % pixels) as usize], rows[(chosen / pixels) as usize]);
            let at = [(x, origin[0]), (y, origin[1])];
            self.at.extend(at.map(|(pixel, origin)| (place(pixel) - f64::from(origin)) as f32));
            let pixel = (y * large + x) as usize * 3;
            self.colours.extend_from_slice(&samples[pixel..pixel + 3]);
        }
    }
}
