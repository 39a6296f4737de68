//! Sheets of sample pictures as PNG.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use tch::{Device, Kind, Tensor, no_grad};

use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::random::{Stream, reseed};

/// Pictures that are generated at a time.
const BATCH: i64 = 16;
/// Most rows of a sheet with classes.
const ROWS: usize = 32;

/// A PNG file in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Png {
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// The bytes of the file.
    pub bytes: Vec<u8>,
}

/// Latents and classes of the sheets of a run: the same at every snapshot. Every row is a class, of
/// many as many as fit, from the first to the last; all rows have the same latents. Without classes
/// every picture has its own.
#[derive(Debug)]
pub struct Samples {
    z: Tensor,
    labels: Option<Tensor>,
    columns: i64,
    rows: Vec<usize>,
}

impl Samples {
    /// Those of the run with this seed, for generators of the shape of `generator`.
    pub fn new(generator: &Generator, columns: u32, seed: u64) -> Self {
        let (columns, shown) = (i64::from(columns), classes_shown(generator.classes()));
        let device = generator.store().device();
        let conditional = !shown.is_empty();
        let rows = if conditional { shown.len() as i64 } else { columns };
        let different = if conditional { columns } else { rows * columns };
        reseed(seed, 0, Stream::Evaluation);
        let z = Tensor::randn([different, generator.z_dim()], (Kind::Float, device));
        let classes: Vec<i64> = shown.iter().map(|&class| class as i64).collect();
        let labels =
            Tensor::from_slice(&classes).to_device(device).unsqueeze(1).repeat([1, columns]);
        Self {
            z: z.repeat([rows * columns / different, 1]),
            labels: conditional.then(|| labels.view([-1])),
            columns,
            rows: shown,
        }
    }

    /// Numbers of the classes that the rows show, from the top; none without classes.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// The sheet of `generator` at `side` pixels a picture, computed in `kind`, without truncation.
    ///
    /// # Errors
    /// [`Error::Torch`], as when memory is short.
    pub fn sheet(&self, generator: &Generator, side: i64, kind: Kind) -> Result<Png> {
        let parts: Vec<Tensor> = (0..self.z.size()[0])
            .step_by(BATCH as usize)
            .map(|start| {
                let part = |t: &Tensor| t.narrow(0, start, BATCH.min(t.size()[0] - start));
                let labels = self.labels.as_ref().map(part);
                let w = no_grad(|| generator.map(&part(&self.z), labels.as_ref()));
                to_u8(&no_grad(|| generator.synthesise(&w, side, kind)))
            })
            .collect();
        sheet(&Tensor::cat(&parts, 0), self.columns)
    }
}

/// Which of `count` classes a sheet shows.
fn classes_shown(count: usize) -> Vec<usize> {
    let rows = count.min(ROWS);
    (0..rows).map(|row| row * (count - 1) / (rows - 1).max(1)).collect()
}

/// Pictures in `[-1, 1]` as 8-bit ones.
pub fn to_u8(images: &Tensor) -> Tensor {
    ((images.to_kind(Kind::Float) + 1.0) * 127.5).round().clamp(0.0, 255.0).to_kind(Kind::Uint8)
}

/// Pictures `[rows x columns, 3, side, side]`, 8 bits, laid out by rows.
///
/// # Errors
/// [`Error::Torch`].
pub fn sheet(images: &Tensor, columns: i64) -> Result<Png> {
    let (count, _, height, width) = images.size4()?;
    let rows = count / columns;
    let laid = images.view([rows, columns, 3, height, width]).permute([0, 3, 1, 4, 2]).reshape([
        rows * height,
        columns * width,
        3,
    ]);
    png(&laid)
}

/// `pixels [height, width, 3]`, 8 bits, as a PNG file.
fn png(pixels: &Tensor) -> Result<Png> {
    let (height, width, _) = pixels.size3()?;
    let flat = pixels.to_device(Device::Cpu).contiguous().view([-1]);
    let side = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    let size = (side(width), side(height));
    let problem = |text: String| Error::parameter("--snapshot-columns", text);
    let image = RgbImage::from_raw(size.0, size.1, Vec::<u8>::try_from(flat)?)
        .ok_or_else(|| problem("the sheet of samples is too large".into()))?;
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).map_err(|e| problem(e.to_string()))?;
    Ok(Png { size, bytes: bytes.into_inner() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_lie_by_rows() {
        let images = Tensor::arange(6, (Kind::Uint8, Device::Cpu)).view([6, 1, 1, 1]) * 40;
        let png = sheet(&images.expand([6, 3, 2, 2], false), 3).unwrap();
        assert_eq!(png.size, (6, 4));
        let read = image::load_from_memory(&png.bytes).unwrap().into_rgb8();
        for (x, y, value) in [(0, 0, 0), (2, 0, 40), (5, 1, 80), (0, 2, 120), (5, 3, 200)] {
            assert_eq!(read.get_pixel(x, y).0, [value; 3]);
        }
    }

    #[test]
    fn many_classes_are_shown_from_the_first_to_the_last() {
        assert!(classes_shown(0).is_empty());
        assert_eq!(classes_shown(1), [0]);
        assert_eq!(classes_shown(5), [0, 1, 2, 3, 4]);
        let shown = classes_shown(3000);
        assert_eq!((shown.len(), shown[0], shown[31]), (32, 0, 2999));
        assert!(shown.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn the_nominal_range_is_that_of_bytes() {
        let images = Tensor::from_slice(&[-1.5f32, -1.0, 0.0, 1.0, 7.0]);
        assert_eq!(Vec::<u8>::try_from(to_u8(&images)).unwrap(), [0, 0, 128, 255, 255]);
    }
}
