//! From the samples that a strip or tile stores to those of a raster.

use half::f16;

use super::layout::{Colour, Layout};
use crate::picture::decode::RowBuffer;
use crate::raster::{Samples, unpremultiply_floats, unpremultiply_integers};

/// Where a strip or tile stands in a band of rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkArea {
    /// Its left end and how many of its columns are in the picture.
    pub x: u32,
    pub width: u32,
    pub rows: u32,
    /// The sample that it holds, where each is stored apart.
    pub plane: Option<usize>,
}

impl Layout {
    /// Puts the samples in `rows`, which are in this machine's byte order, into `band`.
    pub(super) fn place(&self, rows: &[u8], band: &mut Samples, place: ChunkArea) {
        let row_bytes = self.row_bytes();
        match band {
            Samples::U8(band) => match &self.colour {
                Colour::Palette(map) => {
                    self.copy(rows, row_bytes, band, place, |row, i, channel| {
                        let index = integer(row, i, self.bits);
                        match channel {
                            0..3 => map[usize::from(index)][channel],
                            _ => widened(index, self.bits, 255) as u8,
                        }
                    })
                }
                _ if self.bits == 8 => self.copy(rows, row_bytes, band, place, |row, i, _| row[i]),
                _ => self.copy(rows, row_bytes, band, place, |row, i, _| {
                    widened(integer(row, i, self.bits), self.bits, 255) as u8
                }),
            },
            Samples::U16(band) if self.bits == 16 => {
                self.copy(rows, row_bytes, band, place, |row, i, _| u16::from_ne_bytes(at(row, i)));
            }
            Samples::U16(band) => self.copy(rows, row_bytes, band, place, |row, i, _| {
                widened(integer(row, i, self.bits), self.bits, 65535)
            }),
            Samples::F32(band) => match self.bits {
                16 => self.copy(rows, row_bytes, band, place, |row, i, _| {
                    f16::from_ne_bytes(at(row, i)).to_f32()
                }),
                32 => self
                    .copy(rows, row_bytes, band, place, |row, i, _| f32::from_ne_bytes(at(row, i))),
                _ => self.copy(rows, row_bytes, band, place, |row, i, _| {
                    f64::from_ne_bytes(at(row, i)) as f32
                }),
            },
        }
    }

    /// Copies what `get` reads from a row, given a sample's index and the channel it becomes.
    fn copy<T>(
        &self,
        rows: &[u8],
        row_bytes: usize,
        band: &mut [T],
        place: ChunkArea,
        get: impl Fn(&[u8], usize, usize) -> T,
    ) {
        let n = self.channels.count();
        let step = self.samples_in_chunk();
        let into = band.chunks_exact_mut(self.width as usize * n);
        for (row, into) in rows.chunks_exact(row_bytes).zip(into).take(place.rows as usize) {
            let into = &mut into[place.x as usize * n..][..place.width as usize * n];
            for channel in 0..n {
                let sample = self.sample_of(channel);
                let first = match place.plane {
                    Some(plane) if plane == sample => 0,
                    Some(_) => continue,
                    None => sample,
                };
                for (i, to) in into[channel..].iter_mut().step_by(n).enumerate() {
                    *to = get(row, i * step + first, channel);
                }
            }
        }
    }

    /// Makes of `target`, whole rows with stored samples, what they mean: grey, RGB and straight
    /// alpha.
    pub(super) fn finish(&self, target: &mut RowBuffer<'_>) {
        let n = self.channels.count();
        match (&self.colour, &mut *target) {
            (Colour::Negative, RowBuffer::U8(v)) => v.iter_mut().step_by(n).for_each(|v| *v = !*v),
            (Colour::Negative, RowBuffer::U16(v)) => v.iter_mut().step_by(n).for_each(|v| *v = !*v),
            (Colour::Negative, RowBuffer::F32(v)) => {
                v.iter_mut().step_by(n).for_each(|v| *v = 1.0 - *v);
            }
            (Colour::YCbCr(ycbcr), RowBuffer::U8(v)) => ycbcr.convert(v, n),
            _ => {}
        }
        if self.premultiplied {
            match target {
                RowBuffer::U8(v) => unpremultiply_integers(v, n, 255),
                RowBuffer::U16(v) => unpremultiply_integers(v, n, 65535),
                RowBuffer::F32(v) => unpremultiply_floats(v, n),
            }
        }
    }
}

/// The bytes of sample `i`.
fn at<const N: usize>(row: &[u8], i: usize) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&row[i * N..][..N]);
    bytes
}

/// Sample `i` of `bits` bits, packed from the top bit of the first byte on; those of 8 and 16 are in
/// this machine's byte order.
fn integer(row: &[u8], i: usize, bits: u8) -> u16 {
    let bits = usize::from(bits);
    match bits {
        8 => row[i].into(),
        16 => u16::from_ne_bytes(at(row, i)),
        _ => {
            let start = i * bits;
            let bytes = &row[start / 8..(start + bits).div_ceil(8)];
            let all = bytes.iter().fold(0u32, |n, &b| n << 8 | u32::from(b));
            let below = 8 * bytes.len() - start % 8 - bits;
            (all >> below & ((1 << bits) - 1)) as u16
        }
    }
}

/// A sample of `bits` bits on a scale up to `full`, to nearest.
fn widened(value: u16, bits: u8, full: u32) -> u16 {
    let most = (1u32 << bits) - 1;
    ((u32::from(value) * full + most / 2) / most) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_any_width_are_found() {
        let row = [0b1010_0101, 0b1100_0011, 0b0111_1110];
        assert_eq!([0, 1, 2].map(|i| integer(&row, i, 1)), [1, 0, 1]);
        assert_eq!([0, 1, 5].map(|i| integer(&row, i, 4)), [10, 5, 14]);
        assert_eq!([0, 1].map(|i| integer(&row, i, 12)), [0xa5c, 0x37e]);
        assert_eq!([0, 1].map(|i| integer(&row, i, 10)), [0b10_1001_0111, 0b00_0011_0111]);
    }

    #[test]
    fn few_bits_reach_from_none_to_full() {
        for bits in 1..=16 {
            let most = ((1u32 << bits) - 1) as u16;
            assert_eq!((widened(0, bits, 65535), widened(most, bits, 65535)), (0, 65535));
        }
        assert_eq!([0, 1, 2, 3].map(|v| widened(v, 2, 255)), [0, 85, 170, 255]);
    }
}
