//! From the samples that TIFF stores to those of a raster.

use tiff::decoder::DecodingResult;

use super::reader::Target;
use crate::raster::{Channels, Samples, unpremultiply_floats, unpremultiply_integers};

/// How a TIFF stores its pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub channels: Channels,
    /// Samples that are stored for a pixel.
    pub stored: usize,
    /// Whether each channel is stored apart.
    pub planar: bool,
    pub tiled: bool,
    /// Width and height of a strip or tile.
    pub chunk: (u32, u32),
    /// Bits a sample.
    pub bits: u8,
    pub ycbcr: bool,
    /// Whether the samples are floats of another width than the raster's.
    pub converts: bool,
    /// Whether colour is multiplied by alpha.
    pub premultiplied: bool,
}

impl Layout {
    /// Whether a strip is stored as a raster holds it.
    pub fn is_direct(&self) -> bool {
        !self.tiled
            && !self.planar
            && !self.ycbcr
            && !self.converts
            && self.bits >= 8
            && self.stored == self.channels.count()
    }

    /// Bytes of a strip or tile of `rows` rows, without compression; `width` is the picture's.
    pub fn chunk_bytes(&self, width: u32, rows: u32) -> u64 {
        let (width, rows) = if self.tiled { self.chunk } else { (width, rows) };
        let samples = if self.planar { 1 } else { self.stored as u64 };
        (u64::from(width) * samples * u64::from(self.bits)).div_ceil(8) * u64::from(rows)
    }

    /// Puts a decoded chunk into `band`; `place` is its left end, its width and the width of the
    /// picture, in pixels. `false` when it is too small or of another kind than declared.
    pub fn place(
        &self,
        chunk: DecodingResult,
        band: &mut Samples,
        place: (u32, u32, u32),
        rows: u32,
        plane: u32,
    ) -> bool {
        match (chunk, band) {
            (DecodingResult::U8(from), Samples::U8(to)) => {
                let mut from = self.unpacked(from, place.1 as usize);
                if self.ycbcr {
                    from.chunks_exact_mut(3).for_each(to_rgb);
                }
                self.copy(&from, to, place, rows, plane, |v| v)
            }
            (DecodingResult::U16(from), Samples::U16(to)) => {
                self.copy(&from, to, place, rows, plane, |v| v)
            }
            (DecodingResult::F32(from), Samples::F32(to)) => {
                self.copy(&from, to, place, rows, plane, |v| v)
            }
            (DecodingResult::F16(from), Samples::F32(to)) => {
                self.copy(&from, to, place, rows, plane, |v| v.to_f32())
            }
            (DecodingResult::F64(from), Samples::F32(to)) => {
                self.copy(&from, to, place, rows, plane, |v| v as f32)
            }
            _ => false,
        }
    }

    fn copy<T: Copy, U>(
        &self,
        from: &[T],
        to: &mut [U],
        (x, width, picture_width): (u32, u32, u32),
        rows: u32,
        plane: u32,
        convert: impl Fn(T) -> U,
    ) -> bool {
        let n = self.channels.count();
        let (stored, wanted, first) =
            if self.planar { (1, 1, plane as usize) } else { (self.stored, n, 0) };
        let row_len = width as usize * stored;
        if row_len == 0 || from.len() < row_len * rows as usize {
            return false;
        }
        let into = to.chunks_exact_mut(picture_width as usize * n);
        for (row, into) in from.chunks_exact(row_len).zip(into) {
            let pixels = into[x as usize * n..].chunks_exact_mut(n);
            for (stored, pixel) in row.chunks_exact(stored).zip(pixels) {
                for (to, &from) in pixel[first..first + wanted].iter_mut().zip(stored) {
                    *to = convert(from);
                }
            }
        }
        true
    }

    /// Rows of `width` samples of fewer than 8 bits, each on the scale of 8.
    fn unpacked(&self, from: Vec<u8>, width: usize) -> Vec<u8> {
        let bits = usize::from(self.bits);
        if bits >= 8 {
            return from;
        }
        let full = (1u16 << bits) - 1;
        let row_bytes = (width * bits).div_ceil(8);
        let rows = from.chunks_exact(row_bytes);
        let unpack = |row: &[u8], i: usize| {
            let at = i * bits;
            let value = u16::from(row[at / 8]) >> (8 - bits - at % 8) & full;
            (value * 255 / full) as u8
        };
        rows.flat_map(|row| (0..width).map(move |i| unpack(row, i))).collect()
    }
}

/// A JPEG-compressed pixel from YCbCr, by ITU-R BT.601, as TIFF has it by default.
fn to_rgb(pixel: &mut [u8]) {
    let [y, cb, cr] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
    let (cb, cr) = (cb - 128.0, cr - 128.0);
    pixel[0] = (y + 1.402 * cr).round() as u8;
    pixel[1] = (y - 0.344_136 * cb - 0.714_136 * cr).round() as u8;
    pixel[2] = (y + 1.772 * cb).round() as u8;
}

/// Divides colour by alpha, which is the last of `n` channels; where that is 0, colour is 0.
pub(super) fn unpremultiply(target: &mut Target<'_>, n: usize) {
    match target {
        Target::U8(v) => unpremultiply_integers(v, n, 255),
        Target::U16(v) => unpremultiply_integers(v, n, 65535),
        Target::F32(v) => unpremultiply_floats(v, n),
    }
}
