//! Turning a raster as the EXIF orientation tag says.

use crate::error::Result;
use crate::raster::{Raster, Samples};

/// The EXIF orientation: where the stored picture's first row and column belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    /// Stored as it is looked at.
    pub(super) const UPRIGHT: Self = Self(1);

    /// The orientation of the tag's `value`; values outside 1..=8 mean upright.
    pub(super) fn from_tag(value: u16) -> Self {
        match u8::try_from(value) {
            Ok(value @ 1..=8) => Self(value),
            _ => Self::UPRIGHT,
        }
    }

    /// Whether width and height change places.
    pub(super) fn transposes(self) -> bool {
        self.0 >= 5
    }

    /// The size after turning.
    pub(super) fn size(self, width: u32, height: u32) -> (u32, u32) {
        if self.transposes() { (height, width) } else { (width, height) }
    }

    /// The stored pixel that belongs at (`x`, `y`) of a picture stored as `width` x `height`.
    fn source(self, x: usize, y: usize, width: usize, height: usize) -> (usize, usize) {
        let (right, bottom) = (width - 1, height - 1);
        match self.0 {
            2 => (right - x, y),
            3 => (right - x, bottom - y),
            4 => (x, bottom - y),
            5 => (y, x),
            6 => (y, bottom - x),
            7 => (right - y, bottom - x),
            8 => (right - y, x),
            _ => (x, y),
        }
    }

    /// Where the stored pixel at (`x`, `y`) of a picture stored as `width` x `height` belongs.
    pub(super) fn place(self, [x, y]: [f64; 2], (width, height): (u32, u32)) -> [f64; 2] {
        let (right, bottom) = (f64::from(width) - 1.0, f64::from(height) - 1.0);
        match self.0 {
            2 => [right - x, y],
            3 => [right - x, bottom - y],
            4 => [x, bottom - y],
            5 => [y, x],
            6 => [bottom - y, x],
            7 => [bottom - y, right - x],
            8 => [y, right - x],
            _ => [x, y],
        }
    }

    /// `raster` turned upright.
    pub(super) fn apply(self, raster: Raster) -> Result<Raster> {
        if self == Self::UPRIGHT {
            return Ok(raster);
        }
        let (width, height, channels) = (raster.width(), raster.height(), raster.channels());
        let n = channels.count();
        let samples = match raster.into_samples() {
            Samples::U8(v) => Samples::U8(self.turn(&v, width, height, n)),
            Samples::U16(v) => Samples::U16(self.turn(&v, width, height, n)),
            Samples::F32(v) => Samples::F32(self.turn(&v, width, height, n)),
        };
        let (width, height) = self.size(width, height);
        Raster::new(width, height, channels, samples)
    }

    fn turn<T: Copy>(self, stored: &[T], width: u32, height: u32, n: usize) -> Vec<T> {
        let (out_width, out_height) = self.size(width, height);
        let (width, height) = (width as usize, height as usize);
        let mut out = Vec::with_capacity(stored.len());
        for y in 0..out_height as usize {
            for x in 0..out_width as usize {
                let (sx, sy) = self.source(x, y, width, height);
                let at = (sy * width + sx) * n;
                out.extend_from_slice(&stored[at..at + n]);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Channels;

    #[test]
    fn a_place_is_where_its_pixel_comes_to_lie() {
        for tag in 1..=8 {
            let orientation = Orientation::from_tag(tag);
            let (width, height) = orientation.size(3, 2);
            for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
                let (i, k) = orientation.source(x as usize, y as usize, 3, 2);
                let place = orientation.place([i as f64, k as f64], (3, 2));
                assert_eq!(place, [f64::from(x), f64::from(y)], "tag {tag}");
            }
        }
    }

    /// A 3x2 picture `abc/def` as each orientation tag would have it shown.
    #[test]
    fn each_tag_value_turns_as_exif_says() {
        let shown =
            ["abcdef", "cbafed", "fedcba", "defabc", "adbecf", "daebfc", "fcebda", "cfbead"];
        for (tag, expected) in (1..).zip(shown) {
            let stored = Samples::U8(b"abcdef".to_vec());
            let raster = Raster::new(3, 2, Channels::Gray, stored).unwrap();
            let turned = Orientation::from_tag(tag).apply(raster).unwrap();
            assert_eq!(turned.width(), if tag < 5 { 3 } else { 2 });
            assert_eq!(turned.samples(), &Samples::U8(expected.as_bytes().to_vec()), "tag {tag}");
        }
        assert_eq!(Orientation::from_tag(0), Orientation::UPRIGHT);
        assert_eq!(Orientation::from_tag(9), Orientation::UPRIGHT);
    }
}
