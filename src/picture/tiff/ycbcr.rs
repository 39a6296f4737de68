//! Colours as luma and two chroma samples.

use super::tags::Tags;
use crate::picture::ifd::tag;

/// The shares of red, green and blue in luma by ITU-R BT.601, as TIFF has them by default.
const BT_601: [f64; 3] = [0.299, 0.587, 0.114];
/// Black and white of luma and of both chroma samples, by default.
const FULL_RANGE: [f64; 6] = [0.0, 255.0, 128.0, 255.0, 128.0, 255.0];

/// How luma and chroma become red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct YCbCr {
    /// Columns and rows that share a pair of chroma samples.
    pub subsampling: (u32, u32),
    coefficients: [f64; 3],
    reference: [f64; 6],
}

impl YCbCr {
    /// What the tags say; an error names what is not handled.
    pub fn of(tags: &Tags, jpeg: bool) -> Result<Self, String> {
        let refused = |what: String| Err(format!("the TIFF has YCbCr with {what}; convert it"));
        let coefficients = tags.numbers(tag::YCBCR_COEFFICIENTS).unwrap_or(BT_601);
        let reference = tags.numbers(tag::REFERENCE_BLACK_WHITE).unwrap_or(FULL_RANGE);
        let [red, green, blue] = coefficients;
        let spans = reference.chunks(2).all(|pair| (pair[1] - pair[0]).abs() >= 1.0);
        let finite = coefficients.iter().chain(&reference).all(|v| v.is_finite());
        if !finite || !spans || green <= 0.0 || red < 0.0 || blue < 0.0 {
            return refused("coefficients or a black and white that mean nothing".to_owned());
        }
        let near = |a: &[f64], b: &[f64], most| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= most);
        if jpeg && !(near(&coefficients, &BT_601, 0.002) && near(&reference, &FULL_RANGE, 1.0)) {
            let what = "JPEG and other coefficients or another black and white than JPEG's";
            return refused(what.to_owned());
        }
        let subsampling = match tags.integers(tag::YCBCR_SUBSAMPLING)[..] {
            [] => (2, 2),
            [x @ (1 | 2 | 4), y @ (1 | 2 | 4)] => (x as u32, y as u32),
            _ if jpeg => (1, 1),
            ref other => return refused(format!("a subsampling of {other:?}")),
        };
        Ok(Self { subsampling, coefficients, reference })
    }

    /// Turns pixels of `count` samples, the first three luma and chroma, into RGB.
    pub fn convert(&self, pixels: &mut [u8], count: usize) {
        let [red, green, blue] = self.coefficients;
        let [black_y, white_y, black_cb, white_cb, black_cr, white_cr] = self.reference;
        let scale = |full: f64, black: f64, white: f64| (full / (white - black)) as f32;
        let y_scale = scale(255.0, black_y, white_y);
        let (cb_scale, cr_scale) =
            (scale(127.0, black_cb, white_cb), scale(127.0, black_cr, white_cr));
        let (from_cr, from_cb) = ((2.0 - 2.0 * red) as f32, (2.0 - 2.0 * blue) as f32);
        let green_cr = (red * (2.0 - 2.0 * red) / green) as f32;
        let green_cb = (blue * (2.0 - 2.0 * blue) / green) as f32;
        let [black_y, black_cb, black_cr] = [black_y, black_cb, black_cr].map(|v| v as f32);
        for pixel in pixels.chunks_exact_mut(count) {
            let y = (f32::from(pixel[0]) - black_y) * y_scale;
            let cb = (f32::from(pixel[1]) - black_cb) * cb_scale;
            let cr = (f32::from(pixel[2]) - black_cr) * cr_scale;
            // Converting to an integer clamps.
            pixel[0] = (y + from_cr * cr).round() as u8;
            pixel[1] = (y - green_cr * cr - green_cb * cb).round() as u8;
            pixel[2] = (y + from_cb * cb).round() as u8;
        }
    }
}

/// Gives every pixel its own chroma: `packed` holds blocks of `across` x `down` luma samples and a
/// pair of chroma samples, `rows` pixel rows of `width` (those at the ends may fill no whole block).
pub(super) fn spread(
    packed: &[u8],
    (across, down): (u32, u32),
    (width, rows): (u32, u32),
    out: &mut [u8],
) {
    let [across, down, width, rows] = [across, down, width, rows].map(|n| n as usize);
    let unit = across * down + 2;
    let blocks = width.div_ceil(across);
    for y in 0..rows {
        let line = &packed[y / down * blocks * unit..][..blocks * unit];
        let row = &mut out[y * width * 3..][..width * 3];
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let block = &line[x / across * unit..][..unit];
            pixel[0] = block[y % down * across + x % across];
            pixel[1..].copy_from_slice(&block[unit - 2..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greys_stay_greys_and_black_and_white_are_obeyed() {
        let full = YCbCr { subsampling: (1, 1), coefficients: BT_601, reference: FULL_RANGE };
        let mut pixels = [7, 128, 128, 76, 85, 255];
        full.convert(&mut pixels, 3);
        assert_eq!(pixels, [7, 7, 7, 254, 0, 0]);
        let reference = [16.0, 235.0, 128.0, 240.0, 128.0, 240.0];
        let video = YCbCr { reference, ..full };
        let mut pixels = [16, 128, 128, 235, 128, 128];
        video.convert(&mut pixels, 3);
        assert_eq!(pixels, [0, 0, 0, 255, 255, 255]);
    }

    #[test]
    fn blocks_that_reach_over_the_ends_are_cut() {
        let packed = [1, 2, 3, 4, 90, 91, 5, 0, 7, 0, 92, 93];
        let mut out = [0; 18];
        spread(&packed, (2, 2), (3, 2), &mut out);
        let expected = [1, 90, 91, 2, 90, 91, 5, 92, 93, 3, 90, 91, 4, 90, 91, 7, 92, 93];
        assert_eq!(out, expected);
    }
}
