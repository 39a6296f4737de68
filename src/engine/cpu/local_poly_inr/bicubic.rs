//! The base of super-resolution: bicubic interpolation, a = -0.75, edges replicated.

use crate::field::PictureImage;

const A: f32 = -0.75;

/// Pixels of a picture around some cells, as float RGB and a fourth value unused.
#[derive(Default)]
pub(super) struct Patch {
    /// First column and row, which may lie outside the picture.
    origin: [i64; 2],
    width: usize,
    pixels: Vec<[f32; 4]>,
    row: Vec<f32>,
}

/// Four pixels along one axis and their weights.
#[derive(Clone, Copy, Default)]
pub(super) struct Taps {
    first: usize,
    weights: [f32; 4],
}

impl Taps {
    /// The taps of a position `t` in `[0, 1]` after pixel `base` of a patch.
    #[inline(always)]
    pub(super) fn new(base: i64, t: f32) -> Self {
        Self { first: (base - 1) as usize, weights: weights(t) }
    }
}

/// Weights of the pixels at -1, 0, 1, 2 for a position `t` in `[0, 1]` after pixel 0.
#[inline(always)]
fn weights(t: f32) -> [f32; 4] {
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)]
}

impl Patch {
    /// Reads the pixels that interpolation between the cells of `columns` and `rows` (both ends
    /// included) takes, edges of the picture replicated.
    pub(super) fn read(&mut self, picture: &PictureImage, columns: [i64; 2], rows: [i64; 2]) {
        self.origin = [columns[0] - 1, rows[0] - 1];
        self.width = (columns[1] - columns[0] + 4) as usize;
        let height = (rows[1] - rows[0] + 4) as usize;
        self.pixels.clear();
        let last = [picture.width() as i64 - 1, picture.height() as i64 - 1];
        let inside = |v: i64, last: i64| v.clamp(0, last) as usize;
        let first = inside(self.origin[0], last[0]);
        let end = inside(self.origin[0] + self.width as i64 - 1, last[0]) + 1;
        self.row.resize((end - first) * 3, 0.0);
        for y in 0..height {
            picture.rgb(first, inside(self.origin[1] + y as i64, last[1]), &mut self.row);
            for x in 0..self.width {
                let at = (inside(self.origin[0] + x as i64, last[0]) - first) * 3;
                self.pixels.push([self.row[at], self.row[at + 1], self.row[at + 2], 0.0]);
            }
        }
    }

    /// First column and row of the patch, as the picture counts them.
    pub(super) fn origin(&self) -> [i64; 2] {
        self.origin
    }

    /// The picture where these taps meet.
    #[inline(always)]
    pub(super) fn at(&self, across: &Taps, down: &Taps) -> [f32; 3] {
        let mut sum = [0.0f32; 4];
        for (row, wy) in down.weights.into_iter().enumerate() {
            let start = (down.first + row) * self.width + across.first;
            let taps = &self.pixels[start..start + 4];
            let mut line = [0.0f32; 4];
            for (tap, wx) in taps.iter().zip(across.weights) {
                line.iter_mut().zip(tap).for_each(|(l, v)| *l += wx * v);
            }
            sum.iter_mut().zip(line).for_each(|(s, l)| *s += wy * l);
        }
        [sum[0], sum[1], sum[2]]
    }
}

#[cfg(test)]
mod tests {
    use super::weights;

    #[test]
    fn weights_sum_to_one_and_hit_the_pixels() {
        assert_eq!(weights(0.0), [0.0, 1.0, 0.0, 0.0]);
        for i in 0..=100 {
            let sum: f32 = weights(i as f32 / 100.0).iter().sum();
            assert!((sum - 1.0).abs() < 1e-6);
        }
    }
}
