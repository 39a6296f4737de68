//! Crops of photographs: what the network is shown, and which colours it shall give where.

use polyinr::Raster;
use polyinr::metrics::{self, Filter};
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use super::cut::Cut;
use super::cutblur::cutblur;
use super::degrade::{Chain, Damage};
use super::draws::Draws;
use super::photos::Photos;
use crate::data::samples::bytes;
use crate::error::{Error, Result};

/// Pixels at the border of a reduced picture that the filter computes from a part of its support:
/// whole pictures have few of them, crops would have many.
const MARGIN: u32 = 2;

/// The same where crops are degraded: blur and blocks reach further.
const DEGRADED_MARGIN: u32 = 7;

/// Orders that the three colours can have.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// What batches are made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CropOptions {
    /// Crops a batch.
    pub batch: usize,
    /// Side of a crop as the network is shown it, in pixels.
    pub side: u32,
    /// Positions at which a crop's colours are asked for.
    pub positions: usize,
    /// Side of the square of positions that is asked for instead, in pixels of the photograph.
    pub patch: Option<u32>,
    /// Smallest and largest factor.
    pub scale: [f64; 2],
    /// Share of batches at factor 1 exactly, 0 to 1.
    pub same_size: f64,
    /// Share of crops whose colours are in a random order, 0 to 1.
    pub permute_colours: f64,
    /// What happens to crops after their reduction.
    pub chain: Chain,
    /// Share of crops that it does not happen to, 0 to 1.
    pub clean_share: f64,
    /// Share of the other crops of which a rectangle stays clean, or all but one, 0 to 1.
    pub cutblur: f64,
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
    /// How much there is to clean, `[B, 2]`: noise with compression, and blur, each 0 to 1 as
    /// [`Damage`] says. Of crops that are clean in part, it is that of the other part.
    pub strength: Tensor,
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
        if !(1.0 <= from && from <= to && to <= 16.0) {
            let problem = format!("{from} to {to} is no range of factors within 1 to 16");
            return Err(Error::parameter("--scale", problem));
        }
        if self.same_size > 0.0 && from > 1.0 {
            return Err(Error::parameter("--same-size", "needs a --scale that begins with 1"));
        }
        if !(4..=1024).contains(&self.side) || self.batch == 0 {
            return Err(Error::parameter(
                "--crop",
                "crops of 4 to 1024 pixels a side are possible",
            ));
        }
        let most = (f64::from(self.side) * from - 1.0).floor();
        if let Some(patch) = self.patch {
            if f64::from(patch) > most {
                let problem = format!("a crop enlarged {from} times has {most} pixels a side");
                return Err(Error::parameter("--patch", problem));
            }
            return Ok(());
        }
        let most = most.powi(2) as usize;
        if !(1..=most).contains(&self.positions) {
            let problem = format!("a crop enlarged {from} times has 1 to {most} positions");
            return Err(Error::parameter("--positions", problem));
        }
        Ok(())
    }

    /// Pixels around a crop that are computed and not shown.
    fn margin(&self) -> u32 {
        if self.chain.is_empty() { MARGIN } else { DEGRADED_MARGIN }
    }

    /// Side of the reduced picture that a crop is cut from.
    fn reduced(&self) -> u32 {
        self.side + 2 * self.margin()
    }

    /// Side in a photograph of what is reduced by `scale`, in pixels.
    pub fn side_at(&self, scale: f64) -> u32 {
        (f64::from(self.reduced()) * scale).round() as u32
    }

    /// Side that a photograph must have, in pixels: for every factor where crops are not degraded, for
    /// most where they are.
    pub fn least_side(&self) -> u32 {
        (f64::from(self.side + 2 * MARGIN) * self.scale[1]).round() as u32
    }

    /// The batch of `step`, the same always.
    ///
    /// # Errors
    /// [`Error::Library`] when the library refuses a crop, which it does not for photographs, and
    /// [`Error::Parameter`] when an encoder fails.
    ///
    /// # Panics
    /// When no photograph has the side of the largest factor, [`side_at`](Self::side_at).
    pub fn batch(&self, photos: &Photos, step: u64) -> Result<Batch> {
        let mut draws = Draws::new(self.seed, step);
        let large = self.side_at(self.scale(&mut draws));
        let reduced = self.reduced();
        let side = i64::from(self.side);
        let mut all = Crop::default();
        for number in 0..self.batch as u64 {
            let mut degradation = Draws::of_crop(self.seed, step, number);
            self.crop(photos, large, [&mut draws, &mut degradation], &mut all)?;
        }
        let batch = self.batch.cast_signed() as i64;
        let pictures = Tensor::from_slice(&all.picture).view([batch, side, side, 3]);
        let floats = |t: Tensor| t.to_kind(Kind::Float) / 255.0;
        Ok(Batch {
            pictures: floats(pictures.permute([0, 3, 1, 2]).contiguous()),
            at: Tensor::from_slice(&all.at).view([batch, -1, 2]),
            colours: floats(Tensor::from_slice(&all.colours).view([batch, -1, 3])),
            strength: Tensor::from_slice(&all.strength).view([batch, 2]),
            inverse_scale: f64::from(reduced) / f64::from(large),
        })
    }

    /// The factor of a batch.
    fn scale(&self, draws: &mut Draws) -> f64 {
        match self.same_size > 0.0 && draws.uniform() < self.same_size {
            true => 1.0,
            false => draws.within(self.scale),
        }
    }

    /// Appends a crop that is `large` pixels a side in its photograph. What happens to it is drawn
    /// apart from where it is, so that other chains see the same crops.
    fn crop(
        &self,
        photos: &Photos,
        large: u32,
        [draws, degradation]: [&mut Draws; 2],
        all: &mut Crop,
    ) -> Result<()> {
        let permuted = self.permute_colours > 0.0 && draws.uniform() < self.permute_colours;
        let order = if permuted { draws.below(ORDERS.len() as u64) } else { 0 };
        let cut = Cut { side: large, colours: ORDERS[order as usize] };
        let picture = photos.cut(cut, draws);
        let (reduced, margin) = (self.reduced(), self.margin());
        let (small, strength) = match large == reduced {
            true => self.degraded(&picture, degradation)?,
            false => {
                let small = metrics::resize(&picture, reduced, reduced, Filter::Bicubic)?;
                self.degraded(&small, degradation)?
            }
        };
        all.strength.extend([strength.noise, strength.blur]);
        all.picture(&small, [margin; 2], self.side);
        let places = Places::new(&picture, [margin; 2], [self.side, reduced]);
        let chosen = match self.patch {
            Some(patch) => places.square(patch, draws),
            None => draws.choose(self.positions, places.count()),
        };
        all.positions(&picture, &places, &chosen);
        Ok(())
    }

    /// What the network is shown of a clean reduction.
    fn degraded(&self, clean: &Raster, draws: &mut Draws) -> Result<(Raster, Damage)> {
        if self.chain.is_empty() || draws.uniform() < self.clean_share {
            return Ok((clean.clone(), Damage::default()));
        }
        let mut mixing = draws.fork();
        let (degraded, strength) = self.chain.apply(clean, draws)?;
        match mixing.uniform() < self.cutblur {
            true => Ok((cutblur(clean, &degraded, &mut mixing), strength)),
            false => Ok((degraded, strength)),
        }
    }
}

impl Batch {
    /// The batch on another device.
    pub fn to_device(&self, device: Device) -> Self {
        Self {
            pictures: self.pictures.to_device(device),
            at: self.at.to_device(device),
            colours: self.colours.to_device(device),
            strength: self.strength.to_device(device),
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
    strength: Vec<f32>,
}

impl Crop {
    fn picture(&mut self, reduced: &Raster, [x, y]: [u32; 2], side: u32) {
        let (samples, line) = (bytes(reduced), reduced.row_len());
        for row in y..y + side {
            let start = row as usize * line + x as usize * 3;
            self.picture.extend_from_slice(&samples[start..start + side as usize * 3]);
        }
    }

    /// Appends pixels of `picture`, by their numbers among `places`.
    fn positions(&mut self, picture: &Raster, places: &Places, chosen: &[u32]) {
        let samples = bytes(picture);
        for number in chosen {
            let [x, y] = places.pixel(*number);
            self.at.extend(places.positions([x, y]));
            let pixel = (y * picture.width() + x) as usize * 3;
            self.colours.extend_from_slice(&samples[pixel..pixel + 3]);
        }
    }
}

/// Pixels of a picture whose centres lie in a crop of its reduction.
struct Places {
    columns: Vec<u32>,
    rows: Vec<u32>,
    /// The crop's upper left corner in the reduction.
    origin: [u32; 2],
    /// Pixels of the reduction for one of the picture.
    ratio: f64,
}

impl Places {
    /// Those in the crop of `side` pixels at `origin` of the `reduced` picture.
    fn new(picture: &Raster, origin: [u32; 2], [side, reduced]: [u32; 2]) -> Self {
        let large = picture.width();
        let ratio = f64::from(reduced) / f64::from(large);
        let inside = |origin: u32| -> Vec<u32> {
            let crop = f64::from(origin)..f64::from(origin + side);
            (0..large).filter(|pixel| crop.contains(&((f64::from(*pixel) + 0.5) * ratio))).collect()
        };
        let [columns, rows] = origin.map(inside);
        Self { columns, rows, origin, ratio }
    }

    fn count(&self) -> u32 {
        (self.columns.len() * self.rows.len()) as u32
    }

    /// Column and row of the pixel `number`, counted row by row.
    fn pixel(&self, number: u32) -> [u32; 2] {
        let width = self.columns.len() as u32;
        [self.columns[(number % width) as usize], self.rows[(number / width) as usize]]
    }

    /// Where a pixel's centre lies in the crop, x and y.
    fn positions(&self, pixel: [u32; 2]) -> [f32; 2] {
        let place = |axis: usize| {
            (f64::from(pixel[axis]) + 0.5) * self.ratio - f64::from(self.origin[axis])
        };
        [place(0) as f32, place(1) as f32]
    }

    /// The numbers of the pixels of a square somewhere, row by row.
    fn square(&self, side: u32, draws: &mut Draws) -> Vec<u32> {
        let width = self.columns.len() as u32;
        let [left, top] = [width, self.rows.len() as u32]
            .map(|length| draws.below(u64::from(length - side) + 1) as u32);
        let row = |row: u32| (left..left + side).map(move |column| row * width + column);
        (top..top + side).flat_map(row).collect()
    }
}
