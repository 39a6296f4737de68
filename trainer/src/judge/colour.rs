//! How far colours moved, whatever became of the detail.

use polyinr::Raster;

use crate::data::samples::bytes;

/// Sides of the cells whose mean colours are compared, in pixels.
const CELL: usize = 32;
/// D65 in XYZ (CIE 15, 2 degrees), that of sRGB.
const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];
/// sRGB's primaries in XYZ (IEC 61966-2-1).
const XYZ: [[f64; 3]; 3] =
    [[0.412_4, 0.357_6, 0.180_5], [0.212_6, 0.715_2, 0.072_2], [0.019_3, 0.119_2, 0.950_5]];

/// The step of colour between two pictures of 8-bit RGB and of the same size: both are reduced to the
/// mean values of cells of about 32x32 pixels, and of the cells' distances in CIELAB (`ΔE*ab`, 1976)
/// the mean is taken. 0 for equal colours; about 2 can be seen side by side. Noise and sharpness hardly
/// count, a tint, a lighter or a duller picture does.
///
/// # Panics
/// When the sizes differ or samples are not RGB of 8 bits.
pub fn colour_step(original: &Raster, result: &Raster) -> f64 {
    let (original, result) = (cells(original), cells(result));
    assert_eq!(original.len(), result.len(), "pictures of different sizes");
    let steps = original.iter().zip(&result).map(|(a, b)| apart(lab(*a), lab(*b)));
    steps.sum::<f64>() / original.len() as f64
}

/// Mean values of all cells, 0 to 1.
fn cells(picture: &Raster) -> Vec<[f64; 3]> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (columns, rows) = (width.div_ceil(CELL), height.div_ceil(CELL));
    let (samples, line) = (bytes(picture), picture.row_len());
    let cell = |row: usize, column: usize| {
        let across = column * width / columns * 3..(column + 1) * width / columns * 3;
        let down = row * height / rows..(row + 1) * height / rows;
        let count = (across.len() / 3 * down.len()) as f64;
        let mut sums = [0u64; 3];
        for y in down {
            for (i, sample) in samples[y * line..][across.clone()].iter().enumerate() {
                sums[i % 3] += u64::from(*sample);
            }
        }
        sums.map(|sum| sum as f64 / (255.0 * count))
    };
    (0..rows).flat_map(|row| (0..columns).map(move |column| cell(row, column))).collect()
}

/// CIELAB of sRGB from 0 to 1.
fn lab(rgb: [f64; 3]) -> [f64; 3] {
    let linear =
        rgb.map(|v| if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) });
    let xyz = XYZ.map(|row| row.iter().zip(linear).map(|(a, b)| a * b).sum::<f64>());
    let [x, y, z] = [0, 1, 2].map(|i| {
        let t: f64 = xyz[i] / WHITE[i];
        if t > (6.0f64 / 29.0).powi(3) {
            t.cbrt()
        } else {
            t * (29.0f64 / 6.0).powi(2) / 3.0 + 4.0 / 29.0
        }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn apart(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use polyinr::{Channels, Samples};

    fn picture(pixel: impl Fn(u32, u32) -> [u8; 3]) -> Raster {
        let samples = (0..70).flat_map(|y| (0..50).map(move |x| (x, y)));
        let samples = samples.flat_map(|(x, y)| pixel(x, y)).collect();
        Raster::new(50, 70, Channels::Rgb, Samples::U8(samples)).unwrap()
    }

    #[test]
    fn known_colours_have_their_coordinates() {
        let near = |rgb, expected: [f64; 3]| {
            let found = lab(rgb);
            assert!(apart(found, expected) < 0.1, "{found:?}");
        };
        near([1.0, 1.0, 1.0], [100.0, 0.0, 0.0]);
        near([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]);
        near([1.0, 0.0, 0.0], [53.24, 80.09, 67.20]);
        near([0.0, 0.0, 1.0], [32.30, 79.19, -107.86]);
    }

    #[test]
    fn a_tint_counts_and_fine_detail_does_not() {
        let grey = picture(|_, _| [120, 120, 120]);
        let checked = picture(|x, y| [[110; 3], [130; 3]][(x + y) as usize % 2]);
        assert!(colour_step(&grey, &checked) < 0.05);
        let warm = picture(|_, _| [130, 120, 110]);
        let step = colour_step(&grey, &warm);
        assert!((5.0..12.0).contains(&step), "{step}");
        assert_eq!(colour_step(&warm, &warm), 0.0);
        // Half of the picture, half of the step.
        let half = picture(|x, _| if x < 25 { [130, 120, 110] } else { [120; 3] });
        assert!((colour_step(&grey, &half) / step - 0.5).abs() < 0.01);
    }
}
