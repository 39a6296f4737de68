//! PSNR and SSIM on luma.

use super::eight_bits;
use crate::error::{Error, Result};
use crate::raster::Raster;

/// BT.601 luma of a picture at 8 bits, 16 to 235.
#[derive(Clone, Debug, PartialEq)]
pub struct Luma {
    width: usize,
    values: Vec<f64>,
}

/// How near one picture is to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Peak signal-to-noise ratio in dB; infinite for equal pictures.
    pub psnr: f64,
    /// Structural similarity, 1 for equal pictures.
    pub ssim: f64,
}

impl Luma {
    /// Luma of `raster`, rounded to 8 bits first, without its `border` outer pixels on each side.
    ///
    /// # Errors
    /// [`Error::Parameter`] when nothing is left.
    pub fn new(raster: &Raster, border: u32) -> Result<Self> {
        let (width, height) = (raster.width(), raster.height());
        if width <= 2 * border || height <= 2 * border {
            return Err(Error::parameter(
                "border",
                format!("{border} pixels cut from each side leave nothing of {width}x{height}"),
            ));
        }
        let n = raster.channels().count();
        let gray = raster.channels().is_gray();
        let (cut, line) = (border as usize * n, width as usize * n);
        let samples = eight_bits(raster);
        let rows = samples.chunks_exact(line).skip(border as usize);
        let rows = rows.take((height - 2 * border) as usize).map(|r| &r[cut..line - cut]);
        let pixel = |p: &[u8]| if gray { bt601([p[0]; 3]) } else { bt601([p[0], p[1], p[2]]) };
        let values = rows.flat_map(|r| r.chunks_exact(n).map(pixel)).collect();
        Ok(Self { width: (width - 2 * border) as usize, values })
    }

    /// Peak signal-to-noise ratio against `other` in dB, for a peak of 255.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the sizes differ.
    pub fn psnr(&self, other: &Self) -> Result<f64> {
        self.check(other)?;
        let squares = self.values.iter().zip(&other.values).map(|(a, b)| (a - b) * (a - b));
        let mean = squares.sum::<f64>() / self.values.len() as f64;
        Ok(10.0 * (255.0 * 255.0 / mean).log10())
    }

    /// Structural similarity of Wang et al. (2004) with `other`: Gaussian window of 11x11 and
    /// sigma 1.5, where it lies wholly inside.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the sizes differ or are under 11 pixels a side.
    pub fn ssim(&self, other: &Self) -> Result<f64> {
        let similar = self.similarities(other)?;
        Ok(similar.iter().sum::<f64>() / similar.len() as f64)
    }

    /// The structural similarities of all windows, from the top left.
    fn similarities(&self, other: &Self) -> Result<Vec<f64>> {
        self.check(other)?;
        if self.width < WINDOW || self.values.len() / self.width < WINDOW {
            return Err(Error::parameter("size", "SSIM needs 11 pixels a side"));
        }
        let blur = |f: &dyn Fn(f64, f64) -> f64| {
            let pairs = self.values.iter().zip(&other.values);
            smooth(&pairs.map(|(a, b)| f(*a, *b)).collect::<Vec<_>>(), self.width)
        };
        let means = [blur(&|a, _| a), blur(&|_, b| b)];
        let squares = [blur(&|a, _| a * a), blur(&|_, b| b * b), blur(&|a, b| a * b)];
        let at = |i: usize| {
            similarity([means[0][i], means[1][i]], [squares[0][i], squares[1][i], squares[2][i]])
        };
        Ok((0..means[0].len()).map(at).collect())
    }

    fn check(&self, other: &Self) -> Result<()> {
        if (self.width, self.values.len()) == (other.width, other.values.len()) {
            return Ok(());
        }
        Err(Error::parameter("size", "pictures of different sizes cannot be compared"))
    }
}

/// Scores `picture` against `reference` on luma, with `border` pixels cut from each side.
///
/// # Errors
/// [`Error::Parameter`] when the sizes differ or too little is left.
pub fn compare(reference: &Raster, picture: &Raster, border: u32) -> Result<Score> {
    let (reference, picture) = (Luma::new(reference, border)?, Luma::new(picture, border)?);
    Ok(Score { psnr: reference.psnr(&picture)?, ssim: reference.ssim(&picture)? })
}

/// Scores the pixels of `picture` whose column and row `counts` accepts, on luma: PSNR over these,
/// SSIM over the windows around those of them that are five pixels or more from the border.
///
/// # Errors
/// [`Error::Parameter`] when the sizes differ, are under 11 pixels a side, or no pixel counts.
pub fn compare_where(
    reference: &Raster,
    picture: &Raster,
    counts: impl Fn(u32, u32) -> bool,
) -> Result<Score> {
    let width = reference.width();
    let (reference, picture) = (Luma::new(reference, 0)?, Luma::new(picture, 0)?);
    let similar = reference.similarities(&picture)?;
    let pairs = (0u32..).zip(reference.values.iter().zip(&picture.values));
    let pairs = pairs.filter(|(i, _)| counts(i % width, i / width));
    let squares: Vec<f64> = pairs.map(|(_, (a, b))| (a - b) * (a - b)).collect();
    let (inside, half) = (width - WINDOW as u32 + 1, WINDOW as u32 / 2);
    let windows = (0u32..).zip(&similar);
    let windows = windows.filter(|(i, _)| counts(i % inside + half, i / inside + half));
    let windows: Vec<f64> = windows.map(|(_, s)| *s).collect();
    if squares.is_empty() || windows.is_empty() {
        return Err(Error::parameter("size", "no pixel is to be compared"));
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    Ok(Score { psnr: 10.0 * (255.0 * 255.0 / mean(&squares)).log10(), ssim: mean(&windows) })
}

/// Peak signal-to-noise ratio in dB between all samples of two pictures, rounded to 8 bits, for a
/// peak of 255; infinite for equal ones.
///
/// # Errors
/// [`Error::Parameter`] when sizes or channels differ.
pub fn psnr(reference: &Raster, picture: &Raster) -> Result<f64> {
    let shape = |r: &Raster| (r.width(), r.height(), r.channels());
    if shape(reference) != shape(picture) {
        let problem = "pictures of different sizes or channels cannot be compared";
        return Err(Error::parameter("size", problem));
    }
    let (reference, picture) = (eight_bits(reference), eight_bits(picture));
    let apart = reference.iter().zip(picture.iter()).map(|(a, b)| u64::from(a.abs_diff(*b)));
    let mean = apart.map(|d| d * d).sum::<u64>() as f64 / reference.len() as f64;
    Ok(10.0 * (255.0 * 255.0 / mean).log10())
}

fn bt601([r, g, b]: [u8; 3]) -> f64 {
    16.0 + (65.481 * f64::from(r) + 128.553 * f64::from(g) + 24.966 * f64::from(b)) / 255.0
}

/// Side of the SSIM window.
const WINDOW: usize = 11;

fn similarity([ma, mb]: [f64; 2], [aa, bb, ab]: [f64; 3]) -> f64 {
    let (c1, c2) = ((0.01f64 * 255.0).powi(2), (0.03f64 * 255.0).powi(2));
    let (va, vb, cov) = (aa - ma * ma, bb - mb * mb, ab - ma * mb);
    (2.0 * ma * mb + c1) * (2.0 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
}

/// Gaussian mean around every pixel whose window lies inside.
fn smooth(values: &[f64], width: usize) -> Vec<f64> {
    let kernel = gaussian();
    let across = |row: &[f64]| -> Vec<f64> {
        row.windows(WINDOW).map(|w| w.iter().zip(&kernel).map(|(v, k)| v * k).sum()).collect()
    };
    let rows: Vec<Vec<f64>> = values.chunks_exact(width).map(across).collect();
    let down = |rows: &[Vec<f64>], x: usize| rows.iter().zip(&kernel).map(|(r, k)| r[x] * k).sum();
    let columns = 0..=width - WINDOW;
    rows.windows(WINDOW).flat_map(|w| columns.clone().map(move |x| down(w, x))).collect()
}

fn gaussian() -> [f64; WINDOW] {
    let raw = std::array::from_fn(|i| (-(i as f64 - 5.0).powi(2) / (2.0 * 1.5 * 1.5)).exp());
    let sum: f64 = raw.iter().sum();
    raw.map(|v: f64| v / sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{Golden, raster};

    #[test]
    fn as_numpy() {
        let golden = Golden::read();
        let source = raster(&golden.source);
        let mut checked = 0;
        for want in &golden.scores {
            let got = compare(&source, &raster(&want.picture), want.border).unwrap();
            assert!((got.psnr - want.psnr).abs() < 1e-6, "{got:?} {}", want.psnr);
            assert!((got.ssim - want.ssim).abs() < 1e-9, "{got:?} {}", want.ssim);
            checked += 1;
        }
        assert!(checked >= 2);
    }

    #[test]
    fn equal_pictures_are_equal() {
        let source = raster(&Golden::read().source);
        let score = compare(&source, &source, 0).unwrap();
        assert!(score.psnr.is_infinite() && (score.ssim - 1.0).abs() < 1e-12);
    }

    #[test]
    fn only_some_pixels_count() {
        let source = raster(&Golden::read().source);
        let mut other = source.clone();
        let width = source.width();
        (0..3).for_each(|c| other.samples_mut().set(c, 1.0 - source.samples().get(c)));
        let all = compare(&source, &other, 0).unwrap();
        let found = compare_where(&source, &other, |_, _| true).unwrap();
        assert!((found.psnr - all.psnr).abs() < 1e-9 && (found.ssim - all.ssim).abs() < 1e-9);
        let found = compare_where(&source, &other, |x, _| x > width / 2).unwrap();
        assert!(found.psnr.is_infinite() && (found.ssim - 1.0).abs() < 1e-12);
        assert!(compare_where(&source, &other, |_, _| false).is_err());
    }

    #[test]
    fn too_small_is_said() {
        let source = raster(&Golden::read().source);
        assert!(compare(&source, &source, 400).is_err());
        assert!(compare(&source, &source, source.height() / 2 - 3).is_err());
    }
}
