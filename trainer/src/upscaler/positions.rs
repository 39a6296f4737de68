//! Positions between the pixels of pictures: the four cells around each, and bicubic interpolation.

use tch::{Kind, Tensor};

/// Cells that are blended at a position.
pub const CELLS: i64 = 4;

/// `P` positions in each of `B` pictures, and the cells that are evaluated for them: `E = 4 B P`,
/// the four of a position one after another.
#[derive(Debug)]
pub struct Positions {
    /// Numbers of the cells, `[E]`, counted through all pictures row by row.
    pub cells: Tensor,
    /// Where the positions lie from the centres of the cells, in pixels: x and y, each `[E, 1]`.
    pub offsets: [Tensor; 2],
    /// The cells' shares in their position, `[B P, 4, 1]`; the four sum to one.
    pub shares: Tensor,
}

impl Positions {
    /// Positions `at [B, P, 2]`, x and y in pixels from the upper left corner, in pictures of
    /// `height x width` pixels. Cells beyond the edge are replaced by those at the edge; their
    /// shares stay.
    pub fn new(at: &Tensor, height: i64, width: i64) -> Self {
        let [x, y] = [(0, width), (1, height)].map(|(axis, size)| Axis::new(at, axis, size));
        let pictures = at.size()[0];
        let first = Tensor::arange(pictures, (Kind::Int64, at.device())) * (height * width);
        // [B, P, 2 (y), 2 (x)] each.
        let cells = first.view([-1, 1, 1, 1]) + y.cells.unsqueeze(3) * width + x.cells.unsqueeze(2);
        let every = cells.size();
        let column = |t: Tensor| t.expand(&every, false).reshape([-1, 1]);
        Self {
            cells: cells.flatten(0, -1),
            offsets: [column(x.offsets.unsqueeze(2)), column(y.offsets.unsqueeze(3))],
            shares: (y.shares.unsqueeze(3) * x.shares.unsqueeze(2)).reshape([-1, CELLS, 1]),
        }
    }

    /// The blend around every position, `[B P, n]`, of what its cells have, `[E, n]`.
    pub fn blended(&self, values: &Tensor) -> Tensor {
        let cells = values.view([-1, CELLS, values.size()[1]]);
        (cells * &self.shares).sum_dim_intlist([1i64].as_slice(), false, None)
    }
}

/// Along one axis, the two cells around each position, `[B, P, 2]`.
struct Axis {
    cells: Tensor,
    offsets: Tensor,
    shares: Tensor,
}

impl Axis {
    fn new(at: &Tensor, axis: i64, size: i64) -> Self {
        let at = at.select(2, axis).unsqueeze(2) - 0.5;
        let base = at.floor();
        let far = &at - &base;
        let both = Tensor::cat(&[&base, &(&base + 1.0)], 2).clamp(0.0, (size - 1) as f64);
        Self {
            offsets: at - &both,
            cells: both.to_kind(Kind::Int64),
            shares: Tensor::cat(&[1.0 - &far, far], 2),
        }
    }
}

/// Bicubic interpolation (a = -0.75, edges replicated) of `pictures [B, 3, h, w]` at positions
/// `at [B, P, 2]`, x and y in pixels from the upper left corner: `[B, P, 3]`.
pub fn bicubic(pictures: &Tensor, at: &Tensor) -> Tensor {
    const BICUBIC: i64 = 2;
    const REPLICATE: i64 = 1;
    let size = pictures.size();
    let half = Tensor::from_slice(&[2.0 / size[3] as f32, 2.0 / size[2] as f32]);
    let grid = (at * half.to_device(at.device()) - 1.0).unsqueeze(1);
    pictures.grid_sampler(&grid, BICUBIC, REPLICATE, false).squeeze_dim(2).transpose(1, 2)
}

/// The centres of the pixels of rows `rows` of a picture of `width x height` pixels that shows one
/// of `from` (width, height) pixels, as positions in that: `[1, rows width, 2]`.
pub fn centres(rows: std::ops::Range<u32>, size: (u32, u32), from: (u32, u32)) -> Tensor {
    let place = |i: u32, to: u32, from: u32| {
        ((f64::from(i) + 0.5) * f64::from(from) / f64::from(to)) as f32
    };
    let pixel = |x, y| [place(x, size.0, from.0), place(y, size.1, from.1)];
    let all: Vec<f32> = rows.flat_map(|y| (0..size.0).flat_map(move |x| pixel(x, y))).collect();
    Tensor::from_slice(&all).view([1, -1, 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(tensor: &Tensor) -> Vec<f32> {
        Vec::try_from(tensor.flatten(0, -1)).unwrap()
    }

    #[test]
    fn the_cells_around_a_position_are_found_and_clamped_at_edges() {
        let at = Tensor::from_slice(&[1.75f32, 1.5, 0.25, 1.75]).view([2, 1, 2]);
        let found = Positions::new(&at, 2, 3);
        let cells: Vec<i64> = Vec::try_from(&found.cells).unwrap();
        // The first lies on row 1 and between columns 1 and 2; below it there is no row. The second
        // lies left of the first column and below the last row's centre, in the second picture.
        assert_eq!(cells, [4, 5, 4, 5, 9, 9, 9, 9]);
        assert_eq!(
            values(&found.offsets[0]),
            [0.25, -0.75, 0.25, -0.75, -0.25, -0.25, -0.25, -0.25]
        );
        assert_eq!(values(&found.offsets[1]), [0.0, 0.0, 0.0, 0.0, 0.25, 0.25, 0.25, 0.25]);
        assert_eq!(
            values(&found.shares),
            [0.75, 0.25, 0.0, 0.0, 0.75 * 0.25, 0.75 * 0.75, 0.25 * 0.25, 0.25 * 0.75]
        );
    }
}
