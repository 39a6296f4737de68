//! Squares cut from photographs.

use polyinr::{Channels, Raster, Samples};

use crate::data::samples::bytes;

/// How a crop lies in its photograph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Side in pixels.
    pub side: u32,
    /// Which samples of the photograph become red, green and blue.
    pub colours: [usize; 3],
}

/// The square at `(x, y)`, in one of the eight ways to lay a square: mirrored across, down, and along
/// the diagonal, by the bits of `way`.
pub fn turned(picture: &Raster, [x, y]: [u32; 2], Cut { side, colours }: Cut, way: u64) -> Raster {
    let (from, line, side_bytes) = (bytes(picture), picture.row_len(), side as usize * 3);
    let mut samples = vec![0; side_bytes * side as usize];
    let turned = way & 4 != 0;
    for (row, out) in (0..side).zip(samples.chunks_exact_mut(side_bytes)) {
        // Where the row begins in the picture, and from each of its pixels to the next.
        let mirrored = |i: u32, bit: u64| if way & bit == 0 { i } else { side - 1 - i };
        let (column, row) = if turned {
            (mirrored(row, 1), mirrored(0, 2))
        } else {
            (mirrored(0, 1), mirrored(row, 2))
        };
        let start = (y + row) as usize * line + (x + column) as usize * 3;
        let (step, bit) = if turned { (line, 2) } else { (3, 1) };
        for (i, pixel) in out.chunks_exact_mut(3).enumerate() {
            let place = if way & bit == 0 { start + i * step } else { start - i * step };
            let source = &from[place..place + 3];
            pixel.copy_from_slice(&colours.map(|colour| source[colour]));
        }
    }
    Raster::new(side, side, Channels::Rgb, Samples::U8(samples)).expect("a square of pixels")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn squares_are_laid_in_all_eight_ways() {
        let samples: Vec<u8> = (0..36).flat_map(|i| [i; 3]).collect();
        let picture = Raster::new(6, 6, Channels::Rgb, Samples::U8(samples)).unwrap();
        let firsts = |way| {
            let cut = turned(&picture, [1, 2], Cut { side: 2, colours: [0, 1, 2] }, way);
            [0, 3, 6, 9].map(|sample| bytes(&cut)[sample])
        };
        assert_eq!(firsts(0), [13, 14, 19, 20]);
        assert_eq!(firsts(1), [14, 13, 20, 19]);
        assert_eq!(firsts(4), [13, 19, 14, 20]);
        assert_eq!((0..8).map(firsts).collect::<HashSet<_>>().len(), 8);
    }
}
