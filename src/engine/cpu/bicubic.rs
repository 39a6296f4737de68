//! The base of super-resolution: bicubic interpolation, a = -0.75, edges replicated.

use crate::field::PictureField;

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
    pub(super) fn read(&mut self, picture: &PictureField, columns: [i64; 2], rows: [i64; 2]) {
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

    /// The picture between cell `(x, y)` and its right and lower neighbours, `t` of the way.
    #[inline(always)]
    pub(super) fn at(&self, [x, y]: [i64; 2], t: [f32; 2]) -> [f32; 3] {
        let (wx, wy) = (weights(t[0]), weights(t[1]));
        let left = (x - 1 - self.origin[0]) as usize;
        let top = (y - 1 - self.origin[1]) as usize;
        let mut sum = [0.0f32; 4];
        for (row, wy) in wy.into_iter().enumerate() {
            let start = (top + row) * self.width + left;
            let taps = &self.pixels[start..start + 4];
            let mut line = [0.0f32; 4];
            for (tap, wx) in taps.iter().zip(wx) {
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
